"""Reads from a replica, as if from the primary: only while it has replayed all that was committed when they came.

A caller who was told of a commit (by a receipt, an event of the live stream, a finished import, the answer to a POST)
reads it, whoever made it and through whichever process. A replica that is behind, stopped, frozen, promoted or another
server's is found by the same question, and the primary answers in its place.
"""

from __future__ import annotations

import select
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from psycopg import OperationalError, pq

from storage.connect import Connection, Pool
from storage.queries import fetch, query

REST_S = 1.0  # after it failed, reads do not wait for a replica so long


class Standing(StrEnum):
    """How the replica stands to what a read must see; the primary answers unless it is ``CURRENT``."""

    CURRENT = "current"
    BEHIND = "behind"
    AWAY = "away"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log of a server, in bytes; comparable on one timeline of one system only."""

    system: str
    timeline: int
    reached: int


@dataclass(frozen=True, slots=True)
class Replayed(Position):
    """The place a standby has replayed, and the age of the newest commit that it shows."""

    age_s: float


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the replica is behind; ``None`` where it cannot be told."""

    standing: Standing
    behind_bytes: int | None = None
    behind_s: float | None = None


class Reads:
    """Lends connections for reading: the replica's where there is one and it is current, else the primary's.

    Args:
        replica: None where none is set.
        wait_s: how long a read waits for the replica to replay what it must see.
    """

    def __init__(self, primary: Pool, replica: Pool | None = None, *, wait_s: float = 0.25) -> None:
        self._primary, self._replica, self._wait_s = primary, replica, wait_s
        self._failed, self._rests_until = Standing.AWAY, 0.0
        self._counting = threading.Lock()
        self._count: Counter[Standing] = Counter()

    @property
    def has_replica(self) -> bool:
        return self._replica is not None

    def counted(self) -> dict[Standing, int]:
        """Reads since the start by how the replica stood; the primary answered all but the current ones."""
        with self._counting:
            return {standing: self._count[standing] for standing in Standing}

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection that sees everything that is committed by now."""
        with ExitStack() as stack:
            lent = None if self._replica is None else self._lend(self._replica, stack)
            yield lent or stack.enter_context(self._primary.connection())

    def lag(self) -> Lag:
        """How the replica stands now, without waiting for it to catch up."""
        if self._replica is None:
            return Lag(Standing.AWAY)
        with ExitStack() as stack:
            primary = stack.enter_context(self._primary.connection())
            try:
                replica = stack.enter_context(self._replica.connection(timeout=self._wait_s))
                return lag_between(primary, replica, self._wait_s)
            except OperationalError:
                return Lag(Standing.AWAY)

    def _lend(self, replica: Pool, stack: ExitStack) -> Connection | None:
        """The replica's connection, given back with the stack; None where the primary must answer."""
        standing, lent = self._failed, None
        if time.monotonic() >= self._rests_until:
            with self._primary.connection() as primary:
                needed = primary_position(primary)
            standing, lent = self._wait(replica, needed, stack)
            if lent is None:
                self._failed, self._rests_until = standing, time.monotonic() + REST_S
        with self._counting:
            self._count[standing] += 1
        return lent

    def _wait(self, replica: Pool, needed: Position | None, stack: ExitStack) -> tuple[Standing, Connection | None]:
        """Wait until a connection of the replica's sees what is needed; one that broke meanwhile is replaced."""
        deadline = time.monotonic() + self._wait_s
        while (left_s := deadline - time.monotonic()) > 0:
            with ExitStack() as trial:
                try:
                    connection = trial.enter_context(replica.connection(timeout=left_s))
                    standing = _catch_up(connection, needed, deadline)
                except OperationalError:
                    continue
                if standing is Standing.CURRENT:
                    stack.push(trial.pop_all())
                    return standing, connection
                return standing, None
        return Standing.AWAY, None


def primary_position(connection: Connection) -> Position | None:
    """How far a primary is; None if it cannot be said: a standby at the moment of a failover, no synchronous commit."""
    found = fetch(connection, Position, "read_primary_position")
    return found[0] if found else None


def replayed(connection: Connection, seconds: float) -> Replayed | None:
    """How far a standby is; None if the server is none.

    A server that is frozen, or behind a line that swallows everything, does not even fail: it is given up after
    ``seconds``, and its connection with it.

    Raises:
        OperationalError: there is no answer.
    """
    server = connection.pgconn
    server.send_query(query("read_standby_position").encode())
    waiting, deadline = select.poll(), time.monotonic() + seconds
    waiting.register(server.socket, select.POLLIN)
    server.flush()
    while server.is_busy():
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not waiting.poll(left_s * 1000):
            connection.close()
            raise OperationalError(f"the replica gave no answer in {seconds:.2f} s")
        server.consume_input()
    answer = server.get_result()
    while server.get_result():
        pass
    if answer is None or answer.status != pq.ExecStatus.TUPLES_OK:
        raise OperationalError(f"the replica refused: {answer.error_message.decode() if answer else 'no answer'}")
    if not answer.ntuples:
        return None
    system, timeline, reached, age_s = ((answer.get_value(0, column) or b"").decode() for column in range(4))
    return Replayed(system, int(timeline), int(reached), float(age_s))


def lag_between(primary: Connection, replica: Connection, seconds: float) -> Lag:
    """How a replica stands to a primary now. Raises as `replayed`."""
    needed, found = primary_position(primary), replayed(replica, seconds)
    standing = judge(needed, found)
    if needed is None or found is None or standing is Standing.STRANGER:
        return Lag(standing)
    current = standing is Standing.CURRENT
    return Lag(standing, max(0, needed.reached - found.reached), 0.0 if current else found.age_s)


def judge(needed: Position | None, found: Position | None) -> Standing:
    """How a server that has replayed ``found`` stands to what a read must see.

    No standby, or one of another server's or of a timeline that the primary has left, is a stranger.
    """
    if needed is None or found is None or (needed.system, needed.timeline) != (found.system, found.timeline):
        return Standing.STRANGER
    return Standing.CURRENT if found.reached >= needed.reached else Standing.BEHIND


def _catch_up(connection: Connection, needed: Position | None, deadline: float) -> Standing:
    pause_s = 0.001
    while True:
        left_s = deadline - time.monotonic()
        standing = judge(needed, replayed(connection, max(left_s, 0.001)))
        if standing is not Standing.BEHIND or left_s <= pause_s:
            return standing
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.02)
