"""Days of ``readings``: on plain PostgreSQL partitions that we make, on TimescaleDB chunks that it makes itself."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from storage.connect import Connection
from storage.engine import Engine, chunk_days, drop_chunk, engine_of
from storage.queries import fetch_value, query

_DAY_US = 86_400_000_000
_DAY = dt.timedelta(days=1)
_FIRST_DAY = dt.date(2000, 1, 1)  # what is older was never partitioned by day
_LOCK = 7_275_900_002


class Partitions:
    """Knows which days exist, so that a batch asks the server only for new ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._automatic = engine_of(connection) is Engine.TIMESCALEDB
        self._known: set[int] = set()

    def ensure(self, ts_us: NDArray[np.int64]) -> None:
        """Make the partitions for these instants (microseconds since the epoch)."""
        if self._automatic:
            return
        days = set(np.unique(ts_us // _DAY_US).tolist())
        first = (_FIRST_DAY - dt.date(1970, 1, 1)).days
        for day in sorted(day for day in days - self._known if day >= first):
            ensure_day(self._connection, dt.date(1970, 1, 1) + dt.timedelta(days=day))
        self._known |= days


def ensure_days(connection: Connection, first: dt.date, count: int) -> int:
    """Make the partitions of days ahead; how many were missing."""
    if engine_of(connection) is Engine.TIMESCALEDB:
        return 0
    return sum(ensure_day(connection, first + dt.timedelta(days=i)) for i in range(count))


def ensure_day(connection: Connection, day: dt.date) -> bool:
    """Make the partition of one UTC day; False if its readings have a place. Two processes may ask at once."""
    name = f"readings_{day:%Y%m%d}"
    if fetch_value(connection, "find_relation", name=name):
        return False
    table = sql.Identifier(name)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if fetch_value(connection, "find_relation", name=name) or day < fetch_value(connection, "find_first_day_bound"):
            return False
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE readings INCLUDING ALL)").format(table))
        connection.execute(
            sql.SQL("ALTER TABLE readings ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                table, _midnight(day), _midnight(day + _DAY)
            )
        )
    return True


def list_days(connection: Connection) -> list[dt.date]:
    """The UTC days that have a partition or chunk and were not dropped, ascending."""
    if engine_of(connection) is Engine.TIMESCALEDB:
        days = chunk_days(connection)
    else:
        days = [day for (day,) in connection.execute(query("list_reading_partitions"))]
    first = fetch_value(connection, "find_dropped_before") or _FIRST_DAY
    return sorted(day for day in days if day >= first)


def hold_day(connection: Connection, day: dt.date) -> None:
    """Let nobody write to a day until the transaction ends. Gives up before a deadlock would be found."""
    connection.execute("SET LOCAL lock_timeout = '500ms'")
    if engine_of(connection) is not Engine.TIMESCALEDB:
        table = sql.Identifier(f"readings_{day:%Y%m%d}")
        connection.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(table))


def drop_days_through(connection: Connection, day: dt.date) -> None:
    """Drop a held day, and let what is written for it or before it from now on have a common place.

    All days before it must have been dropped already.
    """
    if engine_of(connection) is Engine.TIMESCALEDB:
        start = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        drop_chunk(connection, start, start + _DAY)
        return
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"readings_{day:%Y%m%d}")))
    connection.execute("ALTER TABLE readings DETACH PARTITION readings_before")
    attach = sql.SQL("ALTER TABLE readings ATTACH PARTITION readings_before FOR VALUES FROM (MINVALUE) TO ({})")
    connection.execute(attach.format(_midnight(day + _DAY)))


def _midnight(day: dt.date) -> sql.Literal:
    return sql.Literal(f"{day.isoformat()}T00:00:00Z")
