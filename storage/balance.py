"""What the database says about what it took, in order and never whole in memory: to be held against what was sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from storage.connect import Connection
from storage.queries import fetch_dicts, query

_AT_ONCE = 20_000


def point_ids(connection: Connection) -> dict[str, int]:
    """``ENTERPRISE/POINT`` to its key."""
    rows = fetch_dicts(connection, "select_directory")
    return {f"{row['enterprise']}/{row['code']}": row["id"] for row in rows}


def readings_of(connection: Connection, point_id: int) -> Iterator[tuple[int, float, str]]:
    """(microseconds since the epoch, value, flag) by time."""
    return _stream(connection, "select_point_readings", point_id=point_id)


def answered_messages(connection: Connection) -> Iterator[tuple[str, str]]:
    """(enterprise, digest) of every message that has a receipt, in order."""
    return _stream(connection, "select_answered_messages")


def refusals(connection: Connection) -> Iterator[tuple[str, str, str, str, int, int]]:
    """(enterprise, digest, point, reason, refused, deliveries), in order."""
    return _stream(connection, "select_refusals")


def books(connection: Connection) -> list[dict[str, Any]]:
    """Of every enterprise its ledger over all days, with ``present`` readings and ``revisions``."""
    return fetch_dicts(connection, "sum_books")


def _stream(connection: Connection, name: str, /, **parameters: Any) -> Iterator[Any]:
    with connection.transaction(), connection.cursor(name=f"stream_{uuid.uuid4().hex}") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(query(name), parameters)
        yield from cursor
