"""The shapes of answers about energy: green power, carbon, targets, use, invoices, meters, periods."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel


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


class DeclaredEpoch(BaseModel):
    point: str
    valid_from: dt.datetime
    hours_marked: int


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
