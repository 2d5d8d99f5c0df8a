"""PostgreSQL's binary COPY as numpy records: rows of fixed width cost no Python per row.

The format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = tuple[str, NDArray[Any]]
"""A PostgreSQL type and its values."""

EPOCH_2000_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000-01-01

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_WIDTH = {"int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8", "char": "S1", "bool": "?"}


def encode_rows(columns: list[Column]) -> bytes:
    """A whole binary COPY stream from columns of equal length.

    Args:
        columns: pairs of a PostgreSQL type (int4, int8, float8, timestamptz, char, bool) and its values;
            ``timestamptz`` values are int64 microseconds since 1970. No nulls.
    """
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for i, (name, _) in enumerate(columns):
        layout += [(f"length{i}", ">i4"), (f"value{i}", _WIDTH[name])]
    rows = np.empty(len(columns[0][1]), np.dtype(layout))
    rows["fields"] = len(columns)
    for i, (name, values) in enumerate(columns):
        rows[f"length{i}"] = rows.dtype[f"value{i}"].itemsize
        rows[f"value{i}"] = values - EPOCH_2000_US if name == "timestamptz" else values
    return _HEADER + rows.tobytes() + _TRAILER
