"""The shapes of answers about what arrived: receipts, the ledger, refused readings, imports."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel


class RefusedReading(BaseModel):
    point: str | None
    ts: str | None
    reason: str


class Receipt(BaseModel):
    """The receipt of one message as it was sent, with where and when it was committed."""

    enterprise: str
    gateway: str
    committed_at: dt.datetime
    id: str | None
    sha256: str
    received: int
    stored: int
    duplicate: int
    corrected: int
    rejected: list[RefusedReading]


class LedgerDay(BaseModel):
    enterprise: str
    day: dt.date
    received: int
    stored: int
    duplicate: int
    corrected: int
    rejected: int


class Rejected(BaseModel):
    id: int
    enterprise: str
    gateway: str
    received_at: dt.datetime
    topic: str
    reason: str
    detail: str
    point: str | None
    ts: str | None
    payload_base64: str


class Queued(BaseModel):
    id: int
    state: str


class Import(BaseModel):
    id: int
    kind: str
    enterprise: str | None
    filename: str
    state: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    result: dict[str, Any] | None
