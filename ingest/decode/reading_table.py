"""Tables of readings, CSV with or without a mapping, as columns."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from ingest.decode.columns import NAN, Columns
from ingest.decode.telemetry import read_timestamp
from schemas.csv_mapping import Cell, read_cells, read_mapping
from schemas.errors import InvalidInput
from schemas.flags import FLAGS

_MILLISECONDS = re.compile(r"-?\d{1,18}", re.ASCII)


def read_reading_table(content: bytes, mapping: Any, filename: str) -> Iterator[Cell]:
    """The readings of a table, row by row; ``mapping`` is the document of a mapping, or None.

    Raises:
        InvalidInput: it is no such table; names file, line and field. What came before was read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8: {error}", source=filename) from error
    yield from read_cells(text, None if mapping is None else read_mapping(mapping), filename)


def take_cell(cell: Cell, point: str, columns: Columns) -> None:
    """Put the reading of a cell, which is this point's, into columns; what is wrong with it names its line."""
    ts_us, reason, detail = read_timestamp(_stamp(cell.ts))
    if reason is not None:
        columns.refuse(reason, f"line {cell.line}: {detail}", point, str(cell.ts))
        return
    value = _number(cell.value)
    if value != value:
        columns.faults[len(columns.points)] = f"line {cell.line}: expected a number, found {cell.value[:64]!r}"
    columns.points.append(point)
    columns.ts_us.append(ts_us)
    columns.values.append(value)
    columns.flags.append(cell.flag if cell.flag in FLAGS else "?")


def _stamp(written: str | dt.datetime) -> str | int | None:
    if isinstance(written, dt.datetime):
        return written.isoformat()
    return int(written) if _MILLISECONDS.fullmatch(written) else written or None


def _number(written: str) -> float:
    """A finite number, else NaN. Python would take 1_5 for 15."""
    try:
        value = NAN if "_" in written else float(written)
    except ValueError:
        return NAN
    return NAN if value in (float("inf"), float("-inf")) else value
