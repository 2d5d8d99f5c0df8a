"""What an ingestor does beside its stream: sign of life and share; and, one of all ingestors, outbox and imports."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from contextlib import closing
from zoneinfo import ZoneInfo

from ingest.consumer import Consumer
from ingest.imports import run_queued_imports
from ingest.outbox import publish_outbox
from ingest.settings import IngestSettings
from ingest.shares import Shares
from schemas.batches import Judge
from schemas.errors import Unavailable
from storage.connect import Connection, OperationalError, open_connection
from storage.heartbeats import beat
from storage.leadership import Lead, Work
from storage.shares import forget_ingestor

log = logging.getLogger(__name__)

ERRAND_S = 1.0  # how often they are looked after
RETRY_S = 2.0


def start_errands(
    settings: IngestSettings, consumer: Consumer, shares: Shares, stop: threading.Event, judge: Judge | None
) -> list[threading.Thread]:
    """Start both in threads with connections of their own; a long import holds up no sign of life."""

    begun = threading.Event()

    def tend(connection: Connection, stop: threading.Event) -> None:
        if not begun.is_set():  # the broker is called only when it is known what is to be read
            shares.prepare(connection)
            consumer.start()
            begun.set()
        _tend(connection, settings, consumer, shares, stop)

    def lead(connection: Connection, stop: threading.Event) -> None:
        _lead(connection, settings, consumer, stop, judge)

    threads = []
    for name, work in (("share", tend), ("errands", lead)):
        thread = threading.Thread(target=_keep_at, args=(settings, name, work, stop), name=name)
        thread.start()
        threads.append(thread)
    return threads


def _keep_at(
    settings: IngestSettings, name: str, work: Callable[[Connection, threading.Event], None], stop: threading.Event
) -> None:
    """Do a work until stopped, on a connection of its own, whenever there is a database."""
    while not stop.is_set():
        try:
            with closing(open_connection(settings.database_url, application=f"{settings.client_id}-{name}")) as opened:
                work(opened, stop)
        except (OperationalError, Unavailable) as error:
            log.warning("%s waits for the database: %s", name, error)
            stop.wait(RETRY_S)


def _tend(
    connection: Connection, settings: IngestSettings, consumer: Consumer, shares: Shares, stop: threading.Event
) -> None:
    """Sign of life and share."""
    while not stop.is_set():
        beat(connection, settings.client_id, consumer.connected.is_set(), dt.datetime.now(dt.UTC))
        shares.tend(connection)
        if settings.take_over and shares.empty_handed:
            stop.set()
        stop.wait(ERRAND_S)
    if shares.empty_handed:
        forget_ingestor(connection, settings.client_id)


def _lead(
    connection: Connection, settings: IngestSettings, consumer: Consumer, stop: threading.Event, judge: Judge | None
) -> None:
    """Outbox and imports: at whichever ingestor leads, so that alert changes leave in their order."""
    lead = Lead(connection, Work.ERRANDS)
    while not stop.is_set():
        if consumer.connected.is_set() and lead.take():
            publish_outbox(connection, consumer, settings.prefix, dt.datetime.now(dt.UTC))
            run_queued_imports(connection, ZoneInfo(settings.timezone), judge)
        else:
            lead.give_up()
        stop.wait(ERRAND_S)
