"""Refused messages and receipts after the fact: looked through, taken in again, forgotten in time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class RejectedPayload:
    """A kept message; the names are as the books have them."""

    id: int
    enterprise: str
    gateway: str
    topic: str
    payload: bytes


def list_payloads(
    connection: Connection,
    *,
    ids: list[int] | None = None,
    enterprise: str | None = None,
    reason: str | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    replayed: bool | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Refused messages received in [since, until), oldest first; ``limit`` None is all."""
    return fetch_dicts(
        connection,
        "list_rejected_payloads",
        **{"ids": ids, "enterprise": enterprise, "reason": reason, "from": since, "to": until},
        replayed=replayed,
        limit=limit,
    )


def lock_payloads(connection: Connection, ids: list[int]) -> list[RejectedPayload]:
    """Those that were not replayed yet, locked until the caller's transaction ends."""
    return fetch(connection, RejectedPayload, "select_rejected_payloads", ids=ids)


def mark_replayed(connection: Connection, ids: list[int], now: dt.datetime) -> None:
    """Note that they were taken in again."""
    execute(connection, "mark_payloads_replayed", ids=ids, now=now)


def forget(connection: Connection, rejected_before: dt.datetime, receipts_before: dt.datetime) -> tuple[int, int]:
    """Delete what is older, in bounded steps; how many refused messages and receipts went."""
    return (
        _in_steps(connection, "delete_old_rejected", rejected_before),
        _in_steps(connection, "delete_old_receipts", receipts_before),
    )


def _in_steps(connection: Connection, name: str, before: dt.datetime) -> int:
    total = 0
    while gone := execute(connection, name, before=before, limit=_AT_ONCE):
        total += gone
    return total
