"""Connections: autocommit, UTC, with transactions opened explicitly where they are meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from schemas.errors import Unavailable

Connection = psycopg.Connection[TupleRow]
Pool = ConnectionPool[Connection]

OperationalError = psycopg.OperationalError
DatabaseError = psycopg.Error

_LIMIT_EXCEEDED = (
    "54"  # the SQLSTATE class of rows and indexes that cannot be so long: no outage, though psycopg says so
)


def is_outage(error: Exception) -> bool:
    """Whether the same work may succeed later; False where the data are at fault, or the program."""
    if isinstance(error, psycopg.OperationalError):
        return not (error.sqlstate or "").startswith(_LIMIT_EXCEEDED)
    return isinstance(error, Unavailable)


_OPTIONS: dict[str, Any] = {"autocommit": True, "options": "-c timezone=UTC", "connect_timeout": 10}
_OPTIONS |= {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 50_000}
"""A host that vanished ends its connections within a minute, not within hours."""


def open_connection(url: str, *, application: str = "parkwatch") -> Connection:
    """Open one connection.

    Raises:
        Unavailable: the server does not answer or refuses the login.
    """
    try:
        return psycopg.connect(url, application_name=application, **_OPTIONS)
    except psycopg.OperationalError as error:
        raise Unavailable(f"database: {error}".strip()) from error


@contextmanager
def open_pool(url: str, *, size: int, application: str = "parkwatch", timeout_s: float = 30) -> Iterator[Pool]:
    """A pool for threads that each need a connection for a moment, and wait at most ``timeout_s`` for it."""
    settings = _OPTIONS | {"application_name": application}
    with ConnectionPool(url, min_size=1, max_size=size, timeout=timeout_s, kwargs=settings, open=False) as pool:
        yield pool
