"""What is wrong with a rule whose fields are each of the right kind: limits, terms, scopes that do not go together."""

from __future__ import annotations

import re
from dataclasses import asdict

from schemas.marks import OPERATING
from schemas.points import Basis
from schemas.rules import (
    AMOUNT_UNITS,
    AMOUNTS,
    AVERAGING,
    CONVERTED,
    OF_SCOPES,
    WITHOUT_LIMIT,
    Rule,
    RuleKind,
    Statistic,
    Watched,
)

_WHOSE = ("enterprise", "park", "industry")


class RuleFault(Exception):
    """A field of a rule, and what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(reason)


def examine(rule: Rule) -> None:
    """Raise what does not go together.

    Raises:
        RuleFault: names the field and what is wrong.
    """
    if rule.statistic in OF_SCOPES:
        _examine_scope(rule)
    elif rule.scope or rule.accounting:
        field = "scope" if rule.scope else "accounting"
        raise RuleFault(field, f"is of share and budget; {rule.statistic.value} judges points")
    elif not any(asdict(rule.points).values()):
        raise RuleFault("points", "names nothing: say which by quantity, role, enterprise, park, industry or point")
    _examine_watched(rule)
    for i, address in enumerate(rule.points.point):
        if "/" not in address:
            raise RuleFault(f"points.point[{i}]", f"{address!r} is no address ENTERPRISE/POINT; bare codes go to codes")
    _examine_validity(rule)
    _examine_kind(rule)
    _examine_terms(rule)
    _examine_limit(rule)
    _examine_overrides(rule)
    for i, channel in enumerate(rule.channels):
        if not re.fullmatch(r"log|(webhook|apprise):[a-z0-9_-]+", channel):
            raise RuleFault(f"channels[{i}]", f"{channel!r} is no channel: log, webhook:<name> or apprise:<name>")


def _examine_validity(rule: Rule) -> None:
    for name, at in (("valid_from", rule.valid_from), ("valid_to", rule.valid_to)):
        if at is not None and at.tzinfo is None:
            raise RuleFault(name, "needs an offset, such as 2026-01-01T00:00:00+08:00")
    if rule.valid_from is not None and rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        raise RuleFault("valid_to", "must come after valid_from")


def _examine_scope(rule: Rule) -> None:
    if not rule.scope:
        raise RuleFault("scope", "names nothing: city, park:P, industry:I, enterprise:E, or enterprise:* for each")
    for i, scope in enumerate(rule.scope):
        if not re.fullmatch(r"city|(park|industry|enterprise):[^\s:]+", scope):
            raise RuleFault(f"scope[{i}]", f"{scope!r} is no scope: city, park:P, industry:I or enterprise:E")
    if any(asdict(rule.points).values()):
        raise RuleFault("points", f"{rule.statistic.value} judges scopes, not points: use scope")
    if rule.amount not in AMOUNTS[rule.statistic]:
        raise RuleFault("amount", f"{rule.amount!r} is none of {', '.join(AMOUNTS[rule.statistic])}")
    units = AMOUNT_UNITS[rule.amount.rpartition("_")[2]]
    if rule.unit not in units:
        raise RuleFault("unit", f"{rule.unit!r} is none of {', '.join(unit for unit in units if unit)}")
    if rule.active is not None:
        raise RuleFault("active", f"{rule.statistic.value} is counted over all hours")
    if rule.statistic is Statistic.BUDGET and rule.below is not None:
        raise RuleFault("below", "a budget to date begins at nothing and is overrun from above: use above")


def _examine_watched(rule: Rule) -> None:
    if rule.of is Watched.POINT:
        return
    if rule.statistic is not Statistic.MISSING:
        raise RuleFault("of", f"{rule.of.value} goes with missing; {rule.statistic.value} judges points or accounts")
    for name, words in asdict(rule.points).items():
        if words and name not in _WHOSE:
            raise RuleFault(f"points.{name}", f"a rule of: {rule.of.value} is chosen by {', '.join(_WHOSE)}")


def _examine_overrides(rule: Rule) -> None:
    side = "above" if rule.below is None else "below"
    other = "below" if side == "above" else "above"
    for i, override in enumerate(rule.overrides):
        place = f"overrides[{i}]"
        if rule.statistic in WITHOUT_LIMIT | OF_SCOPES:
            raise RuleFault(place, f"{rule.statistic.value} has no limit that a point could override")
        if "/" not in override.point:
            raise RuleFault(f"{place}.point", f"{override.point!r} is no address ENTERPRISE/POINT")
        if getattr(override, other) is not None:
            raise RuleFault(f"{place}.{other}", f"the rule has its limit {side}, and so must an override")


def _examine_terms(rule: Rule) -> None:
    if rule.reference_o2 is not None and (rule.basis is not Basis.REF_O2 or not 0 <= rule.reference_o2 < 21):
        raise RuleFault("reference_o2", "is a percentage from 0 to below 21 and goes with basis: ref_o2")
    if rule.max_amplification is not None and (rule.basis is not Basis.REF_O2 or rule.max_amplification <= 0):
        raise RuleFault("max_amplification", "is a number above 0 and goes with basis: ref_o2")
    if rule.unit in ("kg/h", "g/h", "t/h") and rule.basis is Basis.REF_O2:
        raise RuleFault("basis", "a mass rate is never of oxygen-converted concentrations: std_dry")
    for i, kind in enumerate(rule.exempt):
        if kind not in OPERATING:
            raise RuleFault(
                f"exempt[{i}]", f"{kind} invalidates minutes of itself; exempt takes {', '.join(sorted(OPERATING))}"
            )
    if rule.exempt and rule.statistic not in CONVERTED:
        raise RuleFault("exempt", f"goes with {' and '.join(sorted(CONVERTED))}")


def _examine_kind(rule: Rule) -> None:
    if rule.kind is not RuleKind.EXCEEDANCE:
        return
    if rule.statistic not in AVERAGING:
        raise RuleFault(
            "statistic",
            f"an exceedance exists only on a valid averaging period ({', '.join(sorted(AVERAGING))}), "
            f"not on {rule.statistic.value}: use one of them, or kind: warning",
        )
    if "stack" in rule.points.role and rule.basis is None:
        raise RuleFault("basis", "an exceedance at a stack names the basis of its limit: std_dry or ref_o2")
    if not rule.unit:
        raise RuleFault("unit", "an exceedance names the unit of its limit, such as mg/m3")


def _examine_limit(rule: Rule) -> None:
    limits = (rule.above is not None) + (rule.below is not None)
    if rule.statistic in WITHOUT_LIMIT:
        if limits:
            raise RuleFault("above", f"{rule.statistic.value} has no limit: say how long with for")
        if rule.hold_s <= 0:
            raise RuleFault("for", f"{rule.statistic.value} needs a duration, such as 10min")
    elif limits != 1:
        raise RuleFault("above", f"{rule.statistic.value} needs exactly one of above and below")
    if rule.clear_below is not None and (rule.above is None or rule.clear_below > rule.above):
        raise RuleFault("clear_below", "goes with above and must not lie over it")
    if rule.clear_above is not None and (rule.below is None or rule.clear_above < rule.below):
        raise RuleFault("clear_above", "goes with below and must not lie under it")
