"""The second half of ingest: prepared batches into the database one after the other, and the answers out.

It runs in a thread of its own. While the database works on one batch the next one is read and prepared.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ingest.consumer import Arrival, Consumer
from ingest.desk import Desk, Prepared
from ingest.hj212_tcp import TcpArrival
from ingest.languages import Entry, Reader
from ingest.pace import Pace, weight_of
from schemas.batches import Judge
from schemas.errors import Unavailable
from schemas.readings import Receipt
from storage.connect import Connection, OperationalError
from storage.write_batch import BatchWriter

log = logging.getLogger(__name__)

RETRY_S = (0.5, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A batch on its way, or only word that something is committed.

    Attributes:
        prepared: None where preparing failed: each entry is then tried by itself.
        settle: to be called when this batch and all before it are committed.
    """

    entries: list[Entry]
    prepared: Prepared | None
    settle: Callable[[], None] | None = None


class Committer:
    """Commits what is submitted, in order. A batch that the database could not take is written again, for ever.

    Attributes:
        pace: what the last commits say about the next batch.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        consumer: Consumer,
        reader: Reader,
        stop: threading.Event,
        timezone: ZoneInfo,
        judge: Judge | None,
    ) -> None:
        self.pace = Pace()
        self._connect, self._consumer, self._reader, self._stop = connect, consumer, reader, stop
        self._timezone, self._judge = timezone, judge
        self._queue: queue.Queue[Submitted | None] = queue.Queue(maxsize=1)
        self._under_way: Submitted | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="committer")

    def start(self) -> None:
        self._thread.start()

    def submit(self, batch: Submitted) -> None:
        """Hand a batch over; waits while one is being committed and another waits."""
        while self._thread.is_alive():
            try:
                return self._queue.put(batch, timeout=1.0)
            except queue.Full:
                continue
        return None

    def finish(self) -> None:
        """Wait until all that was submitted is committed; while stopping, an outage ends the wait.

        Raises:
            Exception: what ended the thread.
        """
        self._submit_end()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @property
    def failed(self) -> bool:
        return self._failure is not None

    def _submit_end(self) -> None:
        while self._thread.is_alive():
            try:
                return self._queue.put(None, timeout=0.1)
            except queue.Full:
                continue
        return None

    def _run(self) -> None:
        attempt = 0
        while True:
            try:
                with closing(self._connect()) as connection:
                    desk = Desk(connection, BatchWriter(connection, self._timezone, self._judge), self._reader)
                    while (batch := self._next()) is not None:
                        self._commit(desk, batch)
                        attempt = 0
                return
            except (OperationalError, Unavailable) as error:
                if self._stop.is_set():
                    return
                pause = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                log.warning("the database is away, trying again in %s s: %s", pause, error)
                attempt += 1
                self._stop.wait(pause)
            except BaseException as error:  # noqa: BLE001  raised again by finish
                self._failure = error
                return

    def _next(self) -> Submitted | None:
        if self._under_way is None:
            self._under_way = self._queue.get()
        return self._under_way

    def _commit(self, desk: Desk, batch: Submitted) -> None:
        started = time.monotonic()
        answered = desk.write(batch.entries, prepared=batch.prepared) if batch.entries else []
        self._under_way = None
        if batch.entries:
            weight = sum([weight_of(entry.message.payload) for entry in batch.entries])
            self.pace = self.pace.after(weight, time.monotonic() - started)
        _answer(self._consumer, answered)
        if batch.settle is not None:
            batch.settle()


def _answer(consumer: Consumer, answered: list[tuple[Entry, Receipt | None]]) -> None:
    receipts: list[tuple[Arrival, bytes]] = []
    for entry, receipt in answered:
        if isinstance(entry.arrival, TcpArrival):
            entry.arrival.answer(entry.replies)
        elif receipt is None:
            consumer.acknowledge([entry.arrival])
        else:
            receipts.append((entry.arrival, receipt.as_json()))
        for topic, payload in entry.commands:
            consumer.publish(topic, payload)
    consumer.answer(receipts)
