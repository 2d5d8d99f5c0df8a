"""What is written about deliveries beside their readings: the ledger, the refusals with their bytes, the receipts."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np

from schemas.batches import Delivery
from schemas.readings import Receipt
from storage.binary import COPY_HEADER, COPY_NULL, COPY_TRAILER, copy_field
from storage.connect import Connection
from storage.queries import execute, execute_many, query

_TEXT_LIMIT = 256  # what a sender wrote is shown, not archived here: the bytes are kept beside it
_JSONB = b"\x01"  # the version that precedes the text

_NUL, _SHOWN_NUL = "\x00", "\ufffd"  # PostgreSQL's text takes no NUL


def enter_books(connection: Connection, deliveries: list[Delivery], receipts: list[Receipt], day: dt.date) -> None:
    """Add to the ledger of each enterprise and day, inside the caller's transaction."""
    places: dict[str, int] = {}
    at = [places.setdefault(delivery.enterprise, len(places)) for delivery in deliveries]
    counts = [(r.received, r.stored, r.duplicate, r.corrected, len(r.rejected)) for r in receipts]
    sums = np.zeros((len(places), 5), np.int64)
    np.add.at(sums, at, np.array(counts, np.int64).reshape(-1, 5))
    names = ("received", "stored", "duplicate", "corrected", "rejected")
    entries = [
        {"enterprise": e, "day": day, **dict(zip(names, sums[places[e]].tolist(), strict=True))} for e in sorted(places)
    ]
    execute_many(connection, "add_to_ledger", entries)
    told = zip(deliveries, receipts, strict=True)
    reasons = Counter((d.enterprise, refusal.reason.value) for d, r in told if r.rejected for refusal in r.rejected)
    if reasons:
        rows = [{"enterprise": e, "day": day, "reason": r, "rejected": reasons[e, r]} for e, r in sorted(reasons)]
        execute_many(connection, "add_to_ledger_reasons", rows)


def keep_refused(connection: Connection, deliveries: list[Delivery], receipts: list[Receipt], now: dt.datetime) -> None:
    """Keep what was refused, its bytes once, inside the caller's transaction."""
    pairs = [(d, r) for d, r in zip(deliveries, receipts, strict=True) if r.rejected]
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
    rows = [(i, refusal) for i, (_, r) in zip(ids, pairs, strict=True) for refusal in r.rejected]
    execute(
        connection,
        "keep_rejected_readings",
        payload_ids=[i for i, _ in rows],
        reasons=[r.reason.value for _, r in rows],
        details=[_shown(r.detail) for _, r in rows],
        points=[_shown(r.point) for _, r in rows],
        ts=[_shown(r.ts) for _, r in rows],
    )


def keep_receipts(connection: Connection, deliveries: list[Delivery], receipts: list[Receipt]) -> None:
    """Keep the answers for gateways that missed them, inside the caller's transaction."""
    statement = "COPY receipts (enterprise, gateway, message_id, sha256, body) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join([COPY_HEADER, *_receipt_fields(deliveries, receipts), COPY_TRAILER]))


def _receipt_fields(deliveries: list[Delivery], receipts: list[Receipt]) -> list[bytes]:
    """Rows of five fields as binary COPY takes them: ten thousands a second, so the sender's part is made once."""
    senders: dict[tuple[str, str], bytes] = {}
    fields: list[bytes] = []
    for delivery, receipt in zip(deliveries, receipts, strict=True):
        names = (delivery.enterprise, delivery.gateway)
        if (sender := senders.get(names)) is None:
            sender = senders[names] = b"\x00\x05" + b"".join(copy_field(name.encode()) for name in names)
        number, digest, body = receipt.id, delivery.sha256.encode(), receipt.as_json()
        shown = COPY_NULL if number is None else copy_field((_shown(str(number)) or "").encode())
        if b"\\u0000" in body:
            body = body.replace(b"\\u0000", b"\\ufffd")
        digest_length, body_length = len(digest).to_bytes(4, "big"), (1 + len(body)).to_bytes(4, "big")
        fields += (sender, shown, digest_length, digest, body_length, _JSONB, body)
    return fields


def _shown(text: str | None) -> str | None:
    """Text as PostgreSQL takes it: without NUL, and short."""
    return None if text is None else text.replace(_NUL, _SHOWN_NUL)[:_TEXT_LIMIT]
