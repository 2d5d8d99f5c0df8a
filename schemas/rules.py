"""Alert rules as the registry and the API write them, read strictly (docs/reference/rules.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.durations import parse_duration
from schemas.errors import InvalidInput
from schemas.points import Basis, Role

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


EVALUATED = frozenset({Statistic.READING, Statistic.MEAN_1H, Statistic.MISSING})
AVERAGING = frozenset({Statistic.MEAN_10M, Statistic.MEAN_1H, Statistic.MEAN_1D})
WITHOUT_LIMIT = frozenset({Statistic.MISSING, Statistic.FLAT})


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
        basis: the state the value must be reported in; None takes it as reported.
        hold_s: how long the limit must be exceeded without a break before the rule fires (``for``).
        clear_below, clear_above: the value at which a firing rule recovers; unset: at the limit itself.
        clear_hold_s: how long it must stay clear before the alert resolves (``clear_for``).
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
    enabled: bool = True

    @property
    def limit(self) -> float:
        """The limit in ``unit``; for statistics without one, the hold in seconds."""
        return next((x for x in (self.above, self.below) if x is not None), self.hold_s)

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


Words = str | list[str]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class _Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Words = []
    medium: Words = []
    role: Role | list[Role] = []
    enterprise: Words = []
    park: Words = []
    industry: Words = []
    point: Words = []
    codes: Words = []


class _Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"hold": "for"}):
    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    kind: RuleKind
    points: _Points
    statistic: Statistic
    severity: Severity | None = None
    name: str = ""
    above: float | None = None
    below: float | None = None
    unit: str = ""
    basis: Basis | None = None
    clause: str = ""
    standard: str = ""
    verified: bool = False
    hold: str | float = 0.0
    clear_below: float | None = None
    clear_above: float | None = None
    clear_for: str | float = 0.0
    channels: tuple[str, ...] = ("log",)
    active: Hours | None = None
    valid_from: dt.datetime | None = None
    enabled: bool = True


def parse_rules(bodies: list[Mapping[str, Any]], source: str = "", field: str = "rules") -> list[Rule]:
    """Read the rules of a file or pack.

    Raises:
        InvalidInput: names the rule's place, its field and what is wrong.
    """
    rules = [parse_rule(body, source, f"{field}[{i}]") for i, body in enumerate(bodies)]
    seen: set[str] = set()
    for i, rule in enumerate(rules):
        if rule.code in seen:
            raise InvalidInput(f"rule {rule.code!r} is listed twice", source=source, field=f"{field}[{i}].code")
        seen.add(rule.code)
    return rules


def parse_rule(body: Mapping[str, Any], source: str = "", field: str = "") -> Rule:
    """Read one rule from its YAML or JSON mapping.

    Raises:
        InvalidInput: names the field and what is wrong.
    """
    try:
        spec = msgspec.convert(dict(body), _Spec, str_keys=True)
        rule = _rule(spec)
        _examine(rule)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise InvalidInput(reason, source=source, field=_join(field, path.rstrip("`").lstrip("."))) from error
    except _Fault as fault:
        raise InvalidInput(fault.reason, source=source, field=_join(field, fault.field)) from fault
    return rule


def rule_body(rule: Rule) -> dict[str, Any]:
    """The rule as ``parse_rule`` reads it again; only what differs from the defaults."""
    body: dict[str, Any] = {}
    for item in fields(Rule):
        value = getattr(rule, item.name)
        if value != item.default:
            body[_WRITTEN.get(item.name, item.name)] = _plain(value)
    return body


_WRITTEN = {"hold_s": "for", "clear_hold_s": "clear_for"}


def _plain(value: Any) -> Any:
    if isinstance(value, Selector):
        return {name: list(words) for name, words in asdict(value).items() if words}
    if isinstance(value, ActiveHours):
        return f"{_clock(value.start_minute)}-{_clock(value.end_minute)}"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


class _Fault(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(reason)


def _rule(spec: _Spec) -> Rule:
    usual = Severity.CRITICAL if spec.kind is RuleKind.EXCEEDANCE else Severity.WARNING
    same = {f.name: getattr(spec, f.name) for f in fields(Rule) if f.name in spec.__struct_fields__}
    return Rule(
        **same
        | {
            "points": Selector(**{name: _words(getattr(spec.points, name)) for name in _Points.__struct_fields__}),
            "severity": spec.severity or usual,
            "channels": tuple(spec.channels),
            "active": _active(spec.active),
            "hold_s": _seconds(spec.hold, "for"),
            "clear_hold_s": _seconds(spec.clear_for, "clear_for"),
        }
    )


def _examine(rule: Rule) -> None:
    if not any(asdict(rule.points).values()):
        raise _Fault("points", "names nothing: say which points by quantity, role, enterprise, park, industry or point")
    for i, address in enumerate(rule.points.point):
        if "/" not in address:
            raise _Fault(f"points.point[{i}]", f"{address!r} is no address ENTERPRISE/POINT; bare codes go to codes")
    if rule.valid_from is not None and rule.valid_from.tzinfo is None:
        raise _Fault("valid_from", "needs an offset, such as 2026-01-01T00:00:00+08:00")
    _examine_kind(rule)
    _examine_limit(rule)
    for i, channel in enumerate(rule.channels):
        if not re.fullmatch(r"log|webhook:[a-z0-9_-]+", channel):
            raise _Fault(f"channels[{i}]", f"{channel!r} is no channel: log or webhook:<name>")
    if rule.enabled and rule.statistic not in EVALUATED:
        known = ", ".join(sorted(EVALUATED))
        raise _Fault(
            "statistic",
            f"{rule.statistic.value} is not evaluated by this version ({known} are): keep the rule with enabled: false",
        )


def _examine_kind(rule: Rule) -> None:
    if rule.kind is not RuleKind.EXCEEDANCE:
        return
    if rule.statistic not in AVERAGING:
        raise _Fault(
            "statistic",
            f"an exceedance exists only on a valid averaging period ({', '.join(sorted(AVERAGING))}), "
            f"not on {rule.statistic.value}: use one of them, or kind: warning",
        )
    if "stack" in rule.points.role and rule.basis is None:
        raise _Fault("basis", "an exceedance at a stack names the basis of its limit: std_dry or ref_o2")
    if not rule.unit:
        raise _Fault("unit", "an exceedance names the unit of its limit, such as mg/m3")


def _examine_limit(rule: Rule) -> None:
    limits = (rule.above is not None) + (rule.below is not None)
    if rule.statistic in WITHOUT_LIMIT:
        if limits:
            raise _Fault("above", f"{rule.statistic.value} has no limit: say how long with for")
        if rule.hold_s <= 0:
            raise _Fault("for", f"{rule.statistic.value} needs a duration, such as 10min")
    elif limits != 1:
        raise _Fault("above", f"{rule.statistic.value} needs exactly one of above and below")
    if rule.clear_below is not None and (rule.above is None or rule.clear_below > rule.above):
        raise _Fault("clear_below", "goes with above and must not lie over it")
    if rule.clear_above is not None and (rule.below is None or rule.clear_above < rule.below):
        raise _Fault("clear_above", "goes with below and must not lie under it")


def _seconds(text: str | float, field: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise _Fault(field, str(error)) from error
    if seconds < 0:
        raise _Fault(field, "must not be negative")
    return seconds


def _words(words: Any) -> tuple[str, ...]:
    return (str(words),) if isinstance(words, str) else tuple(str(word) for word in words)


def _active(text: str | None) -> ActiveHours | None:
    if text is None:
        return None
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    return ActiveHours(start, end)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _join(field: str, part: str) -> str:
    return ".".join(text for text in (field, part) if text)
