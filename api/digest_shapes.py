"""The shape of an enterprise's daily digest."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel


class DigestSpan(BaseModel):
    """A day, or its month up to its end; a rate is null where nothing was due."""

    transmission_effective_rate: float | None
    transmission_due_hours: int
    transmission_valid_hours: int
    standstill_hours: int
    valid_rate: float | None
    due_hours: int
    heard_hours: int
    valid_hours: int
    rejected: int
    alerts_opened: int
    exceedances_opened: int


class DigestGap(BaseModel):
    point: str
    name: str
    from_ts: dt.datetime
    to_ts: dt.datetime
    marked: bool


class DigestGaps(BaseModel):
    """All gaps in numbers, and the longest of them."""

    points: int
    count: int
    seconds: float
    longest: list[DigestGap]


class DigestMark(BaseModel):
    id: int
    address: str
    kind: str
    from_ts: dt.datetime
    to_ts: dt.datetime
    state: str
    waits_for: str | None


class DigestRejected(BaseModel):
    reason: str
    day: int
    month: int
    what_to_do: str


class DigestAlert(BaseModel):
    id: int
    rule: str
    kind: str
    point: str
    state: str
    severity: str
    opened_at: dt.datetime
    resolved_at: dt.datetime | None
    acknowledged: bool


class DigestAlerts(BaseModel):
    open: int
    unacknowledged: int
    first: list[DigestAlert]


class DigestStep(BaseModel):
    point: str
    from_ts: dt.datetime
    to_ts: dt.datetime


class DigestSteps(BaseModel):
    waiting: int
    newest: list[DigestStep]


class DigestRestated(BaseModel):
    month: str
    state: str
    figures: int


class DigestWindow(BaseModel):
    """Until when marks of the day are in time, and until when a month can be corrected."""

    what: str
    of: str
    closes_at: dt.datetime
    open: bool


class DigestTask(BaseModel):
    """``before`` is null for what is to be done as soon as possible."""

    task: str
    count: int
    before: dt.datetime | None
    month: str | None
    text: str


class Digest(BaseModel):
    """What an enterprise is told of a day; ``quiet`` where nothing was wrong, ``text`` in Chinese for people."""

    enterprise: str
    enterprise_name: str
    date: dt.date
    made_at: dt.datetime
    quiet: bool
    unsettled_hours: int
    day: DigestSpan
    month: DigestSpan
    gaps: DigestGaps
    unmarked_hours: dict[str, int]
    marks: list[DigestMark]
    rejected: list[DigestRejected]
    alerts: DigestAlerts
    steps: DigestSteps
    restatements: list[DigestRestated]
    windows: list[DigestWindow]
    to_do: list[DigestTask]
    text: str
