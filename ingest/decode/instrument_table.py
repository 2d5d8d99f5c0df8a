"""Tables of instruments, CSV or XLSX, as rows with their lines: what a trading centre hands out.

Columns ``enterprise, id, kind, mwh``, and where they apply ``vintage, period, use_period, cancelled, settlement,
serials`` (separated by semicolons or blanks). An hourly settled trade takes a row an hour more: its id, ``hour`` and
``kwh``, the other columns empty.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from schemas.accounts import Instrument
from schemas.errors import InvalidInput
from schemas.instruments import instrument_of, read_hour
from schemas.registry import InstrumentSpec

REQUIRED = ("enterprise", "id", "kind", "mwh")
OPTIONAL = ("vintage", "period", "use_period", "cancelled", "settlement", "serials", "hour", "kwh")
_XLSX = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """An instrument and where it stands."""

    line: int
    enterprise: str
    instrument: Instrument


@dataclass(slots=True)
class InstrumentTable:
    """What a table says, and every fault in it."""

    rows: list[InstrumentRow] = field(default_factory=list)
    faults: list[InvalidInput] = field(default_factory=list)


def read_instrument_table(content: bytes, filename: str) -> InstrumentTable:
    """Read a table of instruments; its faults are gathered, each with file, line and field.

    Raises:
        InvalidInput: it is no table, or lacks a column.
    """
    table = InstrumentTable()
    place: dict[str, int] = {}
    for line, cells in _lines(content, filename):
        source = f"{filename}:{line}"
        try:
            _take(cells, line, source, table, place)
        except InvalidInput as fault:
            bare = fault.field.rpartition(".")[2]
            table.faults.append(InvalidInput(fault.reason, source=source, field=bare))
    return table


def _take(cells: dict[str, str], line: int, source: str, table: InstrumentTable, place: dict[str, int]) -> None:
    if cells["hour"]:
        _take_hour(cells, source, table, place)
        return
    for name in REQUIRED:
        if not cells[name]:
            raise InvalidInput("is empty", source=source, field=name)
    if cells["id"] in place:
        first = table.rows[place[cells["id"]]].line
        raise InvalidInput(f"{cells['id']!r} is listed already in line {first}", source=source, field="id")
    instrument = instrument_of(_spec(cells, source), source=source)
    place[instrument.id] = len(table.rows)
    table.rows.append(InstrumentRow(line, cells["enterprise"], instrument))


def _take_hour(cells: dict[str, str], source: str, table: InstrumentTable, place: dict[str, int]) -> None:
    if cells["id"] not in place:
        raise InvalidInput(f"{cells['id']!r} is no trade of a line above", source=source, field="id")
    at = place[cells["id"]]
    row = table.rows[at]
    hour = read_hour(cells["hour"], source)
    if any(known == hour for known, _ in row.instrument.hours):
        raise InvalidInput(f"{cells['hour']} is listed twice for {cells['id']}", source=source, field="hour")
    hours = (*row.instrument.hours, (hour, _energy(cells["kwh"], source)))
    table.rows[at] = replace(row, instrument=replace(row.instrument, hours=hours))


def _spec(cells: dict[str, str], source: str) -> InstrumentSpec:
    return InstrumentSpec(
        id=cells["id"],
        kind=cells["kind"],
        mwh=_number(cells["mwh"], source),
        vintage=cells["vintage"][:7] or None,
        period=cells["period"][:7] or None,
        use_period=cells["use_period"][:7] or None,
        cancelled=_day(cells["cancelled"], source),
        settlement=cells["settlement"] or "monthly",
        serials=cells["serials"].replace(";", " ").split(),
    )


def _number(text: str, source: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"expected a number of MWh, found {text!r}", source=source, field="mwh") from None


def _energy(text: str, source: str) -> Decimal:
    try:
        energy_kwh = Decimal(text)
    except InvalidOperation:
        energy_kwh = Decimal("NaN")
    if not math.isfinite(energy_kwh) or energy_kwh < 0:
        raise InvalidInput(f"expected kWh, 0 or more, found {text!r}", source=source, field="kwh")
    return energy_kwh


def _day(text: str, source: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput(f"{text!r} is no day such as 2026-10-05", source=source, field="cancelled") from None


def _lines(content: bytes, filename: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines below the header that are not empty, by column."""
    rows = iter(_xlsx_rows(content, filename) if content.startswith(_XLSX) else _csv_rows(content, filename))
    _, header = next(rows, (1, []))
    names = [name.strip().lower() for name in header]
    for name in REQUIRED:
        if name not in names:
            found = ", ".join(names) or "nothing"
            raise InvalidInput(f"the table has no such column; it has {found}", source=f"{filename}:1", field=name)
    for name in names:
        if name and name not in REQUIRED + OPTIONAL:
            known = ", ".join(REQUIRED + OPTIONAL)
            raise InvalidInput(f"is no column of instruments; these are: {known}", source=f"{filename}:1", field=name)
    for line, row in rows:
        cells = dict.fromkeys(REQUIRED + OPTIONAL, "") | dict(zip(names, (cell.strip() for cell in row), strict=False))
        if any(cells.values()):
            yield line, cells


def _csv_rows(content: bytes, filename: str) -> list[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8: {error}", source=filename) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InvalidInput(f"not CSV: {error}", source=f"{filename}:{reader.line_num}") from error


def _xlsx_rows(content: bytes, filename: str) -> list[tuple[int, list[str]]]:
    """The first sheet; cells as they would be written in a CSV table."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0].iter_rows(values_only=True)
        return [(line, [_text(cell) for cell in row]) for line, row in enumerate(sheet, start=1)]
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, ValueError, SyntaxError) as error:
        raise InvalidInput(f"not a workbook: {error}", source=filename) from error


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)
