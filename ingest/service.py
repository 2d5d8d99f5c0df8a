"""The ingest service: arrivals into batches, batches into the database, receipts out."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from contextlib import closing
from functools import partial
from zoneinfo import ZoneInfo

from ingest.committer import RETRY_S, Committer, Submitted
from ingest.consumer import Arrival, Consumer
from ingest.desk import Clerk, Prepared
from ingest.errands import start_errands
from ingest.hj212_tcp import Hj212Listener, TcpArrival
from ingest.lanes import Lanes, Waiting
from ingest.languages import Entry, Reader
from ingest.pace import Pace, weight_of
from ingest.settings import IngestSettings
from ingest.shares import Shares
from schemas.batches import Judge
from schemas.errors import Unavailable
from storage.connect import OperationalError, is_outage, open_connection

__all__ = ["IngestSettings", "run"]

log = logging.getLogger(__name__)

WAIT_S = 0.2  # for a first message, before it is looked whether to stop
DRAIN_S = 5.0  # for the broker to take the last receipts


def run(settings: IngestSettings, stop: threading.Event, judge: Judge | None = None) -> None:
    """Serve until ``stop`` is set; what has been taken on is finished first."""
    consumer = Consumer(
        settings.mqtt_url,
        client_id=settings.client_id,
        prefix=settings.prefix,
        enterprises=[],
    )
    shares = Shares(settings.client_id, consumer, settings.prefix, settings.enterprises)
    errands = start_errands(settings, consumer, shares, stop, judge)
    listener = None
    if settings.hj212_port is not None:
        listener = Hj212Listener(settings.hj212_host, settings.hj212_port, consumer.arrivals)
        listener.start()
    try:
        _consume(settings, consumer, shares, stop, judge)
    finally:
        if listener is not None:
            listener.stop()
        stop.set()  # whatever ended the stream ends the process: one that only sends heartbeats would look alive
        for thread in errands:
            thread.join()
        consumer.forget_session = shares.empty_handed
        consumer.stop()


def _consume(
    settings: IngestSettings, consumer: Consumer, shares: Shares, stop: threading.Event, judge: Judge | None
) -> None:
    """Batches until stopped: read and prepared here, committed and answered in a thread of their own."""
    stream = _Stream(consumer, shares)
    connect = partial(open_connection, settings.database_url, application=settings.client_id)
    committer = Committer(connect, consumer, stream.reader, stop, ZoneInfo(settings.timezone), judge)
    committer.start()
    attempt = 0
    try:
        while not stop.is_set() and not committer.failed:
            try:
                with closing(connect()) as connection:
                    clerk = Clerk(connection, stream.reader)
                    while not stop.is_set() and not committer.failed:
                        stream.take(clerk, committer, stop)
                        attempt = 0
            except (OperationalError, Unavailable) as error:
                pause = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                log.warning("the database is away, reading on in %s s: %s", pause, error)
                attempt += 1
                stop.wait(pause)
    finally:
        committer.finish()
        consumer.drain(DRAIN_S)


class _Stream:
    """What is under way between the queue and the committer. It outlives connections to the database."""

    def __init__(self, consumer: Consumer, shares: Shares) -> None:
        self.reader = Reader()
        self._consumer, self._shares = consumer, shares
        self._lanes = Lanes()
        self._arrivals: deque[Waiting] = deque()  # of this batch, not read yet
        self._taken_through_us = 0  # all that came before is in this batch or an earlier one
        self._entries: list[Entry] = []  # read, not submitted yet

    def take(self, clerk: Clerk, committer: Committer, stop: threading.Event) -> None:
        """Gather, read, prepare and submit one batch, if something came. After an outage it goes on where it was."""
        if not self._arrivals and not self._entries:
            pace = committer.pace
            came = _gather(self._consumer, stop, pace, wait=not len(self._lanes))
            self._lanes.put(self._shares.admit(came, self.reader), time.time_ns() // 1000)
            self._arrivals.extend(self._lanes.take(pace.messages, pace.full))
            self._taken_through_us = self._lanes.taken_through_us(time.time_ns() // 1000)
        if self._arrivals:
            self._read(clerk)
        if len(self.reader):
            self._entries += self.reader.expire(clerk.directory(), self._taken_through_us)
        self._submit(clerk, committer)

    def _read(self, clerk: Clerk) -> None:
        directory = clerk.directory()
        now_us = time.time_ns() // 1000
        while self._arrivals:
            first, came_us = self._arrivals[0]
            # parts of a split message wait for what has not been taken yet, however long that waits itself
            at_us = self._taken_through_us if first.message.language == "hj212" else now_us
            self._entries += self.reader.read(first, first.message, directory, at_us, clerk.connection, came_us)
            self._arrivals.popleft()

    def _submit(self, clerk: Clerk, committer: Committer) -> None:
        prepared = self._prepare(clerk) if self._entries else None
        settle = None if len(self._lanes) else self._shares.settlement(self.reader)
        if self._entries or settle:
            committer.submit(Submitted(self._entries, prepared, settle))
            self._entries = []

    def _prepare(self, clerk: Clerk) -> Prepared | None:
        """The entries prepared; None where one of them cannot be: the committer finds it."""
        try:
            return clerk.prepare(self._entries)
        except Exception as error:
            if is_outage(error) or clerk.connection.closed:
                raise Unavailable(f"database: {error}") from error
            log.exception("a batch cannot be prepared; its messages are tried one by one")
            return None


def _gather(consumer: Consumer, stop: threading.Event, pace: Pace, *, wait: bool) -> list[Arrival | TcpArrival]:
    """All that has come; or, with ``wait``, what comes until a batch is full, or within the linger after the first."""
    arrivals: list[Arrival | TcpArrival] = []
    weight, deadline = 0, time.monotonic() + (WAIT_S if wait else 0.0)
    while (weight < pace.full or not wait) and not stop.is_set():
        try:
            came = consumer.arrivals.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if not arrivals and wait:
            deadline = time.monotonic() + pace.linger_s
        arrivals += came
        weight += sum([weight_of(arrival.message.payload) for arrival in came])
    return arrivals
