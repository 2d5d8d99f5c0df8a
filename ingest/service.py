"""The ingest service: arrivals into batches, batches into the database, receipts out."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from contextlib import closing
from zoneinfo import ZoneInfo

import orjson

from ingest.consumer import Arrival, Consumer
from ingest.desk import Desk
from ingest.errands import start_errands
from ingest.hj212_tcp import Hj212Listener, TcpArrival
from ingest.lanes import Lanes
from ingest.languages import Entry, Reader
from ingest.settings import IngestSettings
from ingest.shares import Shares
from schemas.batches import Judge
from schemas.errors import Unavailable
from schemas.readings import Receipt
from storage.connect import OperationalError, open_connection
from storage.write_batch import BatchWriter

__all__ = ["IngestSettings", "run"]

log = logging.getLogger(__name__)

BATCH_BYTES = 8 * 1024 * 1024
BATCH_MESSAGES = 2_000
LINGER_S = 0.02  # a batch waits this long for company
RETRY_S = (0.5, 1, 2, 5, 10)


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
    """Batches until stopped. A batch that the database could not take is written again, for ever."""
    stream = _Stream(consumer, shares)
    attempt = 0
    while not stop.is_set():
        try:
            with closing(open_connection(settings.database_url, application=settings.client_id)) as connection:
                desk = Desk(connection, BatchWriter(connection, ZoneInfo(settings.timezone), judge), stream.reader)
                while not stop.is_set():
                    if stream.take(desk, stop):
                        attempt = 0
        except (OperationalError, Unavailable) as error:
            pause = RETRY_S[min(attempt, len(RETRY_S) - 1)]
            log.warning("the database is away, trying again in %s s: %s", pause, error)
            attempt += 1
            stop.wait(pause)
    _drain_answers(consumer)


class _Stream:
    """What is under way between the queue and the database. It outlives connections to the database."""

    def __init__(self, consumer: Consumer, shares: Shares) -> None:
        self.reader = Reader()
        self._consumer, self._shares = consumer, shares
        self._lanes = Lanes()
        self._arrivals: deque[Arrival | TcpArrival] = deque()  # of this batch, not read yet
        self._entries: list[Entry] = []  # read, not written yet

    def take(self, desk: Desk, stop: threading.Event) -> bool:
        """Gather, read, write and answer one batch; whether there was one. After an outage it goes on where it was."""
        if not self._arrivals and not self._entries:
            came = _gather(self._consumer, stop, 0.0 if len(self._lanes) else LINGER_S)
            self._lanes.put(self._shares.admit(came, self.reader), time.time_ns() // 1_000_000)
            self._arrivals.extend(self._lanes.take(BATCH_MESSAGES, BATCH_BYTES))
        if self._arrivals:
            directory = desk.directory()
            while self._arrivals:
                first = self._arrivals[0]
                now_us = time.time_ns() // 1000
                self._entries += self.reader.read(first, first.message, directory, now_us, desk.connection)
                self._arrivals.popleft()
        if len(self.reader):
            self._entries += self.reader.expire(desk.directory(), time.time_ns() // 1000)
        if not self._entries:
            self._settle()
            return False
        answered = desk.write(self._entries)
        self._entries = []
        for entry, receipt in answered:
            _answer(self._consumer, entry, receipt)
        self._settle()
        return True

    def _settle(self) -> None:
        """Say that all that was admitted is committed, once it is."""
        if not len(self._lanes):
            self._shares.settle(self.reader)


def _gather(consumer: Consumer, stop: threading.Event, linger_s: float) -> list[Arrival | TcpArrival]:
    """The next batch: whatever comes within the linger, up to the limits; empty when nothing came."""
    arrivals: list[Arrival | TcpArrival] = []
    size = 0
    deadline = time.monotonic() + linger_s
    while size < BATCH_BYTES and len(arrivals) < BATCH_MESSAGES and not stop.is_set():
        try:
            arrival = consumer.arrivals.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        arrivals.append(arrival)
        size += len(arrival.message.payload)
    consumer.acknowledge_answered()
    return arrivals


def _answer(consumer: Consumer, entry: Entry, receipt: Receipt) -> None:
    if isinstance(entry.arrival, TcpArrival):
        entry.arrival.answer(entry.replies)
    else:
        consumer.answer(entry.arrival, orjson.dumps(receipt.as_dict()))
    for topic, payload in entry.commands:
        consumer.publish(topic, payload)


def _drain_answers(consumer: Consumer, patience_s: float = 5.0) -> None:
    deadline = time.monotonic() + patience_s
    while consumer.acknowledge_answered() and consumer.connected.is_set() and time.monotonic() < deadline:
        time.sleep(LINGER_S)
