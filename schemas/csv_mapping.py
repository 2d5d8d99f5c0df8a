"""CSV tables as readings: a small YAML mapping says which column is which point.

.. code-block:: yaml

    timestamp: {column: date, format: "%d/%m/%Y %H:%M", zone: "+09:00", midnight: ends_day}
    points:
      Usage_kWh: E01
    missing: [""]

``timestamp.column`` may be a list of columns, joined by a blank. ``zone`` is a fixed offset or an IANA name.
``midnight: ends_day`` is for loggers that write the end of a day as 0:00 of the same day. A cell in ``missing``
is no reading. Without a mapping a table has the columns ``ts,point,value[,flag]``.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from schemas.errors import InvalidInput
from schemas.structs import struct_reader


class TimestampSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    column: str | list[str]
    format: str
    zone: str
    midnight: str = "starts_day"


class CsvMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    timestamp: TimestampSpec
    points: dict[str, str]
    missing: tuple[str, ...] = ("",)
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Cell:
    """One reading as it stands in the table: ``ts`` as text or aware datetime, ``value`` and ``flag`` as text."""

    line: int
    ts: str | dt.datetime
    point: str
    value: str
    flag: str


read_mapping = struct_reader(CsvMapping)


def parse_mapping(text: str, source: str) -> CsvMapping:
    """Read a mapping file.

    Raises:
        InvalidInput: names the file and the field.
    """
    try:
        mapping = read_mapping(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise InvalidInput(f"not YAML: {error}", source=source) from error
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), source=source) from error
    if mapping.timestamp.midnight not in ("starts_day", "ends_day"):
        raise InvalidInput("must be starts_day or ends_day", source=source, field="timestamp.midnight")
    zone_of(mapping.timestamp.zone, source)
    return mapping


def zone_of(name: str, source: str) -> dt.tzinfo:
    """A fixed offset such as ``+09:00`` or an IANA zone.

    Raises:
        InvalidInput: neither.
    """
    try:
        if name[:1] in "+-":
            return dt.datetime.fromisoformat(f"2000-01-01T00:00:00{name}").tzinfo or dt.UTC
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InvalidInput(f"{name!r} is no offset and no zone", source=source, field="timestamp.zone") from error


def read_cells(text: str, mapping: CsvMapping | None, source: str) -> Iterator[Cell]:
    """The readings of a table, row by row.

    Raises:
        InvalidInput: a column is missing, or a row's stamp does not follow the format (file, line, field).
    """
    delimiter = mapping.delimiter if mapping else ","
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines(), delimiter=delimiter)
    try:
        header = [name.strip() for name in rows.fieldnames or []]
        rows.fieldnames = header
        yield from _long_cells(rows, header, source) if mapping is None else _wide_cells(rows, header, mapping, source)
    except csv.Error as error:
        raise InvalidInput(f"not CSV: {error}", source=f"{source}:{rows.line_num}") from error


def _long_cells(rows: csv.DictReader[str], header: list[str], source: str) -> Iterator[Cell]:
    _require(["ts", "point", "value", *(["flag"] if "flag" in header else [])], header, source)
    for row in rows:
        yield Cell(rows.line_num, row["ts"] or "", row["point"] or "", row["value"] or "", row.get("flag") or "N")


def _wide_cells(rows: csv.DictReader[str], header: list[str], mapping: CsvMapping, source: str) -> Iterator[Cell]:
    stamp = mapping.timestamp
    columns = [stamp.column] if isinstance(stamp.column, str) else stamp.column
    _require([*columns, *mapping.points], header, source)
    zone, missing = zone_of(stamp.zone, source), set(mapping.missing)
    for row in rows:
        written = " ".join(row[column] or "" for column in columns)
        try:
            local = dt.datetime.strptime(written, stamp.format)  # noqa: DTZ007  the zone is the mapping's
            if stamp.midnight == "ends_day" and local.time() == dt.time():
                local += dt.timedelta(days=1)
        except (ValueError, OverflowError) as error:
            raise InvalidInput(str(error), source=f"{source}:{rows.line_num}", field="+".join(columns)) from error
        for column, point in mapping.points.items():
            value = (row[column] or "").strip()
            if value not in missing:
                yield Cell(rows.line_num, local.replace(tzinfo=zone), point, value, "N")


def _require(needed: list[str], header: list[str], source: str) -> None:
    for column in needed:
        if column not in header:
            found = ", ".join(header) or "nothing"
            raise InvalidInput(f"the table has no such column; it has {found}", source=f"{source}:1", field=column)
        if header.count(column) > 1:
            raise InvalidInput("two columns have this name; which one is meant?", source=f"{source}:1", field=column)
