"""One leader among several processes, by a lock that the server releases when the leader's connection ends."""

from __future__ import annotations

from contextlib import suppress
from enum import IntEnum

from storage.connect import Connection, OperationalError


class Work(IntEnum):
    """What one process of several does; the values are keys of locks."""

    SCHEDULE = 7_275_900_010
    ERRANDS = 7_275_900_012


class Lead:
    """The lead of a work, held as long as the connection lives or until it is given up."""

    def __init__(self, connection: Connection, work: Work) -> None:
        self._connection, self._work = connection, work
        self._held = False

    def take(self) -> bool:
        """Take the lead if nobody has it; whether it is ours."""
        if not self._held:
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._work]).fetchone()
            self._held = row is not None and bool(row[0])
        return self._held

    def give_up(self) -> None:
        """Let another take it."""
        if self._held:
            self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._work])
            self._held = False


def try_to_lead(connection: Connection) -> bool:
    """Take the lead of the schedule if nobody has it; it lasts as long as the connection."""
    return Lead(connection, Work.SCHEDULE).take()


def still_leads(connection: Connection) -> bool:
    """Whether the connection lives, and with it the lead that it took."""
    with suppress(OperationalError):
        connection.execute("SELECT 1")
        return True
    return False
