"""Day partitions of ``readings`` on plain PostgreSQL, made before they are needed. TimescaleDB makes its own chunks."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from storage.connect import Connection
from storage.engine import Engine, engine_of
from storage.queries import fetch_value

_DAY_US = 86_400_000_000
_FIRST_DAY = 10_957  # 2000-01-01 in days since the epoch; what is older shares one partition
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
        for day in sorted(days - self._known):
            if day >= _FIRST_DAY:
                ensure_day(self._connection, dt.date(1970, 1, 1) + dt.timedelta(days=day))
        self._known |= days


def ensure_day(connection: Connection, day: dt.date) -> bool:
    """Make the partition of one UTC day; False if it exists. Two processes may ask at once."""
    name = f"readings_{day:%Y%m%d}"
    if fetch_value(connection, "find_relation", name=name):
        return False
    table = sql.Identifier(name)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if fetch_value(connection, "find_relation", name=name):
            return False
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE readings INCLUDING ALL)").format(table))
        connection.execute(
            sql.SQL("ALTER TABLE readings ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                table, _midnight(day), _midnight(day + dt.timedelta(days=1))
            )
        )
    return True


def _midnight(day: dt.date) -> sql.Literal:
    return sql.Literal(f"{day.isoformat()}T00:00:00Z")
