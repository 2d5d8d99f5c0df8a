"""One batch, one transaction: readings, revisions, refusals, receipts, books, marks, latest values, alert state."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from schemas.batches import Batch, Delivery, Judge, Outcome
from schemas.blocks import ReadingBlock
from schemas.readings import Receipt, Refusal
from schemas.reasons import Reason
from storage.connect import Connection
from storage.partitions import Partitions
from storage.queries import execute, execute_many, query
from storage.readings import ReadingWriter, Status, instant

_TEXT_LIMIT = 256  # what a sender wrote is shown, not archived here: the bytes are kept beside it


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
            outcomes = _outcomes(batch, status, words)
            self._follow(batch, status, now)
            _enter_books(self.connection, batch.deliveries, outcomes, now.astimezone(self.timezone).date())
            _keep_refused(self.connection, batch.deliveries, outcomes, now)
            receipts = [_receipt(d, o) for d, o in zip(batch.deliveries, outcomes, strict=True)]
            _keep_receipts(self.connection, batch.deliveries, receipts)
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
    order = np.lexsort((np.arange(len(block)), block.ts_us, block.point_id))
    point, ts = block.point_id[order], block.ts_us[order]
    last = np.append((point[1:] != point[:-1]) | (ts[1:] != ts[:-1]), True)
    return block.take(order[last])


def _outcomes(batch: Batch, status: NDArray[np.int8], words: dict[int, str]) -> list[Outcome]:
    n = len(batch.deliveries)
    count = {s: np.bincount(batch.delivery[status == s], minlength=n).tolist() for s in Status}
    refused: dict[int, list[Refusal]] = defaultdict(list)
    for row, text in words.items():
        ts = instant(int(batch.block.ts_us[row])).isoformat()
        point = str(int(batch.block.point_id[row]))
        refused[int(batch.delivery[row])].append(Refusal(Reason.REFUSED_BY_DATABASE, text, point, ts))
    return [
        Outcome(
            received=sum(count[s][i] for s in Status) + len(delivery.refusals),
            stored=count[Status.STORED][i],
            duplicate=count[Status.DUPLICATE][i],
            corrected=count[Status.CORRECTED][i],
            refusals=(*delivery.refusals, *refused[i]),
        )
        for i, delivery in enumerate(batch.deliveries)
    ]


def _receipt(delivery: Delivery, outcome: Outcome) -> Receipt:
    return Receipt(
        id=delivery.message_id,
        sha256=delivery.sha256,
        received=outcome.received,
        stored=outcome.stored,
        duplicate=outcome.duplicate,
        corrected=outcome.corrected,
        rejected=outcome.refusals,
    )


def _mark_dirty(connection: Connection, point_id: NDArray[np.int32], hours_us: NDArray[np.int64]) -> None:
    hour = hours_us // 3_600_000_000
    keys = np.unique((point_id.astype(np.int64)[:, None] << 32) + hour + (1 << 31))
    points, hours = keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31)
    stamps = [instant(h * 3_600_000_000) for h in hours.tolist()]
    execute(connection, "mark_dirty_hours", point_ids=points.tolist(), hours=stamps)


def _advance_latest(connection: Connection, block: ReadingBlock, now: dt.datetime) -> None:
    last = np.append(block.point_id[1:] != block.point_id[:-1], True)
    execute(
        connection,
        "advance_latest_readings",
        point_ids=block.point_id[last].tolist(),
        ts=[instant(t) for t in block.ts_us[last].tolist()],
        values=block.value[last].tolist(),
        flags=[flag.decode() for flag in block.flag[last].tolist()],
        now=now,
    )


def _enter_books(connection: Connection, deliveries: list[Delivery], outcomes: list[Outcome], day: dt.date) -> None:
    books: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[tuple[str, str]] = Counter()
    for delivery, outcome in zip(deliveries, outcomes, strict=True):
        books[delivery.enterprise].update(
            received=outcome.received,
            stored=outcome.stored,
            duplicate=outcome.duplicate,
            corrected=outcome.corrected,
            rejected=len(outcome.refusals),
        )
        reasons.update((delivery.enterprise, refusal.reason.value) for refusal in outcome.refusals)
    entries = [{"enterprise": e, "day": day, **books[e]} for e in sorted(books)]
    execute_many(connection, "add_to_ledger", entries)
    if reasons:
        rows = [{"enterprise": e, "day": day, "reason": r, "rejected": reasons[e, r]} for e, r in sorted(reasons)]
        execute_many(connection, "add_to_ledger_reasons", rows)


def _keep_refused(
    connection: Connection, deliveries: list[Delivery], outcomes: list[Outcome], now: dt.datetime
) -> None:
    pairs = [(d, o) for d, o in zip(deliveries, outcomes, strict=True) if o.refusals]
    if not pairs:
        return
    ids = [row[0] for row in connection.execute(query("reserve_payload_ids"), {"n": len(pairs)})]
    execute(
        connection,
        "keep_rejected_payloads",
        ids=ids,
        now=now,
        enterprises=[d.enterprise for d, _ in pairs],
        gateways=[d.gateway for d, _ in pairs],
        topics=[d.topic for d, _ in pairs],
        payloads=[d.payload for d, _ in pairs],
    )
    rows = [(i, r) for i, (_, o) in zip(ids, pairs, strict=True) for r in o.refusals]
    execute(
        connection,
        "keep_rejected_readings",
        payload_ids=[i for i, _ in rows],
        reasons=[r.reason.value for _, r in rows],
        details=[_shown(r.detail) for _, r in rows],
        points=[_shown(r.point) for _, r in rows],
        ts=[_shown(r.ts) for _, r in rows],
    )


def _keep_receipts(connection: Connection, deliveries: list[Delivery], receipts: list[Receipt]) -> None:
    execute(
        connection,
        "keep_receipts",
        enterprises=[d.enterprise for d in deliveries],
        gateways=[d.gateway for d in deliveries],
        message_ids=[None if d.message_id is None else _shown(str(d.message_id)) for d in deliveries],
        sha256s=[d.sha256 for d in deliveries],
        bodies=[json.dumps(r.as_dict(), ensure_ascii=False).replace("\\u0000", "\\ufffd") for r in receipts],
    )


def _shown(text: str | None) -> str | None:
    """Text as PostgreSQL takes it: without NUL, and short."""
    return None if text is None else text.replace("\x00", "\ufffd")[:_TEXT_LIMIT]
