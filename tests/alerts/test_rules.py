"""Rules are read strictly, and an error names the field."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.packs import load_pack, pack_names
from schemas.errors import InvalidInput
from schemas.rules import RuleKind, parse_rule, parse_rules, rule_body

GOOD: dict[str, Any] = {
    "code": "nmhc-hour",
    "kind": "exceedance",
    "points": {"quantity": "a24088", "role": "stack"},
    "statistic": "mean_1h",
    "basis": "std_dry",
    "above": 60,
    "unit": "mg/m3",
    "clause": "permit",
    "verified": True,
    "severity": "critical",
}
SPIKE: dict[str, Any] = {
    "code": "nmhc-spike",
    "kind": "warning",
    "points": {"quantity": "a24088", "role": "stack"},
    "statistic": "reading",
    "above": 80,
    "for": "0s",
    "clear_below": 70,
    "severity": "warning",
}


@pytest.mark.parametrize("body", [GOOD, SPIKE, SPIKE | {"active": "22:00-06:00", "for": "5min", "enabled": False}])
def test_a_rule_survives_being_stored(body: dict[str, Any]) -> None:
    rule = parse_rule(body)
    assert parse_rule(rule_body(rule)) == rule


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"statistic": "reading"}, "statistic: an exceedance exists only on a valid averaging period"),
        ({"statistic": "missing"}, "statistic: an exceedance exists only"),
        ({"basis": None}, "basis: an exceedance at a stack names the basis"),
        ({"unit": ""}, "unit: an exceedance names the unit"),
        ({"above": None}, "above: mean_1h needs exactly one of above and below"),
        ({"below": 1}, "above: mean_1h needs exactly one"),
        ({"clear_below": 70}, "clear_below: goes with above"),
        ({"clear_above": 70}, "clear_above: goes with below"),
        ({"for": "soon"}, "for: 'soon' is not a duration"),
        ({"statistic": "mean_1d"}, "statistic: mean_1d is not evaluated by this version"),
        ({"points": {}}, "points: names nothing"),
        ({"points": {"point": "V01"}}, "points.point.0.: 'V01' is no address"),
        ({"points": {"rolle": "stack"}}, "points: .*rolle"),
        ({"channels": ["sms"]}, "channels.0.: 'sms' is no channel"),
        ({"active": "8-20"}, "active: "),
        ({"valid_from": "2026-01-01T00:00:00"}, "valid_from: needs an offset"),
        ({"sevrity": "high"}, "sevrity"),
        ({"above": "60"}, "above: Expected `float"),
    ],
)
def test_a_wrong_rule_names_its_field(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_rule(GOOD | change)


def test_a_statistic_for_later_may_wait_switched_off() -> None:
    assert not parse_rule(GOOD | {"statistic": "mean_1d", "enabled": False}).enabled


def test_a_rule_listed_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"rules\[1\].code: rule 'nmhc-hour' is listed twice"):
        parse_rules([GOOD, GOOD])


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_warns_and_judges_nobody(name: str) -> None:
    rules = load_pack(name)
    assert rules
    assert all(rule.kind is RuleKind.WARNING and not rule.verified and rule.standard and rule.clause for rule in rules)
