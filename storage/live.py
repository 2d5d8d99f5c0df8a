"""Changes in the order they became visible, without gaps, however many writers there are.

A row's ``changed_in`` is the transaction that wrote it. Transactions end in another order than they begin, so only
numbers below the snapshot's xmin are complete; reading up to there, never past it, misses nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.access import AccessRole, Caller
from schemas.errors import InvalidInput
from storage.access import SEES_ALL
from storage.connect import Connection
from storage.queries import fetch, fetch_value

EVERYTHING = Caller(0, AccessRole.ADMIN, None, SEES_ALL)
_END = 2**62


class Place(NamedTuple):
    """A place in the stream, just after one change; compares in the order of the stream."""

    xid: int
    kind: int = 0
    key: int = 0
    hour_s: int = 0

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read an event's id.

        Raises:
            InvalidInput: it is none.
        """
        parts = text.split("-")
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() and int(part) < _END for part in parts):
            raise InvalidInput(f"{text!r} is no event id of this stream", field="Last-Event-ID")
        place = cls(*map(int, parts))
        if place.kind > 3:
            raise InvalidInput(f"{text!r} is no event id of this stream", field="Last-Event-ID")
        return place

    def __str__(self) -> str:
        return f"{self.xid}-{self.kind}-{self.key}-{self.hour_s}"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed row: ``kind`` 1 is a reading, 2 an hourly fact, 3 an alert."""

    xid: int
    kind: int
    key: int
    hour_s: int
    enterprise: str
    point: str
    value: float | None
    at: dt.datetime
    body: dict[str, Any]

    @property
    def place(self) -> Place:
        return Place(self.xid, self.kind, self.key, self.hour_s)


def listen(connection: Connection) -> None:
    """Be woken by writers; `wait` returns early when one commits."""
    connection.execute("LISTEN parkwatch_live")


def wait(connection: Connection, seconds: float) -> None:
    """Wait until a writer commits, or for ``seconds``."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass


def live_cursor(connection: Connection) -> int:
    """All transactions below this number have ended."""
    return int(fetch_value(connection, "read_live_cursor"))


def changes(connection: Connection, after: Place, before: int, limit: int) -> list[Change]:
    """What the connection's role sees changed after a place and in transactions below ``before``."""
    return fetch(
        connection,
        Change,
        "list_live_changes",
        since=after.xid,
        kind=after.kind,
        key=after.key,
        hour_s=after.hour_s,
        before=before,
        limit=limit,
    )
