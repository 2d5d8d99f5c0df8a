"""Changes as soon as they are committed, without gaps, however many writers there are and however long one takes.

A row's ``changed_in`` is the transaction that wrote it. Transactions end in another order than they begin, so a number
says nothing; a snapshot knows which have ended. What is new between two snapshots is what the later one sees and the
earlier one does not: nobody waits for a transaction that is still at work, and its changes are told when it ends.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from schemas.access import AccessRole, Caller
from schemas.errors import InvalidInput
from storage.access import SEES_ALL
from storage.connect import Connection
from storage.queries import fetch, fetch_value

EVERYTHING = Caller(0, AccessRole.ADMIN, None, SEES_ALL)
_END = 2**62
READING, FACT, ALERT = 1, 2, 3


class Place(NamedTuple):
    """A place in the stream: the change that was told last, and the snapshot whose changes were being told."""

    xid: int
    kind: int = 0
    key: int = 0
    hour_s: int = 0
    seen: str = ""

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read an event's id.

        Raises:
            InvalidInput: it is none.
        """
        match = _ID.fullmatch(text)
        xid, kind, key, hour_s = (int(match[i]) for i in (1, 2, 3, 4)) if match else (0, 0, 0, 0)
        if match is None or kind > 3 or max(xid, key, hour_s) >= _END or not _is_snapshot(match[5]):
            raise InvalidInput(f"{text!r} is no event id of this stream", field="Last-Event-ID")
        return cls(xid, kind, key, hour_s, match[5])

    def __str__(self) -> str:
        return f"{self.xid}-{self.kind}-{self.key}-{self.hour_s}-{self.seen}"


_ID = re.compile(
    r"(\d{1,19})-(\d{1,19})-(\d{1,19})-(\d{1,19})-(\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?)", re.ASCII
)


def _is_snapshot(text: str) -> bool:
    """Whether PostgreSQL reads it as one: numbers under its end, in order."""
    low, high, between = text.split(":")
    numbers = [int(low), *(int(part) for part in between.split(",") if part), int(high)]
    return numbers[0] > 0 and numbers[-1] < _END and all(a <= b for a, b in pairwise(numbers))


@dataclass(frozen=True, slots=True)
class Change:
    """One changed row: ``kind`` 1 is a reading, 2 an hourly fact, 3 an alert."""

    xid: int
    kind: int
    key: int
    hour_s: int
    enterprise: str
    point: str | None
    value: float | None
    at: dt.datetime
    body: dict[str, Any]

    def place(self, seen: str) -> Place:
        """After this change, told from a snapshot."""
        return Place(self.xid, self.kind, self.key, self.hour_s, seen)


def listen(connection: Connection) -> None:
    """Be woken by writers; `wait` returns early when one commits."""
    connection.execute("LISTEN parkwatch_live")


def wait(connection: Connection, seconds: float) -> None:
    """Wait until a writer commits, or for ``seconds``."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass


def snapshot(connection: Connection) -> str:
    """Which transactions have ended by now, as PostgreSQL writes it: first running, first to come, those between."""
    return str(fetch_value(connection, "read_live_snapshot"))


def changes(
    connection: Connection, after: Place, upto: str, limit: int, kinds: Collection[int] = (READING, FACT, ALERT)
) -> list[Change]:
    """What the role sees changed that the snapshot ``upto`` sees and that was not told at a place, alerts first."""
    since = min(after.xid, int(after.seen.split(":")[0]))
    place: dict[str, Any] = {"xid": after.xid, "kind": after.kind, "key": after.key, "hour_s": after.hour_s}
    place |= {"readings": READING in kinds, "facts": FACT in kinds, "alerts": ALERT in kinds}
    return fetch(connection, Change, "list_live_changes", since=since, seen=after.seen, upto=upto, limit=limit, **place)


def after_all(seen: str) -> Place:
    """The place behind everything that a snapshot sees."""
    return Place(_END, 0, seen=seen)
