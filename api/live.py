"""The live stream: one thread reads what changed and hands it to every client; a slow client is let go.

A client's queue is bounded. The heartbeat comes from the reading thread alone, after a read that succeeded: when the
database is away, heartbeats stop, and a display knows that its numbers are frozen.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
import time
from collections.abc import AsyncIterator, Collection
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from api.alert_shapes import local_account
from schemas.access import AccessRole, Caller
from schemas.errors import Unavailable
from schemas.words import words_of
from storage.access import SEES_ALL, acting_as, seen_by
from storage.connect import Connection, DatabaseError, Pool, open_connection
from storage.live import ALERT, EVERYTHING, FACT, READING, Change, Place, after_all, changes, listen, snapshot, wait
from storage.queries import fetch_dicts
from storage.tokens import living_tokens

QUEUE = 5_000
REPLAY = 10_000
_ROUND = 100_000  # changes between two looks; more is a gap
_RESET = b'event: reset\ndata: {"reason": "the gap is too long; read the lists again"}\n\n'
_EVENTS = {1: "reading", 2: "fact", 3: "alert"}
log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Client:
    """One open stream. ``sees`` is the caller's enterprises, None for all; ``start`` the snapshot it joined at."""

    caller: Caller
    sees: frozenset[str] | None
    start: str
    ended: bool = False
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def may_see(self, change: Change) -> bool:
        """Whether a change is the caller's to see; in public none of an enterprise's accounts is."""
        if self.caller.role is AccessRole.WALL and str(change.body.get("scope")).startswith("enterprise:"):
            return False
        return self.sees is None or change.enterprise in self.sees

    def offer(self, data: bytes | None) -> None:
        """Called in the client's loop: queue a piece of the stream, or end a client that does not keep up."""
        if self.queue.qsize() >= QUEUE - 1 or data is None:
            while not self.queue.empty():
                self.queue.get_nowait()
            data, self.ended = None, True
        self.queue.put_nowait(data)


class Live:
    """The reading thread and its clients."""

    def __init__(
        self, url: str, pool: Pool, loop: asyncio.AbstractEventLoop, *, zone: dt.tzinfo, heartbeat_s: float
    ) -> None:
        self._url, self._pool, self._loop, self._zone, self._heartbeat_s = url, pool, loop, zone, heartbeat_s
        self._clients: set[Client] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._reached: str | None = None
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    @property
    def clients(self) -> int:
        """Open streams."""
        return len(self._clients)

    def start(self) -> None:
        self._thread.start()

    def end_streams(self) -> None:
        """Let every client go, and take no more. Safe in a signal handler: it takes no lock."""
        self._stopping.set()
        for client in tuple(self._clients):
            self._send(client, None)

    def close(self) -> None:
        """End every stream, then the thread."""
        self.end_streams()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def subscribe(self, caller: Caller) -> Client:
        """Join the stream from now on.

        Raises:
            Unavailable: the stream is not reading, since the database is away.
        """
        sees = None if caller.database_role == SEES_ALL else self._enterprises(caller)
        with self._lock:
            if self._reached is None or self._stopping.is_set():
                raise Unavailable("the live stream has no database; try again in a few seconds")
            client = Client(caller, sees, self._reached)
            self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        with self._lock:
            self._clients.discard(client)

    def missed(self, client: Client, after: Place) -> list[bytes]:
        """What happened between a client's last event and its joining; a ``reset`` if that is too much to tell."""
        try:
            with seen_by(self._pool, client.caller) as rows:
                found = changes(rows, after, client.start, REPLAY + 1)
        except BaseException:
            self.leave(client)
            raise
        if len(found) > REPLAY or after.xid >= int(client.start.split(":")[1]):
            return [_RESET]
        return [self._event(change, client.start) for change in found if client.may_see(change)]

    async def stream(self, client: Client, missed: list[bytes]) -> AsyncIterator[bytes]:
        """The bytes of one client's stream, until it leaves or is let go."""
        try:
            yield b"retry: 2000\n: connected\n\n"
            for piece in missed:
                yield piece
            while (data := await client.queue.get()) is not None:
                yield data
        finally:
            self.leave(client)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(open_connection(self._url, application="parkwatch live")) as connection:
                    listen(connection)
                    self._follow(connection)
            except (DatabaseError, Unavailable) as error:
                log.warning("live stream: %s; trying again", error)
                self._stopping.wait(1)

    def _follow(self, connection: Connection) -> None:
        due = 0.0
        while not self._stopping.is_set():
            self._advance(connection)
            if time.monotonic() >= due:
                self._beat(connection)
                due = time.monotonic() + self._heartbeat_s
            wait(connection, min(1.0, self._heartbeat_s))

    def _advance(self, connection: Connection) -> None:
        """Hand out what has been committed since the last look, and remember how far that is."""
        upto = snapshot(connection)
        with self._lock:
            reached = self._reached if self._clients else None
            self._reached = self._reached if reached else upto
        if reached is None or reached == upto:
            return
        with acting_as(connection, EVERYTHING) as rows:
            alerts = changes(rows, after_all(reached), upto, _ROUND + 1, [ALERT])
            with self._lock:
                told = frozenset(self._clients)
            self._tell(told, alerts, upto)
            others = changes(rows, after_all(reached), upto, _ROUND + 1, [READING, FACT])
        with self._lock:
            self._reached = upto
            joined = frozenset(self._clients) - told
        self._tell(told, others, upto)
        self._tell(joined, [*alerts, *others], upto)

    def _tell(self, clients: Collection[Client], found: list[Change], upto: str) -> None:
        """Send each client what it may see of these; to nobody what is too much to tell."""
        if len(found) > _ROUND:
            for client in clients:
                self._send(client, _RESET)
            return
        events = [(change, self._event(change, upto)) for change in found] if clients else []
        for client in clients:
            data = b"".join(event for change, event in events if client.may_see(change))
            if data:
                self._send(client, data)

    def _beat(self, connection: Connection) -> None:
        with self._lock:
            self._clients -= {client for client in self._clients if client.ended}
            clients = list(self._clients)
        living = living_tokens(connection, [client.caller.token_id for client in clients])
        for client in clients:
            self._send(client, b"event: heartbeat\ndata: {}\n\n" if client.caller.token_id in living else None)

    def _send(self, client: Client, data: bytes | None) -> None:
        try:
            self._loop.call_soon_threadsafe(client.offer, data)
        except RuntimeError:  # its loop has ended
            log.debug("a client's loop has ended")

    def _enterprises(self, caller: Caller) -> frozenset[str]:
        with seen_by(self._pool, caller) as rows:
            found = fetch_dicts(rows, "list_visible_enterprises", after=None, limit=None)
        return frozenset(row["code"] for row in found)

    def _event(self, change: Change, seen: str) -> bytes:
        body = orjson.dumps(_body(change, self._zone))
        return b"event: %b\nid: %b\ndata: %b\n\n" % (
            _EVENTS[change.kind].encode(),
            str(change.place(seen)).encode(),
            body,
        )


def _body(change: Change, zone: dt.tzinfo) -> dict[str, Any]:
    at = change.at.astimezone(zone)
    if change.kind == 1:
        return {"point": change.point, "ts": at, "value": change.value, **change.body}
    if change.kind == 2:
        return {"point": change.point, "hour": at, **change.body}
    shown = dict(change.body)
    words, words_en = words_of(shown["kind"], shown["statistic"], verified=shown["verified"], under=shown.pop("under"))
    alert = {"point": change.point, "opened_at": at, "value": change.value, **shown}
    return alert | {"words": words, "words_en": words_en, "account": local_account(shown["account"], zone)}
