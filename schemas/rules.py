"""Alert rules as they are judged, and the points that they watch."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from schemas.points import Basis

DERIVED_MARK = ":"  # ends a logger's own statistic (V01:1h); a rule meets those points only by name


class RuleKind(StrEnum):
    """A warning may fire on one reading; an exceedance exists only on a valid averaging period."""

    WARNING = "warning"
    EXCEEDANCE = "exceedance"


class Statistic(StrEnum):
    """What of a point is compared with the limit."""

    READING = "reading"
    MEAN_10M = "mean_10m"
    MEAN_1H = "mean_1h"
    MEAN_1D = "mean_1d"
    RATE = "rate"
    FLAT = "flat"
    MISSING = "missing"
    SHARE = "share"
    BUDGET = "budget"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Authority(StrEnum):
    """Who set a limit. At a point a permit's limit takes the place of a standard's."""

    PERMIT = "permit"
    STANDARD = "standard"
    OWN = "own"


class Watched(StrEnum):
    """Whose silence a rule on missing data watches."""

    POINT = "point"
    GATEWAY = "gateway"
    ENTERPRISE = "enterprise"


class Span(StrEnum):
    """What a share or a budget is counted over."""

    MONTH = "month"
    YEAR = "year"


AVERAGING = frozenset({Statistic.MEAN_10M, Statistic.MEAN_1H, Statistic.MEAN_1D})
CONVERTED = frozenset({Statistic.MEAN_1H, Statistic.MEAN_1D})  # judged on converted minutes where a rule asks for it
PAIRWISE = frozenset({Statistic.RATE, Statistic.FLAT})  # of a reading and the one before it
OF_SCOPES = frozenset({Statistic.SHARE, Statistic.BUDGET})
WITHOUT_LIMIT = frozenset({Statistic.MISSING, Statistic.FLAT})
AMOUNTS = {
    Statistic.SHARE: ("policy_share", "physical_share", "hourly_matched_share"),
    Statistic.BUDGET: ("consumption_kwh", "scope1_kg", "scope2_location_kg", "scope2_market_kg"),
}
AMOUNT_UNITS = {
    "share": {"": 1.0, "1": 1.0, "%": 100.0},
    "kwh": {"": 1.0, "kWh": 1.0, "MWh": 1e-3, "GWh": 1e-6},
    "kg": {"": 1.0, "kg": 1.0, "t": 1e-3},
}


@dataclass(frozen=True, slots=True)
class Selector:
    """Which points a rule is for: every field that is named must match, with any of its values."""

    quantity: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    enterprise: tuple[str, ...] = ()
    park: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    point: tuple[str, ...] = ()  # addresses, ENTERPRISE/POINT
    codes: tuple[str, ...] = ()  # point codes of any enterprise


@dataclass(frozen=True, slots=True)
class Override:
    """Other limits of the same rule at one point, in the rule's unit; what is None stays as the rule has it."""

    point: str  # ENTERPRISE/POINT
    above: float | None = None
    below: float | None = None
    clear_below: float | None = None
    clear_above: float | None = None
    clause: str | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class ActiveHours:
    """Local minutes of the day [start, end); over midnight where end is not after start."""

    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is judged.

    Attributes:
        above, below: the limit in ``unit``; exactly one where the statistic has a limit.
        unit: of the limits; empty means the point's own.
        basis: the state the value is judged in; None takes it as reported.
        reference_o2: percent of oxygen that ``ref_o2`` refers to.
        max_amplification: the conversion to reference oxygen multiplies by this at most.
        exempt: operating-condition marks whose minutes the rule leaves out.
        hold_s: how long the limit must be exceeded without a break before the rule fires (``for``).
        clear_below, clear_above: the value at which a firing rule recovers; unset: at the limit itself.
        clear_hold_s: how long it must stay clear before the alert resolves (``clear_for``).
        valid_from, valid_to: judges nothing before the one, nor from the other on.
        authority: who set the limit; unset, a clause that begins with "permit" or 排污许可 is a permit's, and a named
            standard a standard's.
        of: whose silence, of ``missing``.
        scope: of a share or budget, as in the API; ``enterprise:*`` is each enterprise.
        amount: which share or amount; unset: policy_share, consumption_kwh.
        accounting: code of the accounting rule whose figures are meant; empty for the default one.
    """

    code: str
    kind: RuleKind
    points: Selector
    statistic: Statistic
    severity: Severity
    name: str = ""
    above: float | None = None
    below: float | None = None
    unit: str = ""
    basis: Basis | None = None
    clause: str = ""
    standard: str = ""
    verified: bool = False
    hold_s: float = 0.0
    clear_below: float | None = None
    clear_above: float | None = None
    clear_hold_s: float = 0.0
    channels: tuple[str, ...] = ("log",)
    active: ActiveHours | None = None
    valid_from: dt.datetime | None = None
    valid_to: dt.datetime | None = None
    enabled: bool = True
    authority: Authority = Authority.OWN
    overrides: tuple[Override, ...] = ()
    of: Watched = Watched.POINT
    scope: tuple[str, ...] = ()
    amount: str = ""
    span: Span = Span.MONTH
    accounting: str = ""
    reference_o2: float | None = None
    max_amplification: float | None = None
    exempt: tuple[str, ...] = ()

    @property
    def limit(self) -> float:
        """The limit in ``unit``; for statistics without one, the hold in seconds."""
        return next((x for x in (self.above, self.below) if x is not None), self.hold_s)

    @property
    def has_limit(self) -> bool:
        return self.above is not None or self.below is not None

    @property
    def title(self) -> str:
        return self.name or self.code


@dataclass(frozen=True, slots=True)
class WatchedPoint:
    """What the watch knows of a point."""

    id: int
    enterprise_id: int
    enterprise: str
    enterprise_name: str
    park: str
    industry: str | None
    code: str
    name: str
    medium: str
    quantity: str
    role: str
    unit: str
    interval_s: float
    plausible_low: float | None
    plausible_high: float | None
    reported_basis: str | None
    outlet: str | None = None

    @property
    def address(self) -> str:
        return f"{self.enterprise}/{self.code}"


def overridden(rule: Rule, address: str) -> Rule:
    """The rule as it holds at a point: with the limits of its override there, if it has one."""
    for override in rule.overrides:
        if override.point == address:
            named = {name: value for name, value in asdict(override).items() if value is not None and name != "point"}
            clears = {"clear_below": None} if override.above is not None else {"clear_above": None}
            return replace(rule, **(clears if override.above is not None or override.below is not None else {}) | named)
    return rule
