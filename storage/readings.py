"""Readings into the table: exactly once, newest value wins, a poison row found by splitting.

The fast way is one binary COPY. When it meets an instant that is taken, the block goes the careful way: it is compared
with what is stored, and only what is new is copied. After a conflict the next blocks go the careful way at once.
"""

from __future__ import annotations

import datetime as dt
from enum import IntEnum

import numpy as np
import psycopg
from numpy.typing import NDArray

from schemas.blocks import ReadingBlock
from storage.binary import Column, encode_rows
from storage.connect import Connection
from storage.engine import comparison_queries, prepare_writer
from storage.queries import execute, query

_ROWS_REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.InternalError, psycopg.errors.RaiseException)
_TAKEN = (psycopg.errors.UniqueViolation, psycopg.errors.InternalError_)  # the latter is how Citus passes it on
_CAREFUL_BLOCKS = 16  # blocks to take the careful way after a conflict


class Status(IntEnum):
    """What became of a reading."""

    STORED = 0
    DUPLICATE = 1
    CORRECTED = 2
    REFUSED = 3


class ReadingWriter:
    """Writes blocks on one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._careful = 0
        self.conflicts = 0
        execute(connection, "create_incoming")
        prepare_writer(connection)
        self._find, self._supersede = comparison_queries(connection)

    def write(self, block: ReadingBlock, now: dt.datetime) -> tuple[NDArray[np.int8], dict[int, str]]:
        """Store a block in arrival order; several values for one instant count one after the other.

        Returns:
            the Status of each reading, and the database's words for each refused one, by index.
        """
        status = np.full(len(block), Status.DUPLICATE, np.int8)
        refusals: dict[int, str] = {}
        for index in arrival_rounds(block):
            status[index] = self._write_round(block.take(index), now, index, refusals)
        return status, refusals

    def _write_round(
        self, block: ReadingBlock, now: dt.datetime, index: NDArray[np.intp], refusals: dict[int, str]
    ) -> NDArray[np.int8]:
        """Store readings of distinct instants, sorted; halve the block around rows that the database refuses."""
        try:
            return self._insert(block, now)
        except _ROWS_REFUSED as error:
            if len(block) == 1:
                self._reach(block)
                refusals[int(index[0])] = _words(error)
                return np.array([Status.REFUSED], np.int8)
        middle = len(block) // 2
        halves = (np.arange(middle), np.arange(middle, len(block)))
        return np.concatenate([self._write_round(block.take(h), now, index[h], refusals) for h in halves])

    def _reach(self, block: ReadingBlock) -> None:
        """Read where a row should have gone: a server that went away while it took the row did not refuse it.

        Raises:
            OperationalError: it does not answer.
        """
        at = instant(int(block.ts_us[0]))
        place = {"point_id": int(block.point_id[0]), "first": at, "until": at + dt.timedelta(microseconds=1)}
        self._connection.execute(query("list_reading_samples"), {**place, "limit": 1})

    def _insert(self, block: ReadingBlock, now: dt.datetime) -> NDArray[np.int8]:
        if not self._careful:
            try:
                with self._connection.transaction():
                    self._copy(block, now)
                return np.full(len(block), Status.STORED, np.int8)
            except _TAKEN:
                self._careful = _CAREFUL_BLOCKS
                self.conflicts += 1
        self._careful -= 1
        with self._connection.transaction():
            return self._insert_carefully(block, now)

    def _insert_carefully(self, block: ReadingBlock, now: dt.datetime) -> NDArray[np.int8]:
        _plan_by_index(self._connection, True)
        existing, duplicate = self._compare(block)
        status = np.full(len(block), Status.STORED, np.int8)
        status[existing] = np.where(duplicate, Status.DUPLICATE, Status.CORRECTED)
        new, corrected = np.flatnonzero(status == Status.STORED), np.flatnonzero(status == Status.CORRECTED)
        if len(new) or len(corrected):  # a COPY, if of nothing, has Citus commit in two phases whatever else is changed
            self._copy(block.take(new), now)
        if len(corrected):
            replacing = block.take(corrected)
            if len(replacing) < len(block):
                self._stage(replacing)
            execute(self._connection, self._supersede, now=now, **_span(replacing))
            execute(self._connection, "correct_readings", received_at=_second(now))
        _plan_by_index(self._connection, False)
        return status

    def _compare(self, block: ReadingBlock) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """The positions of readings whose instant is taken, and whether each is a mere duplicate."""
        self._stage(block)
        found = self._connection.execute(query(self._find), _span(block)).fetchall()
        return (
            np.array([row[0] for row in found], np.intp),
            np.array([row[1] for row in found], np.bool_),
        )

    def _stage(self, block: ReadingBlock) -> None:
        """Let the staging table hold these readings and no others."""
        self._connection.execute("TRUNCATE incoming")
        rows = encode_rows([("int4", np.arange(len(block), dtype=np.int32)), *_columns(block)])
        with self._connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(rows)

    def _copy(self, block: ReadingBlock, now: dt.datetime) -> None:
        received = np.full(len(block), round(_second(now).timestamp()) * 1_000_000, np.int64)
        rows = encode_rows([*_columns(block), ("timestamptz", received)])
        statement = "COPY readings (point_id, ts, value, flag, received_at) FROM STDIN (FORMAT BINARY)"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(rows)


def arrival_rounds(block: ReadingBlock) -> list[NDArray[np.intp]]:
    """Split a block into rounds of distinct instants, each sorted by point and time.

    The first distinct value of an instant is in the first round, its second in the second, and so on. A value that
    the instant had before in this block is in no round: it is a duplicate.
    """
    order = np.lexsort((block.ts_us, block.point_id))  # stable: equal instants stay in the order of arrival
    point, ts = block.point_id[order], block.ts_us[order]
    repeats = np.flatnonzero((point[1:] == point[:-1]) & (ts[1:] == ts[:-1])) + 1
    if not len(repeats):
        return [order] if len(order) else []
    rank = np.zeros(len(order), np.int64)
    for position in repeats.tolist():
        rank[position] = _rank(block, order, rank, position)
    return [order[rank == k] for k in range(int(rank.max()) + 1)]


def _rank(block: ReadingBlock, order: NDArray[np.intp], rank: NDArray[np.int64], position: int) -> int:
    """The round of a repeated instant's row, -1 where the instant had this value before."""
    here = order[position]
    newest = -1
    for before in range(position - 1, -1, -1):
        there = order[before]
        if block.point_id[there] != block.point_id[here] or block.ts_us[there] != block.ts_us[here]:
            break
        if block.value[there] == block.value[here] and block.flag[there] == block.flag[here]:
            return -1
        newest = max(newest, int(rank[before]))
    return newest + 1


def _columns(block: ReadingBlock) -> list[Column]:
    return [
        ("int4", block.point_id),
        ("timestamptz", block.ts_us),
        ("float8", block.value),
        ("char", block.flag),
    ]


def _span(block: ReadingBlock) -> dict[str, object]:
    first, last = int(block.ts_us.min()), int(block.ts_us.max())
    return {"first": instant(first), "last": instant(last)}


def instant(ts_us: int) -> dt.datetime:
    """Microseconds since the epoch as an aware datetime, exactly."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts_us)


def _second(now: dt.datetime) -> dt.datetime:
    """The second in which readings arrive, never after the commit; columns hold whole seconds in much less space."""
    return now.replace(microsecond=0)


def _plan_by_index(connection: Connection, only: bool) -> None:
    """A temporary table has no statistics; without this the planner may read whole partitions."""
    setting = "off" if only else "on"
    connection.execute(
        "SELECT set_config('enable_hashjoin', %(s)s, true), set_config('enable_mergejoin', %(s)s, true),"
        " set_config('enable_seqscan', %(s)s, true)",
        {"s": setting},
    )


def _words(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip()
