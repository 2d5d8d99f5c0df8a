"""Rules are read strictly, and an error names the field."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.packs import load_pack, load_packs, pack_names
from schemas.errors import InvalidInput
from schemas.rule_bodies import parse_rule, parse_rules, rule_body
from schemas.rules import RuleKind
from storage.connect import Connection
from storage.registry import apply_registry
from storage.rules import list_rules

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


SHARE: dict[str, Any] = {
    "code": "green",
    "kind": "warning",
    "statistic": "share",
    "scope": ["city", "enterprise:*"],
    "below": 35,
    "unit": "%",
}
OVERRIDDEN = GOOD | {
    "overrides": [{"point": "E/V01", "above": 50, "clause": "permit 3"}],
    "valid_to": "2027-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    "body", [GOOD, SPIKE, SHARE, OVERRIDDEN, SPIKE | {"active": "22:00-06:00", "for": "5min", "enabled": False}]
)
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
        ({"valid_to": "2026-01-01T00:00:00"}, "valid_to: needs an offset"),
        ({"valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}, "valid_to: must come after"),
        ({"scope": "city"}, "scope: is of share and budget"),
        ({"overrides": [{"point": "V01", "above": 1}]}, r"overrides.0..point: 'V01' is no address"),
        ({"overrides": [{"point": "E/V01", "below": 1}]}, r"overrides.0..below: the rule has its limit above"),
        ({"overrides": [{"point": "E/V01", "abov": 1}]}, "abov"),
        ({"authority": "king"}, "authority: Invalid enum value 'king'"),
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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scope": []}, "scope: names nothing"),
        ({"scope": ["park"]}, r"scope.0.: 'park' is no scope"),
        ({"points": {"role": "stack"}}, "points: share judges scopes"),
        ({"amount": "guess"}, "amount: 'guess' is none of policy_share"),
        ({"unit": "kWh"}, "unit: 'kWh' is none of 1, %"),
        ({"active": "08:00-20:00"}, "active: share is counted over all hours"),
        ({"kind": "exceedance"}, "statistic: an exceedance exists only"),
    ],
)
def test_a_wrong_share_names_its_field(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_rule(SHARE | change)


def test_a_permit_is_told_by_its_clause() -> None:
    assert parse_rule(GOOD).authority == "permit"
    assert parse_rule(GOOD | {"standard": "GB 1"}).authority == "standard"
    assert parse_rule(SPIKE).authority == "own"


def test_a_rule_listed_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"rules\[1\].code: rule 'nmhc-hour' is listed twice"):
        parse_rules([GOOD, GOOD])


def test_a_registry_includes_packs_and_its_own_rule_goes_before(connection: Connection) -> None:
    own = "{code: carbide-stack-a34013, kind: warning, points: {role: stack}, statistic: reading, above: 1}"
    text = f"include_packs: [carbide, chlor_alkali]\nrules: [{own}]"
    changes = apply_registry(connection, text, packs=load_packs())
    assert len(changes) == len(load_pack("chlor_alkali")) + 1
    stored = {rule.code: rule for rule in list_rules(connection)}
    assert stored["carbide-stack-a34013"].above == 1
    assert not stored["chlor_alkali-stack-a21022"].verified
    assert len(apply_registry(connection, f"rules: [{own}]")) == len(load_pack("chlor_alkali"))


def test_an_unknown_pack_is_named(connection: Connection) -> None:
    with pytest.raises(InvalidInput, match=r"include_packs.0.: no rule pack 'steel'; there are carbide, chlor_alkali"):
        apply_registry(connection, "include_packs: [steel]", packs=load_packs())


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_warns_and_judges_nobody(name: str) -> None:
    rules = load_pack(name)
    assert rules
    assert all(rule.kind is RuleKind.WARNING and not rule.verified and rule.standard and rule.clause for rule in rules)
