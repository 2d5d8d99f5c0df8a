"""Meter epochs that people declare: a wrap, reset, replacement or change of multiplier becomes a dated event."""

from __future__ import annotations

import datetime as dt

from psycopg.errors import UniqueViolation

from schemas.errors import Conflict, InvalidInput, NotFound
from schemas.points import Kind
from schemas.registry import EpochSpec, epoch_fault
from storage.connect import Connection
from storage.queries import execute, fetch_dicts, fetch_value


def declare_epoch(connection: Connection, point: str, spec: EpochSpec, *, source: str = "api") -> int:
    """Declare an epoch of a counter ``ENTERPRISE/POINT``; what depended on it is marked to be computed again.

    Returns:
        how many hours were marked.

    Raises:
        NotFound: no such point.
        InvalidInput: not a counter, or numbers that no register can show; names the field.
        Conflict: it overlaps an epoch that is declared already.
    """
    fault = epoch_fault(spec)
    if fault:
        raise InvalidInput(fault[1], source=point, field=fault[0])
    with connection.transaction():
        found = fetch_dicts(connection, "lock_point", address=point)
        if not found:
            raise NotFound(f"no point {point!r}; it is written ENTERPRISE/POINT")
        if found[0]["kind"] != Kind.COUNTER:
            raise InvalidInput(f"only a counter has epochs, this point is a {found[0]['kind']}", source=point)
        _insert(connection, found[0]["id"], point, spec, source)
        return execute(connection, "mark_epoch_dirty", point_id=found[0]["id"], valid_from=spec.valid_from)


def _insert(connection: Connection, point_id: int, point: str, spec: EpochSpec, source: str) -> None:
    try:
        with connection.transaction():
            execute(
                connection,
                "insert_epoch",
                point_id=point_id,
                valid_from=spec.valid_from,
                width=spec.width,
                multiplier=spec.multiplier,
                first_register=spec.first,
                last_register=spec.last,
                reason=spec.reason,
                source=source,
            )
    except UniqueViolation as error:
        owner = fetch_value(connection, "find_epoch_source", point_id=point_id, valid_from=spec.valid_from)
        stamp = spec.valid_from.astimezone(dt.UTC).isoformat()
        raise Conflict(
            f"{point}: from: epochs overlap: one from {stamp} is declared already ({owner}); "
            "each begins at an instant of its own"
        ) from error
