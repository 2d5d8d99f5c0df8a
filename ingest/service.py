"""The ingest service: arrivals into batches, batches into the database, receipts out."""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import orjson

from ingest.assemble import assemble
from ingest.consumer import Arrival, Consumer
from ingest.directory import Directory, read_directory
from ingest.imports import run_queued_imports
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
    """What the service needs to know; ``enterprises`` limits it to a share of them."""

    database_url: str
    mqtt_url: str
    timezone: str = "Asia/Shanghai"
    client_id: str = "parkwatch-ingest-0"
    prefix: str = "pw/v1"
    enterprises: list[str] | None = None


def run(settings: IngestSettings, stop: threading.Event, judge: Judge | None = None) -> None:
    """Serve until ``stop`` is set; what has been taken on is finished first."""
    consumer = Consumer(
        settings.mqtt_url,
        client_id=settings.client_id,
        prefix=settings.prefix,
        enterprises=settings.enterprises,
    )
    errands = threading.Thread(target=_run_errands, args=(settings, consumer, stop, judge), name="errands")
    consumer.start()
    errands.start()
    try:
        _consume(settings, consumer, stop, judge)
    finally:
        stop.set()  # whatever ended the stream ends the process: one that only sends heartbeats would look alive
        errands.join()
        consumer.stop()


def _consume(settings: IngestSettings, consumer: Consumer, stop: threading.Event, judge: Judge | None) -> None:
    """Batches until stopped. A batch that the database could not take is written again, for ever."""
    arrivals: list[Arrival] = []
    attempt = 0
    while not stop.is_set():
        try:
            with closing(open_connection(settings.database_url, application=settings.client_id)) as connection:
                desk = _Desk(connection, BatchWriter(connection, ZoneInfo(settings.timezone), judge))
                while not stop.is_set():
                    arrivals = arrivals or _gather(consumer, stop)
                    if arrivals:
                        _answer(consumer, arrivals, desk.write(arrivals))
                        arrivals, attempt = [], 0
        except (OperationalError, Unavailable) as error:
            pause = RETRY_S[min(attempt, len(RETRY_S) - 1)]
            log.warning("the database is away, trying again in %s s: %s", pause, error)
            attempt += 1
            stop.wait(pause)
    _drain_answers(consumer)


class _Desk:
    """One connection's writer with its view of the registry."""

    def __init__(self, connection: Connection, writer: BatchWriter) -> None:
        self._connection = connection
        self._writer = writer
        self._directory: Directory | None = None

    def write(self, arrivals: list[Arrival]) -> list[Receipt]:
        now = dt.datetime.now(dt.UTC)
        self._directory = read_directory(self._connection, self._directory)
        return self._writer.write(assemble([a.message for a in arrivals], self._directory, now), now)


def _gather(consumer: Consumer, stop: threading.Event) -> list[Arrival]:
    """The next batch: whatever comes within the linger, up to the limits; empty when nothing came."""
    arrivals: list[Arrival] = []
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


def _answer(consumer: Consumer, arrivals: list[Arrival], receipts: list[Receipt]) -> None:
    for arrival, receipt in zip(arrivals, receipts, strict=True):
        consumer.answer(arrival, orjson.dumps(receipt.as_dict()))


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
