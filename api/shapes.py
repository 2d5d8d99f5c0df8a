"""The shapes of answers about places and their readings, and what all lists share. Fields are only ever added."""

from __future__ import annotations

import datetime as dt
from typing import Generic, TypeVar

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


class Health(BaseModel):
    status: str
    checks: dict[str, str] = {}


class Booked(BaseModel):
    """``new`` is false where the instrument was booked exactly so before."""

    id: str
    enterprise: str
    new: bool
