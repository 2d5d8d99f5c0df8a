"""The shapes of answers, as OpenAPI shows them. Fields are only ever added."""

from __future__ import annotations

import datetime as dt
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A page of a list; ``next`` is the cursor of the page after, null on the last."""

    items: list[Item]
    next: str | None


class Me(BaseModel):
    role: str
    enterprise: str | None
    timezone: str
    now: dt.datetime
    version: str


class Enterprise(BaseModel):
    code: str
    name: str
    park: str
    park_name: str
    industry: str | None
    retired_at: dt.datetime | None


class Reading(BaseModel):
    ts: dt.datetime
    value: float
    flag: str


class Step(BaseModel):
    """``mean`` is that of valid minute means; ``min`` and ``max`` are of valid readings."""

    ts: dt.datetime
    mean: float | None
    min: float | None
    max: float | None
    n: int
    n_valid: int


class Point(BaseModel):
    """``status`` is what the watch says: exceedance, high, no_data, not_judged or normal."""

    point: str
    enterprise: str
    enterprise_name: str
    park: str
    code: str
    name: str
    medium: str
    quantity: str
    kind: str
    unit: str
    role: str
    interval_s: float
    capacity_kw: float | None
    reported_basis: str | None
    longitude: float | None
    latitude: float | None
    retired_at: dt.datetime | None
    latest: Reading | None
    status: str


class Hour(BaseModel):
    hour: dt.datetime
    n: int
    n_valid: int
    mean: float | None
    min: float | None
    max: float | None
    first: float | None
    last: float | None
    delta: float | None
    covered_s: float
    valid: bool
    computed_at: dt.datetime


class Review(BaseModel):
    """A meter step that nothing explains: no energy is counted for it until a person decides."""

    point: str
    from_ts: dt.datetime
    to_ts: dt.datetime
    kind: str
    from_register: float | None
    to_register: float | None
    amount: float | None
    in_hours: bool
    rule: str


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


class Instrument(BaseModel):
    """``vintage`` and ``period`` are the first days of months."""

    id: str
    enterprise: str
    kind: str
    energy_kwh: float
    vintage: dt.date | None
    period: dt.date | None
    cancelled_on: dt.date | None
    settlement: str
    source: str


class Target(BaseModel):
    code: str
    name: str
    metric: str
    scope: str
    year: int
    value: float
    unit: str
    source: str


class GreenPower(BaseModel):
    """Shares are 0..1, null where there is no consumption; coverage is complete over due point-hours."""

    period: str
    scope: str
    rule: str
    consumption_kwh: float | None
    direct_line_kwh: float | None
    self_used_kwh: float | None
    green_trade_kwh: float | None
    certificate_kwh: float | None
    excess_kwh: float | None
    policy_share: float | None
    physical_share: float | None
    hourly_matched_share: float | None
    volume_matched_share: float | None
    coverage: float | None
    share_low: float | None
    share_high: float | None
    computed_at: dt.datetime


class EmissionLine(BaseModel, extra="allow"):
    activity: str
    quantity: float | None
    unit: str
    factor_id: str | None
    emissions_kg: float | None


class Carbon(BaseModel):
    period: str
    scope: str
    rule: str
    scope1_kg: float | None
    scope2_location_kg: float | None
    scope2_market_kg: float | None
    coverage: float | None
    lines: list[EmissionLine]
    computed_at: dt.datetime


class Alert(BaseModel):
    """``words`` and ``words_en`` are how a wall must put it."""

    id: int
    rule: str
    kind: str
    point: str
    enterprise: str
    park: str
    state: str
    severity: str
    opened_at: dt.datetime
    resolved_at: dt.datetime | None
    last_at: dt.datetime
    statistic: str
    value: float
    limit: float
    unit: str
    clause: str
    verified: bool
    late: bool
    no_data: bool
    acknowledged_by: str | None
    assigned_to: str | None
    closed_at: dt.datetime | None
    words: str
    words_en: str


class Exceedance(Alert):
    evidence: dict[str, Any]


class AlertEvent(BaseModel):
    at: dt.datetime
    event_at: dt.datetime | None
    event: str
    actor: str
    detail: dict[str, Any]


class AlertDetail(Exceedance):
    events: list[AlertEvent]


class Acknowledgement(BaseModel, extra="forbid"):
    comment: str = ""


class Rule(BaseModel):
    code: str
    kind: str
    statistic: str
    severity: str
    body: dict[str, Any]
    valid_from: dt.datetime | None
    enabled: bool
    source: str


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


class Health(BaseModel):
    status: str
    checks: dict[str, str] = {}
