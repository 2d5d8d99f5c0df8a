"""What a digest is made from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounting.air.transmission import Transmission


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of all points of an enterprise since each was first heard."""

    due: int
    heard: int
    valid: int

    @property
    def valid_rate(self) -> float | None:
        return self.valid / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Span:
    """A day, or a month up to the end of the day."""

    transmission: Transmission
    hours: Hours
    rejected: dict[str, int]
    alerts_opened: int
    exceedances_opened: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a reading; ``marked`` where a mark in force covers it."""

    point: str
    name: str
    from_ts: dt.datetime
    to_ts: dt.datetime
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Gaps:
    """All gaps of a day in numbers, and the longest of them."""

    points: int = 0
    count: int = 0
    seconds: float = 0.0
    longest: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    id: int
    address: str
    kind: str
    from_ts: dt.datetime
    to_ts: dt.datetime
    state: str
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class AlertLine:
    id: int
    rule: str
    kind: str
    point: str
    state: str
    severity: str
    opened_at: dt.datetime
    resolved_at: dt.datetime | None
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts that are open now in numbers; open ones and those of the day, the first of them."""

    open: int = 0
    unacknowledged: int = 0
    first: tuple[AlertLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a counter that nothing explains."""

    point: str
    from_ts: dt.datetime
    to_ts: dt.datetime


@dataclass(frozen=True, slots=True)
class Restated:
    """A closed month whose figures would be, or were, others: ``pending``, ``requested`` or ``applied``."""

    month: dt.date
    state: str
    figures: int


@dataclass(frozen=True, slots=True)
class MonthWindow:
    """A month in which something can be corrected until its window closes.

    Attributes:
        closes_at: the end of the window; of a month that was closed before it, then.
        missing_hours: point-hours without a reading and without a mark in force.
    """

    month: dt.date
    closes_at: dt.datetime
    missing_hours: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All of an enterprise and a local day, as they stood at ``made_at``.

    Attributes:
        unmarked_hours: invalid or missing hours of outlets that no mark touches, by point.
        marks_until: until when a mark of the day is in time.
        unsettled_hours: that wait to be computed, so that rates may still change.
        steps: of all that wait for review the newest; ``steps_waiting`` counts them.
        windows: the day's month, and the one before while its window is open.
    """

    enterprise: str
    name: str
    day: dt.date
    made_at: dt.datetime
    of_day: Span
    of_month: Span
    gaps: Gaps
    marks: tuple[Mark, ...]
    alerts: Alerts
    unmarked_hours: dict[str, int]
    marks_until: dt.datetime
    steps: tuple[Step, ...]
    steps_waiting: int
    restated: tuple[Restated, ...]
    windows: tuple[MonthWindow, ...]
    unsettled_hours: int = 0
