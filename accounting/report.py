"""The monthly energy and green-power report: what stands in it, before any drawing.

Every share keeps its rule, coverage and bounds beside it; what is missing is a part of the report, not a footnote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounting.standard_coal import EnergyUse

KWH_PER_MWH = 1000.0


@dataclass(frozen=True, slots=True)
class Share:
    """One period's green power of one scope, kWh and 0..1; None where there is no number."""

    label: str
    starts_at: dt.datetime
    rule: str
    consumption_kwh: float | None
    direct_line_kwh: float
    self_used_kwh: float
    green_trade_kwh: float | None
    certificate_kwh: float | None
    excess_kwh: float | None
    policy_share: float | None
    physical_share: float | None
    hourly_matched_share: float | None
    coverage: float | None
    share_low: float | None
    share_high: float | None

    @property
    def green_kwh(self) -> float:
        """What stands on the green side, under the cap."""
        papers = (self.green_trade_kwh or 0.0) + (self.certificate_kwh or 0.0)
        return self.direct_line_kwh + self.self_used_kwh + papers

    @property
    def rest_kwh(self) -> float:
        return max((self.consumption_kwh or 0.0) - self.green_kwh, 0.0)


@dataclass(frozen=True, slots=True)
class MissingHours:
    """A point with hours that are due and not complete."""

    point: str
    name: str
    due: int
    missing: int


@dataclass(frozen=True, slots=True)
class OddStep:
    """A gap whose hours are unknown, or a step that nothing explains; ``amount`` in ``unit`` where it is known."""

    point: str
    kind: str
    from_ts: dt.datetime
    to_ts: dt.datetime
    amount: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class RejectedReadings:
    enterprise: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class InvoiceCheck:
    """A month's invoice against the meters; energies in kWh."""

    enterprise: str
    direction: str
    invoiced_kwh: float
    metered_kwh: float | None
    difference_kwh: float | None
    difference_percent: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not in the figures."""

    hours: tuple[MissingHours, ...]
    steps: tuple[OddStep, ...]
    rejected: tuple[RejectedReadings, ...]

    @property
    def missing_hours(self) -> int:
        return sum(point.missing for point in self.hours)

    @property
    def unexplained(self) -> int:
        return sum(step.kind == "unexplained" for step in self.steps)

    @property
    def gaps(self) -> int:
        return len(self.steps) - self.unexplained

    @property
    def rejected_readings(self) -> int:
        return sum(one.count for one in self.rejected)

    @property
    def is_nothing(self) -> bool:
        return not (self.hours or self.steps or self.rejected)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a scope and local month.

    Attributes:
        is_open: the month was not over when the report was made.
        days: shares by day; they hold no monthly settled trades or certificates.
        months: of the year up to this month.
        parts: the enterprises of a park, an industry or the city, largest consumption first.
        target: the plan's share and its year, where the scope has one.
    """

    scope: str
    scope_name: str
    month: dt.date
    made_at: dt.datetime
    timezone: str
    is_open: bool
    share: Share
    year_to_date: Share | None
    days: tuple[Share, ...]
    months: tuple[Share, ...]
    parts: tuple[tuple[str, Share], ...]
    energy: EnergyUse
    missing: Missing
    invoices: tuple[InvoiceCheck, ...]
    target: tuple[float, int] | None


def share_of(row: dict[str, Any], label: str) -> Share:
    """A row of the green-power table under a label."""
    taken = {name: row[name] for name in Share.__slots__ if name != "label"}
    return Share(label, **taken)


def largest_first(parts: Sequence[tuple[str, Share]]) -> tuple[tuple[str, Share], ...]:
    return tuple(sorted(parts, key=lambda part: (-(part[1].consumption_kwh or 0.0), part[0])))
