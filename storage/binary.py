"""PostgreSQL's binary COPY and arrays as numpy records: rows of fixed width cost no Python per row.

The format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = tuple[str, NDArray[Any]]
"""A PostgreSQL type and its values."""

EPOCH_2000_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000-01-01

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
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
    return _HEADER + rows.tobytes() + _TRAILER


def encode_array(name: str, values: NDArray[Any]) -> bytes:
    """A binary array of one dimension, as ``array_recv`` reads it; types and values as in ``encode_rows``."""
    elements = np.empty(len(values), [("length", ">i4"), ("value", _WIDTH[name])])
    elements["length"] = elements.dtype["value"].itemsize
    elements["value"] = values - EPOCH_2000_US if name == "timestamptz" else values
    head = struct.pack(">iii", min(1, len(values)), 0, _OID[name])  # dimensions, nulls, type
    return head + (struct.pack(">ii", len(values), 1) if len(values) else b"") + elements.tobytes()


def encode_texts(rows: Iterable[tuple[bytes | None, ...]]) -> bytes:
    """A whole binary COPY stream of rows of texts in UTF-8; None is null."""
    fields: list[bytes] = [_HEADER]
    for row in rows:
        fields.append(len(row).to_bytes(2, "big"))
        for text in row:
            fields += [_NULL] if text is None else [len(text).to_bytes(4, "big"), text]
    return b"".join([*fields, _TRAILER])


def decode_rows(types: Sequence[str], stream: bytes) -> list[NDArray[Any]]:
    """The columns of a whole binary COPY stream without nulls, as big-endian views; ``timestamptz`` since 1970.

    Args:
        types: the PostgreSQL type of each column, as in ``encode_rows``.
    """
    rows = np.frombuffer(stream, _layout(types), offset=len(_HEADER), count=_rows_in(types, stream))
    columns = [rows[f"value{i}"] for i in range(len(types))]
    return [c + EPOCH_2000_US if name == "timestamptz" else c for name, c in zip(types, columns, strict=True)]


def _rows_in(types: Sequence[str], stream: bytes) -> int:
    rows, rest = divmod(len(stream) - len(_HEADER) - len(_TRAILER), _layout(types).itemsize)
    if rest:
        raise ValueError("a binary COPY stream with nulls or other types than asked for")
    return rows


def _layout(types: Sequence[str]) -> np.dtype[Any]:
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for i, name in enumerate(types):
        layout += [(f"length{i}", ">i4"), (f"value{i}", _WIDTH[name])]
    return np.dtype(layout)
