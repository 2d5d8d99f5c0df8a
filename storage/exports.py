"""Readings and hourly facts of any range as Parquet, a day at a time: the file may be larger than memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import NotFound
from storage.binary import decode_rows
from storage.connect import Connection
from storage.queries import fetch_dicts, query

_TIME = pa.timestamp("us", tz="UTC")
_READING = pa.schema(
    [("point", pa.string()), ("ts", _TIME), ("value", pa.float64()), ("flag", pa.string())],
    metadata={"ts": "the instant, or the end of the interval of an interval point"},
)
_HOUR = pa.schema(
    [
        ("point", pa.string()),
        ("hour", _TIME),
        ("n", pa.int32()),
        ("n_valid", pa.int32()),
        *((name, pa.float64()) for name in ("mean", "min", "max", "first", "last", "delta", "covered_s")),
        ("valid", pa.bool_()),
    ],
    metadata={"hour": "its start"},
)
_STRIDE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export: ``[start, end)``, of one point, of an enterprise, or of all that the connection's role sees."""

    start: dt.datetime
    end: dt.datetime
    enterprise: str | None = None
    point: str | None = None


def export_readings(connection: Connection, selection: Selection, file: Path) -> int:
    """Write readings with the columns point, ts, value, flag, by day, point and time; the number of rows."""
    return _write(connection, selection, file, _READING, _readings)


def export_hours(connection: Connection, selection: Selection, file: Path) -> int:
    """Write hourly facts, by day, point and hour; the number of rows."""
    return _write(connection, selection, file, _HOUR, _hours)


def _write(
    connection: Connection,
    selection: Selection,
    file: Path,
    schema: pa.Schema,
    read: Callable[[Connection, dict[int, str], dt.datetime, dt.datetime], pa.Table],
) -> int:
    """Write beside the file and move it there, so that a broken export leaves none behind.

    Raises:
        NotFound: no point is selected.
    """
    points = _points(connection, selection)
    new = file.with_name(f".{file.name}.unfinished")
    rows = 0
    try:
        with pq.ParquetWriter(new, schema, compression="zstd") as writer:
            for start, end in _days(selection):
                table = read(connection, points, start, end)
                if table.num_rows:
                    writer.write_table(table.cast(schema))
                rows += table.num_rows
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return rows


def _points(connection: Connection, selection: Selection) -> dict[int, str]:
    parameters = {"enterprise": selection.enterprise, "address": selection.point}
    found = fetch_dicts(connection, "select_export_points", **parameters)
    if not found:
        named = selection.point or selection.enterprise or "the registry is empty"
        raise NotFound(f"no point that you may see: {named}")
    return {row["id"]: row["address"] for row in found}


def _days(selection: Selection) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    start = selection.start
    while start < selection.end:
        end = min(start + _STRIDE, selection.end)
        yield start, end
        start = end


def _readings(connection: Connection, points: dict[int, str], start: dt.datetime, end: dt.datetime) -> pa.Table:
    statement = f"COPY ({query('select_export_readings')}) TO STDOUT (FORMAT BINARY)".encode()
    parameters = {"points": list(points), "from": start, "to": end}
    with connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        stream = b"".join(bytes(part) for part in copy)
    point, ts, value, flag = decode_rows(("int4", "timestamptz", "float8", "char"), stream)
    ids = np.array(sorted(points), dtype=np.int32)
    names = pa.DictionaryArray.from_arrays(
        pa.array(np.searchsorted(ids, point.astype(np.int32)).astype(np.int32)), [points[int(i)] for i in ids]
    )
    columns: list[Any] = [
        names,
        pa.array(ts.astype(np.int64), pa.int64()).cast(_TIME),
        pa.array(value.astype(np.float64)),
        pa.array(flag.astype("U1")),
    ]
    return pa.table(columns, names=_READING.names)


def _hours(connection: Connection, points: dict[int, str], start: dt.datetime, end: dt.datetime) -> pa.Table:
    parameters = {"points": list(points), "from": start, "to": end}
    rows = [
        {"point": points[row.pop("point_id")], **row}
        for row in fetch_dicts(connection, "select_export_hours", **parameters)
    ]
    return pa.Table.from_pylist(rows, _HOUR)
