"""One leader among several processes, by a lock that the server releases when the leader's connection ends."""

from __future__ import annotations

from contextlib import suppress

from storage.connect import Connection, OperationalError

_SCHEDULE_LOCK = 7_275_900_010


def try_to_lead(connection: Connection) -> bool:
    """Take the lead of the schedule if nobody has it; it lasts as long as the connection."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_SCHEDULE_LOCK]).fetchone()
    return row is not None and bool(row[0])


def still_leads(connection: Connection) -> bool:
    """Whether the connection lives, and with it the lead that it took."""
    with suppress(OperationalError):
        connection.execute("SELECT 1")
        return True
    return False
