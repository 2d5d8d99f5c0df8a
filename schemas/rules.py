"""Alert rules as the registry and the API write them, read strictly (docs/reference/rules.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.durations import parse_duration
from schemas.errors import InvalidInput
from schemas.marks import OPERATING, MarkKind
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


class _Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    point: str
    above: float | None = None
    below: float | None = None
    clear_below: float | None = None
    clear_above: float | None = None
    clause: str | None = None
    verified: bool | None = None


class _Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"hold": "for"}):
    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    kind: RuleKind
    points: _Points = _Points()
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
    valid_to: dt.datetime | None = None
    enabled: bool = True
    authority: Authority | None = None
    overrides: tuple[_Override, ...] = ()
    of: Watched = Watched.POINT
    scope: Words = []
    amount: str = ""
    span: Span = Span.MONTH
    accounting: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = ""
    reference_o2: float | None = None
    max_amplification: float | None = None
    exempt: tuple[MarkKind, ...] = ()


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
        if value != item.default and value != Selector():
            body[_WRITTEN.get(item.name, item.name)] = _plain(value)
    return body


_WHOSE = ("enterprise", "park", "industry")
_WRITTEN = {"hold_s": "for", "clear_hold_s": "clear_for"}


def _plain(value: Any) -> Any:
    if isinstance(value, Selector):
        return {name: list(words) for name, words in asdict(value).items() if words}
    if isinstance(value, Override):
        return {name: word for name, word in asdict(value).items() if word is not None}
    if isinstance(value, ActiveHours):
        return f"{_clock(value.start_minute)}-{_clock(value.end_minute)}"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


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
            "exempt": tuple(sorted(kind.value for kind in spec.exempt)),
            "active": _active(spec.active),
            "hold_s": _seconds(spec.hold, "for"),
            "clear_hold_s": _seconds(spec.clear_for, "clear_for"),
            "authority": spec.authority or _authority(spec),
            "overrides": tuple(Override(**msgspec.structs.asdict(override)) for override in spec.overrides),
            "scope": _words(spec.scope),
            "amount": spec.amount or AMOUNTS.get(spec.statistic, ("",))[0],
        }
    )


def _authority(spec: _Spec) -> Authority:
    if not spec.standard and spec.clause.lower().startswith(("permit", "排污许可")):
        return Authority.PERMIT
    return Authority.STANDARD if spec.standard else Authority.OWN


def _examine(rule: Rule) -> None:
    if rule.statistic in OF_SCOPES:
        _examine_scope(rule)
    elif rule.scope or rule.accounting:
        field = "scope" if rule.scope else "accounting"
        raise _Fault(field, f"is of share and budget; {rule.statistic.value} judges points")
    elif not any(asdict(rule.points).values()):
        raise _Fault("points", "names nothing: say which points by quantity, role, enterprise, park, industry or point")
    _examine_watched(rule)
    for i, address in enumerate(rule.points.point):
        if "/" not in address:
            raise _Fault(f"points.point[{i}]", f"{address!r} is no address ENTERPRISE/POINT; bare codes go to codes")
    _examine_validity(rule)
    _examine_kind(rule)
    _examine_terms(rule)
    _examine_limit(rule)
    _examine_overrides(rule)
    for i, channel in enumerate(rule.channels):
        if not re.fullmatch(r"log|(webhook|apprise):[a-z0-9_-]+", channel):
            raise _Fault(f"channels[{i}]", f"{channel!r} is no channel: log, webhook:<name> or apprise:<name>")


def _examine_validity(rule: Rule) -> None:
    for name, at in (("valid_from", rule.valid_from), ("valid_to", rule.valid_to)):
        if at is not None and at.tzinfo is None:
            raise _Fault(name, "needs an offset, such as 2026-01-01T00:00:00+08:00")
    if rule.valid_from is not None and rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        raise _Fault("valid_to", "must come after valid_from")


def _examine_scope(rule: Rule) -> None:
    if not rule.scope:
        raise _Fault("scope", "names nothing: city, park:P, industry:I, enterprise:E, or enterprise:* for each")
    for i, scope in enumerate(rule.scope):
        if not re.fullmatch(r"city|(park|industry|enterprise):[^\s:]+", scope):
            raise _Fault(f"scope[{i}]", f"{scope!r} is no scope: city, park:P, industry:I or enterprise:E")
    if any(asdict(rule.points).values()):
        raise _Fault("points", f"{rule.statistic.value} judges scopes, not points: use scope")
    if rule.amount not in AMOUNTS[rule.statistic]:
        raise _Fault("amount", f"{rule.amount!r} is none of {', '.join(AMOUNTS[rule.statistic])}")
    units = AMOUNT_UNITS[rule.amount.rpartition("_")[2]]
    if rule.unit not in units:
        raise _Fault("unit", f"{rule.unit!r} is none of {', '.join(unit for unit in units if unit)}")
    if rule.active is not None:
        raise _Fault("active", f"{rule.statistic.value} is counted over all hours")
    if rule.statistic is Statistic.BUDGET and rule.below is not None:
        raise _Fault("below", "a budget to date begins at nothing and is overrun from above: use above")


def _examine_watched(rule: Rule) -> None:
    if rule.of is Watched.POINT:
        return
    if rule.statistic is not Statistic.MISSING:
        raise _Fault("of", f"{rule.of.value} goes with missing; {rule.statistic.value} judges points or accounts")
    for name, words in asdict(rule.points).items():
        if words and name not in _WHOSE:
            raise _Fault(f"points.{name}", f"a rule of: {rule.of.value} is chosen by {', '.join(_WHOSE)}")


def _examine_overrides(rule: Rule) -> None:
    side = "above" if rule.below is None else "below"
    other = "below" if side == "above" else "above"
    for i, override in enumerate(rule.overrides):
        place = f"overrides[{i}]"
        if rule.statistic in WITHOUT_LIMIT | OF_SCOPES:
            raise _Fault(place, f"{rule.statistic.value} has no limit that a point could override")
        if "/" not in override.point:
            raise _Fault(f"{place}.point", f"{override.point!r} is no address ENTERPRISE/POINT")
        if getattr(override, other) is not None:
            raise _Fault(f"{place}.{other}", f"the rule has its limit {side}, and so must an override")


def _examine_terms(rule: Rule) -> None:
    if rule.reference_o2 is not None and (rule.basis is not Basis.REF_O2 or not 0 <= rule.reference_o2 < 21):
        raise _Fault("reference_o2", "is a percentage from 0 to below 21 and goes with basis: ref_o2")
    if rule.max_amplification is not None and (rule.basis is not Basis.REF_O2 or rule.max_amplification <= 0):
        raise _Fault("max_amplification", "is a number above 0 and goes with basis: ref_o2")
    if rule.unit in ("kg/h", "g/h", "t/h") and rule.basis is Basis.REF_O2:
        raise _Fault("basis", "a mass rate is never of oxygen-converted concentrations: std_dry")
    for i, kind in enumerate(rule.exempt):
        if kind not in OPERATING:
            raise _Fault(
                f"exempt[{i}]", f"{kind} invalidates minutes of itself; exempt takes {', '.join(sorted(OPERATING))}"
            )
    if rule.exempt and rule.statistic not in CONVERTED:
        raise _Fault("exempt", f"goes with {' and '.join(sorted(CONVERTED))}")


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


def overridden(rule: Rule, address: str) -> Rule:
    """The rule as it holds at a point: with the limits of its override there, if it has one."""
    for override in rule.overrides:
        if override.point == address:
            named = {name: value for name, value in asdict(override).items() if value is not None and name != "point"}
            clears = {"clear_below": None} if override.above is not None else {"clear_above": None}
            return replace(rule, **(clears if override.above is not None or override.below is not None else {}) | named)
    return rule


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
