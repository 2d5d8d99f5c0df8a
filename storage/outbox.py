"""The outbox: what is to be told, claimed for a while by whoever owns the channel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from storage.connect import Connection
from storage.queries import execute, fetch


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox that was claimed for delivery."""

    id: int
    payload: dict[str, Any]
    attempts: int
    created_at: dt.datetime


def claim_messages(
    connection: Connection, channel: str, now: dt.datetime, leased_until: dt.datetime, limit: int
) -> list[Message]:
    """Take what is due on a channel, oldest first; nobody else gets it before ``leased_until``."""
    rows = fetch(connection, Message, "claim_outbox", channel=channel, now=now, leased_until=leased_until, limit=limit)
    return sorted(rows, key=lambda row: row.id)


def finish_messages(connection: Connection, ids: list[int], now: dt.datetime) -> None:
    execute(connection, "finish_outbox", ids=ids, now=now)


def postpone_messages(connection: Connection, ids: list[int], due_at: dt.datetime, error: str) -> None:
    execute(connection, "postpone_outbox", ids=ids, due_at=due_at, error=error[:1000])


def bury_messages(connection: Connection, ids: list[int], now: dt.datetime, error: str) -> None:
    """Give messages up: they stay as dead letters with their last error."""
    execute(connection, "bury_outbox", ids=ids, now=now, error=error[:1000])


def release_messages(connection: Connection, ids: list[int], due_at: dt.datetime) -> None:
    """Give back what was claimed but not tried."""
    execute(connection, "release_outbox", ids=ids, due_at=due_at)
