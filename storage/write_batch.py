"""One batch, one transaction: readings, revisions, refusals, receipts, books, marks, latest values, alert state."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from schemas.batches import Batch, Judge
from schemas.blocks import ReadingBlock
from schemas.readings import Receipt, Refusal
from schemas.reasons import Reason
from storage.arrays import array
from storage.books import enter_books, keep_receipts, keep_refused
from storage.connect import Connection
from storage.partitions import Partitions
from storage.queries import execute
from storage.readings import ReadingWriter, Status, instant


@dataclass(slots=True)
class BatchWriter:
    """Writes batches on one connection.

    ``judge`` is called inside the transaction with the readings that were stored or corrected.
    """

    connection: Connection
    timezone: ZoneInfo
    judge: Judge | None = None
    readings: ReadingWriter = field(init=False)
    partitions: Partitions = field(init=False)

    def __post_init__(self) -> None:
        self.readings = ReadingWriter(self.connection)
        self.partitions = Partitions(self.connection)

    def write(
        self, batch: Batch, now: dt.datetime, beside: Callable[[Connection], None] | None = None
    ) -> list[Receipt]:
        """Commit a batch; the receipts, one for each delivery, in order.

        Args:
            beside: what else is to be written in the transaction.

        Raises:
            OperationalError: the database is away or full; nothing was written and the batch may be written again.
        """
        self.partitions.ensure(batch.block.ts_us)
        with self.connection.transaction():
            status, words = self.readings.write(batch.block, now)
            receipts = _receipts(batch, status, words)
            self._follow(batch, status, now)
            enter_books(self.connection, batch.deliveries, receipts, now.astimezone(self.timezone).date())
            keep_refused(self.connection, batch.deliveries, receipts, now)
            keep_receipts(self.connection, batch.deliveries, receipts)
            if beside is not None:
                beside(self.connection)
            self.connection.execute("NOTIFY parkwatch_live")
        return receipts

    def _follow(self, batch: Batch, status: NDArray[np.int8], now: dt.datetime) -> None:
        """What changed readings bring with them: marks, latest values, streaming alerts."""
        changed = np.flatnonzero((status == Status.STORED) | (status == Status.CORRECTED))
        if not len(changed):
            return
        _mark_dirty(self.connection, batch.block.point_id[changed], batch.dirty[changed])
        final = newest_of_instant(batch.block.take(changed))
        _advance_latest(self.connection, final, now)
        if self.judge is not None:
            self.judge(self.connection, final, now)


def newest_of_instant(block: ReadingBlock) -> ReadingBlock:
    """Sorted by point and time, of each instant the value that arrived last."""
    order = np.lexsort((block.ts_us, block.point_id))  # stable: equal instants stay in the order of arrival
    point, ts = block.point_id[order], block.ts_us[order]
    last = np.append((point[1:] != point[:-1]) | (ts[1:] != ts[:-1]), True)
    return block.take(order[last])


def _receipts(batch: Batch, status: NDArray[np.int8], words: dict[int, str]) -> list[Receipt]:
    refused: dict[int, list[Refusal]] = defaultdict(list)
    for row, text in words.items():
        ts = instant(int(batch.block.ts_us[row])).isoformat()
        point = str(int(batch.block.point_id[row]))
        refused[int(batch.delivery[row])].append(Refusal(Reason.REFUSED_BY_DATABASE, text, point, ts))
    n = len(batch.deliveries)
    count = [np.bincount(batch.delivery[status == s], minlength=n).tolist() for s in Status]
    receipts = []
    for i, (delivery, stored, duplicate, corrected, failed) in enumerate(zip(batch.deliveries, *count, strict=True)):
        rejected = (*delivery.refusals, *refused[i]) if delivery.refusals or failed else ()
        received = stored + duplicate + corrected + len(rejected)
        told = (delivery.message_id, delivery.sha256, received, stored, duplicate, corrected, rejected)
        receipts.append(Receipt(*told))
    return receipts


def _mark_dirty(connection: Connection, point_id: NDArray[np.int32], hours_us: NDArray[np.int64]) -> None:
    order = np.argsort(point_id, kind="stable")  # then equal keys mostly stand together: far fewer are left to sort
    points, hours = point_id[order].astype(np.int64), hours_us[order] // 3_600_000_000
    own = hours[:, 1]
    new = np.append(True, (points[1:] != points[:-1]) | (own[1:] != own[:-1]))
    astride = (hours[:, 0] != own) | (hours[:, 2] != own)
    kept = np.flatnonzero(new | astride)
    keys = np.unique((points[kept, None] << 32) + hours[kept] + (1 << 31))
    points, hours = keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31)
    stamps = array("timestamptz", hours * 3_600_000_000)
    execute(connection, "mark_dirty_hours", point_ids=array("int4", points), hours=stamps)


def _advance_latest(connection: Connection, block: ReadingBlock, now: dt.datetime) -> None:
    last = np.append(block.point_id[1:] != block.point_id[:-1], True)
    execute(
        connection,
        "advance_latest_readings",
        point_ids=array("int4", block.point_id[last]),
        ts=array("timestamptz", block.ts_us[last]),
        values=array("float8", block.value[last]),
        flags=array("char", block.flag[last]),
        now=now,
    )
