"""The ingest service: arrivals into batches, batches into the database, receipts out."""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import orjson

from ingest.consumer import Arrival, Consumer
from ingest.desk import Desk
from ingest.hj212_tcp import Hj212Listener, TcpArrival
from ingest.imports import run_queued_imports
from ingest.languages import Entry, Reader
from ingest.outbox import publish_outbox
from schemas.batches import Judge
from schemas.errors import Unavailable
from schemas.readings import Receipt
from storage.connect import Connection, OperationalError, open_connection
from storage.heartbeats import beat
from storage.write_batch import BatchWriter

log = logging.getLogger(__name__)

BATCH_BYTES = 8 * 1024 * 1024
BATCH_MESSAGES = 2_000
LINGER_S = 0.02  # a batch waits this long for company
ERRAND_S = 1.0  # how often the outbox, the imports and the heartbeat are looked after
RETRY_S = (0.5, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What the service needs to know; ``enterprises`` is its share of them, ``hj212_port`` opens HJ 212 over TCP."""

    database_url: str
    mqtt_url: str
    timezone: str = "Asia/Shanghai"
    client_id: str = "parkwatch-ingest-0"
    prefix: str = "pw/v1"
    enterprises: list[str] | None = None
    hj212_port: int | None = None
    hj212_host: str = "127.0.0.1"


def run(settings: IngestSettings, stop: threading.Event, judge: Judge | None = None) -> None:
    """Serve until ``stop`` is set; what has been taken on is finished first."""
    consumer = Consumer(
        settings.mqtt_url,
        client_id=settings.client_id,
        prefix=settings.prefix,
        enterprises=settings.enterprises,
    )
    errands = threading.Thread(target=_run_errands, args=(settings, consumer, stop, judge), name="errands")
    listener = None
    if settings.hj212_port is not None:
        listener = Hj212Listener(settings.hj212_host, settings.hj212_port, consumer.arrivals)
        listener.start()
    consumer.start()
    errands.start()
    try:
        _consume(settings, consumer, stop, judge)
    finally:
        if listener is not None:
            listener.stop()
        stop.set()  # whatever ended the stream ends the process: one that only sends heartbeats would look alive
        errands.join()
        consumer.stop()


def _consume(settings: IngestSettings, consumer: Consumer, stop: threading.Event, judge: Judge | None) -> None:
    """Batches until stopped. A batch that the database could not take is written again, for ever."""
    stream = _Stream(consumer)
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

    def __init__(self, consumer: Consumer) -> None:
        self.reader = Reader()
        self._consumer = consumer
        self._arrivals: deque[Arrival | TcpArrival] = deque()  # not read yet
        self._entries: list[Entry] = []  # read, not written yet

    def take(self, desk: Desk, stop: threading.Event) -> bool:
        """Gather, read, write and answer one batch; whether there was one. After an outage it goes on where it was."""
        if not self._arrivals and not self._entries:
            self._arrivals.extend(_gather(self._consumer, stop))
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
            return False
        answered = desk.write(self._entries)
        self._entries = []
        for entry, receipt in answered:
            _answer(self._consumer, entry, receipt)
        return True


def _gather(consumer: Consumer, stop: threading.Event) -> list[Arrival | TcpArrival]:
    """The next batch: whatever comes within the linger, up to the limits; empty when nothing came."""
    arrivals: list[Arrival | TcpArrival] = []
    size = 0
    deadline = time.monotonic() + LINGER_S
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


def _run_errands(settings: IngestSettings, consumer: Consumer, stop: threading.Event, judge: Judge | None) -> None:
    """Beside the stream, on a connection of its own: heartbeat, outbox, imports."""
    errands: list[Callable[[Connection], object]] = [
        lambda c: beat(c, settings.client_id, consumer.connected.is_set(), dt.datetime.now(dt.UTC)),
        lambda c: publish_outbox(c, consumer, settings.prefix, dt.datetime.now(dt.UTC)),
        lambda c: run_queued_imports(c, ZoneInfo(settings.timezone), judge),
    ]
    while not stop.is_set():
        try:
            name = f"{settings.client_id}-errands"
            with closing(open_connection(settings.database_url, application=name)) as connection:
                while not stop.is_set():
                    for errand in errands:
                        errand(connection)
                    stop.wait(ERRAND_S)
        except (OperationalError, Unavailable) as error:
            log.warning("errands wait for the database: %s", error)
            stop.wait(RETRY_S[2])
