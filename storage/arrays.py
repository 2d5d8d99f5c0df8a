"""Arrays as parameters of queries: columns by the thousand go to the server in its own format.

Psycopg writes a list element by element, in Python; a numpy column becomes PostgreSQL's binary array at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from storage.binary import encode_array, encode_elements

_TEXT, _JSONB = 25, 3802


@dataclass(frozen=True, slots=True)
class Array:
    """A parameter; the query's cast must name the same type: ``%(hours)s::timestamptz[]``."""

    encoded: bytes


def array(name: str, values: NDArray[Any]) -> Array:
    """A column as a parameter.

    Args:
        name: the elements' PostgreSQL type, as in ``storage.binary.encode_rows``.
    """
    return Array(encode_array(name, values))


def texts(values: Sequence[str | None]) -> Array:
    """Texts as a parameter, cast to ``text[]``."""
    return Array(encode_elements(_TEXT, [None if value is None else value.encode() for value in values]))


def documents(values: Sequence[Any]) -> Array:
    """JSON values as a parameter, cast to ``jsonb[]``."""
    told = [None if value is None else b"\x01" + orjson.dumps(value) for value in values]
    return Array(encode_elements(_JSONB, told))


class _ArrayDumper(Dumper):
    format = Format.BINARY
    oid = 0  # the query's cast says it

    def dump(self, obj: Array) -> Buffer:
        return obj.encoded


psycopg.adapters.register_dumper(Array, _ArrayDumper)
