"""Refused messages taken in again, after what was wrong with the registry or a device's settings has been put right."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from ingest.desk import Desk
from ingest.languages import HELD_S, Entry, Reader
from ingest.messages import message_of
from ingest.sparkplug_nodes import Memories
from schemas.batches import Judge
from storage.connect import Connection
from storage.rejected import lock_payloads, mark_replayed
from storage.write_batch import BatchWriter

AT_ONCE = 200


def replay(connection: Connection, ids: list[int], timezone: ZoneInfo, judge: Judge | None) -> dict[str, Any]:
    """Take kept messages in again, the same bytes on the same way; the books count a new delivery.

    What is refused once more is kept once more, under a new number. Replayed twice at the same time, a message is
    taken in once.

    Returns:
        ``messages``, ``received``, ``stored``, ``duplicate``, ``corrected``, ``rejected``, and ``reasons``.
    """
    counts = Counter(messages=0, received=0, stored=0, duplicate=0, corrected=0, rejected=0)
    reasons: Counter[str] = Counter()
    for first in range(0, len(ids), AT_ONCE):
        for receipt in _replay(connection, ids[first : first + AT_ONCE], BatchWriter(connection, timezone, judge)):
            counts.update(messages=1, received=receipt.received, stored=receipt.stored)
            counts.update(duplicate=receipt.duplicate, corrected=receipt.corrected, rejected=len(receipt.rejected))
            reasons.update(refusal.reason.value for refusal in receipt.rejected)
    return {**counts, "reasons": dict(reasons)}


def _replay(connection: Connection, ids: list[int], writer: BatchWriter) -> list[Any]:
    now = dt.datetime.now(dt.UTC)
    now_us = round(now.timestamp() * 1e6)
    reader = Reader(Memories())
    desk = Desk(connection, writer, reader)
    with connection.transaction():
        kept = [p for p in lock_payloads(connection, ids) if not p.topic.startswith("imports/")]
    entries: list[Entry] = []
    for payload in kept:
        message = message_of(payload.topic, payload.payload)
        entries += reader.read(payload.id, message, desk.directory(), now_us, connection)
    entries += reader.expire(desk.directory(), now_us + round(1e6 * HELD_S) + 1)
    return [receipt for entry in entries for receipt in _write(desk, entry, now)]


def _write(desk: Desk, entry: Entry, now: dt.datetime) -> list[Any]:
    """One message, marked in the transaction that stores it; none where another replay was first."""
    with desk.connection.transaction():
        if not lock_payloads(desk.connection, [entry.arrival]):
            return []
        answered = desk.write([entry])
        mark_replayed(desk.connection, [entry.arrival], now)
    return [receipt for _, receipt in answered if receipt is not None]
