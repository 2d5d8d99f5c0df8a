"""PostgreSQL's binary COPY and arrays as numpy records: rows of fixed width cost no Python per row.

The format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = tuple[str, NDArray[Any]]
"""A PostgreSQL type and its values."""

EPOCH_2000_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000-01-01

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"
COPY_NULL = b"\xff\xff\xff\xff"
_OID = {"bool": 16, "char": 18, "int8": 20, "int4": 23, "float8": 701, "timestamptz": 1184}
_WIDTH = {"int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8", "char": "S1", "bool": "?"}


def encode_rows(columns: list[Column]) -> bytes:
    """A whole binary COPY stream from columns of equal length.

    Args:
        columns: pairs of a PostgreSQL type (int4, int8, float8, timestamptz, char, bool) and its values;
            ``timestamptz`` values are int64 microseconds since 1970. No nulls.
    """
    rows = np.empty(len(columns[0][1]), _layout([name for name, _ in columns]))
    rows["fields"] = len(columns)
    for i, (name, values) in enumerate(columns):
        rows[f"length{i}"] = rows.dtype[f"value{i}"].itemsize
        rows[f"value{i}"] = values - EPOCH_2000_US if name == "timestamptz" else values
    return COPY_HEADER + rows.tobytes() + COPY_TRAILER


def encode_array(name: str, values: NDArray[Any]) -> bytes:
    """A binary array of one dimension, as ``array_recv`` reads it; types and values as in ``encode_rows``."""
    elements = np.empty(len(values), [("length", ">i4"), ("value", _WIDTH[name])])
    elements["length"] = elements.dtype["value"].itemsize
    elements["value"] = values - EPOCH_2000_US if name == "timestamptz" else values
    head = struct.pack(">iii", min(1, len(values)), 0, _OID[name])  # dimensions, nulls, type
    return head + (struct.pack(">ii", len(values), 1) if len(values) else b"") + elements.tobytes()


def encode_elements(oid: int, elements: Sequence[bytes | None]) -> bytes:
    """A binary array of one dimension of elements that are written already; None is null."""
    head = struct.pack(">iii", min(1, len(elements)), int(None in elements), oid)
    if not elements:
        return head
    parts = (COPY_NULL if element is None else copy_field(element) for element in elements)
    return head + struct.pack(">ii", len(elements), 1) + b"".join(parts)


def copy_field(value: bytes) -> bytes:
    """A field of a row of binary COPY; a row is the number of its fields in two bytes, and these."""
    return len(value).to_bytes(4, "big") + value


def decode_rows(types: Sequence[str], stream: bytes) -> list[NDArray[Any]]:
    """The columns of a whole binary COPY stream without nulls, as big-endian views; ``timestamptz`` since 1970.

    Args:
        types: the PostgreSQL type of each column, as in ``encode_rows``.
    """
    rows = np.frombuffer(stream, _layout(types), offset=len(COPY_HEADER), count=_rows_in(types, stream))
    columns = [rows[f"value{i}"] for i in range(len(types))]
    return [c + EPOCH_2000_US if name == "timestamptz" else c for name, c in zip(types, columns, strict=True)]


def _rows_in(types: Sequence[str], stream: bytes) -> int:
    rows, rest = divmod(len(stream) - len(COPY_HEADER) - len(COPY_TRAILER), _layout(types).itemsize)
    if rest:
        raise ValueError("a binary COPY stream with nulls or other types than asked for")
    return rows


def _layout(types: Sequence[str]) -> np.dtype[Any]:
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for i, name in enumerate(types):
        layout += [(f"length{i}", ">i4"), (f"value{i}", _WIDTH[name])]
    return np.dtype(layout)
