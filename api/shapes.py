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


class Limit(BaseModel):
    """A limit that a point's readings or means are compared with, in the point's unit or in that of its conversion."""

    rule: str
    kind: str
    statistic: str
    above: float | None
    below: float | None
    verified: bool
    unit: str
    basis: str | None


class Unjudged(BaseModel):
    """A rule that does not judge a point at present, and why (docs/explanation/voc.md)."""

    rule: str
    reason: str


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
    outlet: str | None
    longitude: float | None
    latitude: float | None
    retired_at: dt.datetime | None
    latest: Reading | None
    limits: list[Limit]
    mark: str | None
    unjudged: list[Unjudged]
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


class TargetCurrent(BaseModel):
    """The year to date by the default rule."""

    year: int
    share: float | None
    consumption_kwh: float
    share_low: float | None
    share_high: float | None
    coverage: float | None
    rule: str


class TargetForecast(BaseModel):
    """The share of the target's year with the ends of an interval of ``level``; a trend extrapolation."""

    value: float
    low: float
    high: float
    level: float
    method: str
    months_used: int
    words: str
    words_en: str


class Target(BaseModel):
    """``required`` is the average over the rest of the target's year that would still meet it."""

    code: str
    name: str
    metric: str
    scope: str
    year: int
    value: float
    unit: str
    source: str
    current: TargetCurrent | None = None
    required: float | None = None
    required_rise_per_month: float | None = None
    forecast: TargetForecast | None = None
    untracked: str | None = None
    unforecast: str | None = None


class CoalLine(BaseModel):
    """One energy in both columns; ``verified`` is false where a factor is for reference only."""

    name: str
    amount: float
    unit: str
    feedstock: bool
    in_totals: bool
    calorific_kgce: float | None
    calorific_factor: str | None
    supply_rate_kgce: float | None
    supply_rate_factor: str | None
    verified: bool
    coverage: float | None


class EnergyUse(BaseModel):
    """Energy and water of a month. The two standard-coal columns are never added to each other."""

    period: str
    scope: str
    lines: list[CoalLine]
    calorific_kgce: float | None
    supply_rate_kgce: float | None
    calorific_verified: bool
    supply_rate_verified: bool
    feedstock_calorific_kgce: float | None
    water_m3: float | None
    production_t: float | None
    value_added_10k_cny: float | None
    water_m3_per_t: float | None
    kgce_per_t: float | None
    water_m3_per_10k_cny: float | None
    coverage: float | None


class InvoicesKept(BaseModel):
    added: int
    known: int


class ReconciledMonth(BaseModel):
    """``difference`` is metered less invoiced; percent of the invoice."""

    enterprise: str
    month: str
    direction: str
    numbers: list[str]
    invoiced_kwh: float
    metered_kwh: float | None
    difference_kwh: float | None
    difference_percent: float | None
    coverage: float | None
    verdict: str


class Imbalance(BaseModel):
    """Over the hours in which the meter and all below it were complete; ``imbalance`` is parent less children."""

    children: int
    hours: int
    parent_kwh: float
    children_kwh: float
    imbalance_kwh: float
    imbalance_share: float | None


class Meter(BaseModel):
    point: str
    enterprise: str
    name: str
    role: str
    unit: str
    accuracy_class: str | None
    verified_on: dt.date | None
    verification_due: dt.date | None
    parent: str | None
    imbalance: Imbalance | None
    findings: list[str]


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
    was: str | None
    becomes: str | None
    detail: dict[str, Any]


class AlertDetail(Exceedance):
    """``events`` is the trail of the alert: what the watch saw and what people did, in order."""

    closed_by: str | None
    cause: str | None
    explanation: str | None
    measure: str | None
    events: list[AlertEvent]


class EvidenceSeal(BaseModel):
    sealed_at: dt.datetime
    sha256: str


class Evidence(BaseModel):
    """``sha256`` is that of the bundle in its canonical form: keys sorted, no spaces, UTF-8."""

    sealed_at: dt.datetime | None
    sha256: str
    seals: list[EvidenceSeal]
    bundle: dict[str, Any]


class EvidenceChange(BaseModel):
    path: str
    sealed: Any
    now: Any


class EvidenceVerification(BaseModel):
    """``intact``: the sealed text has its hash; ``unchanged``: what is stored still gives the same evidence."""

    alert: int
    sealed_at: dt.datetime
    sha256: str
    sha256_now: str
    intact: bool
    unchanged: bool
    changes: list[EvidenceChange]


class Rule(BaseModel):
    code: str
    kind: str
    statistic: str
    severity: str
    body: dict[str, Any]
    valid_from: dt.datetime | None
    enabled: bool
    source: str


class RuleVersion(BaseModel):
    """A version of a rule; ``removed`` where it was the last one."""

    code: str
    version: int
    kind: str
    statistic: str
    body: dict[str, Any]
    enabled: bool
    source: str
    changed_by: str
    changed_at: dt.datetime
    removed: bool


class Silence(BaseModel, populate_by_name=True):
    id: int
    state: str
    matchers: list[str]
    from_: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    author: str
    comment: str
    declared_by: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    ended_by: str | None


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


class DeclaredEpoch(BaseModel):
    point: str
    valid_from: dt.datetime
    hours_marked: int


class Booked(BaseModel):
    """``new`` is false where the instrument was booked exactly so before."""

    id: str
    enterprise: str
    new: bool


class Period(BaseModel):
    """A month. ``restatement`` is the state of the one that waits: pending for a person, requested for the job."""

    period: str
    state: str
    closed_at: dt.datetime | None
    closed_by: str | None
    comment: str | None
    restatement: str | None
    found_at: dt.datetime | None
    changed_rows: int | None


class RestatementLine(BaseModel):
    """The figures of one row that differ, by name."""

    subject: str
    scope: str
    grain: str
    rule: str
    old: dict[str, Any]
    new: dict[str, Any]


class Restatement(BaseModel):
    id: int
    state: str
    found_at: dt.datetime
    changed_rows: int
    reason: str | None
    requested_by: str | None
    requested_at: dt.datetime | None
    applied_at: dt.datetime | None
    lines: list[RestatementLine]


class PeriodDetail(Period):
    restatements: list[Restatement]


class PeriodRecomputation(BaseModel):
    period: str
    scope: str
    days_marked: int
    hours_marked: int
