"""The share: the published vectors, the cases, and what must hold for any park."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.energy_balance import BOUNDED_FLOWS, EXPORT, FLOWS, Floats, MeteredHours, hour_balances
from accounting.factors import shipped_rules
from accounting.green_power import Accounts, Papers, Shares, close_accounts, shares
from accounting.periods import Grain

CASES = Path(__file__).parents[1] / "cases" / "green_power"
RULES = {rule.code: rule for rule in shipped_rules() if rule.subject == "green_power"}
PLAN = RULES["wuhai-plan"]


def balance_of(energy: Floats, capacity: Floats, trade: Floats, known: Floats | None = None) -> Floats:
    """Balances ``[enterprise, term]`` of ``energy[enterprise, flow, hour]``; NaN is missing."""
    enterprises, flows, hours = energy.shape
    points = energy.reshape(-1, hours)
    metered = MeteredHours(
        enterprises=enterprises,
        enterprise=np.repeat(np.arange(enterprises), flows),
        flow=np.tile(np.arange(flows), enterprises),
        energy_kwh=points,
        missing=np.isnan(points),
        due=np.ones(points.shape, dtype=np.bool_)
        if known is None
        else np.repeat(known, hours).reshape(points.shape) > 0,
        capacity_kwh=np.broadcast_to(capacity.reshape(-1, 1), points.shape),
        known_in=np.full(points.shape, Grain.NEVER, dtype=np.int8),
    )
    total: Floats = hour_balances(metered, trade).sum(axis=1)
    return total


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    given_, expected = (json.loads((folder / name).read_text()) for name in ("input.json", "expected.json"))
    accounts, result = _run(given_)
    for name, value in expected.items():
        found = float(getattr(result if name in Shares.__slots__ else accounts, name)[0])
        if value is None:
            assert np.isnan(found) or name in ("low", "high"), name
        else:
            assert found == pytest.approx(value, abs=1e-12), name


def _run(case: dict[str, Any]) -> tuple[Accounts, Shares]:
    hours = max(len(values) for values in case["hours"].values())
    energy, capacity, known = np.zeros((1, len(FLOWS), hours)), np.full((1, len(FLOWS)), np.nan), np.zeros(len(FLOWS))
    for flow, values in case["hours"].items():
        energy[0, FLOWS.index(flow)] = [np.nan if v is None else v for v in values]
        known[FLOWS.index(flow)] = 1
    for flow, kw in case.get("capacity", {}).items():
        capacity[0, FLOWS.index(flow)] = kw
    trade = np.array([case.get("hourly_trade", [0.0] * hours)])
    papers = Papers(*(np.array([float(case.get(name, 0))]) for name in ("trade", "certificate", "sold")))
    balances = balance_of(energy, capacity, trade, known)
    accounts = close_accounts(balances, Grain.MONTH, papers, RULES[case.get("rule", PLAN.code)])
    return accounts, shares(accounts)


@st.composite
def parks(draw: st.DrawFn) -> tuple[Floats, Floats, Papers]:
    """Energy ``[enterprise, flow, hour]`` that a park could have, hourly trades and papers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    enterprises, hours = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    energy = rng.uniform(0, 100, (enterprises, len(FLOWS), hours)) * (rng.random((enterprises, len(FLOWS), 1)) < 0.7)
    energy *= rng.random(energy.shape) < 0.8
    if draw(st.booleans()):
        energy[:, EXPORT] = np.minimum(energy[:, EXPORT], energy[:, 3] + energy[:, 4])
    trade = rng.uniform(0, 80, (enterprises, hours)) * draw(st.sampled_from([0, 1]))
    papers = Papers(*(rng.uniform(0, 300, enterprises) * draw(st.sampled_from([0, 1])) for _ in range(3)))
    return energy, trade, papers


@settings(max_examples=300, deadline=None)
@given(parks(), st.sampled_from(sorted(RULES)))
def test_a_park_is_the_sum_of_its_capped_enterprises(park: tuple[Floats, Floats, Papers], code: str) -> None:
    energy, trade, papers = park
    balances = balance_of(energy, np.full(energy.shape[:2], 100.0), trade)
    accounts = close_accounts(balances, Grain.MONTH, papers, RULES[code], together=True)
    city = accounts.grouped(np.zeros(len(energy), dtype=np.intp), 1)
    for name in ("consumption", "direct_line", "self_used", "green_trade", "certificate", "counted", "matched"):
        assert getattr(city, name)[0] == pytest.approx(float(np.sum(getattr(accounts, name))), rel=1e-9, abs=1e-9)
    assert (accounts.counted <= accounts.consumption + 1e-9).all()


@settings(max_examples=300, deadline=None)
@given(parks())
def test_shares_keep_their_order(park: tuple[Floats, Floats, Papers]) -> None:
    energy, trade, papers = park
    balances = balance_of(energy, np.full(energy.shape[:2], 100.0), trade)
    accounts = close_accounts(balances, Grain.MONTH, papers, PLAN)
    for rows in (accounts, accounts.grouped(np.zeros(len(energy), dtype=np.intp), 1)):
        result = shares(rows)
        some = rows.consumption > 0
        assert (result.policy[some] <= 1).all()
        assert (result.policy[some] >= result.physical[some] - 1e-12).all()
        assert (result.physical[some] >= 0).all()
        assert (result.hourly_matched[some] <= result.volume_matched[some] + 1e-12).all()
        assert np.isnan(result.policy[~some]).all()


@settings(max_examples=500, deadline=None)
@given(parks(), st.sampled_from(sorted(RULES)), st.integers(0, 2**32), st.floats(0, 0.6))
def test_bounds_contain_the_share_with_the_missing_hours_filled_in(
    park: tuple[Floats, Floats, Papers], code: str, seed: int, rate: float
) -> None:
    energy, trade, papers = park
    gone = np.random.default_rng(seed).random(energy.shape) < rate
    gone[:, len(BOUNDED_FLOWS) :] = False
    seen = np.where(gone, np.nan, energy)
    capacity = np.full(energy.shape[:2], 100.0)
    for together in (False, True):
        truth = close_accounts(balance_of(energy, capacity, trade), Grain.MONTH, papers, RULES[code], together=together)
        found = close_accounts(balance_of(seen, capacity, trade), Grain.MONTH, papers, RULES[code], together=together)
        if together:
            group = np.zeros(len(energy), dtype=np.intp)
            truth, found = truth.grouped(group, 1), found.grouped(group, 1)
        true, bounds = shares(truth), shares(found)
        some = truth.consumption > 1e-6
        assert (bounds.low[some] <= true.policy[some] + 1e-9).all()
        assert (bounds.high[some] >= true.policy[some] - 1e-9).all()


def test_complete_hours_have_no_width() -> None:
    energy = np.zeros((1, len(FLOWS), 2))
    energy[0, :4] = [[50, 60], [0, 5], [10, 0], [20, 30]]
    balances = balance_of(energy, np.full((1, len(FLOWS)), 100.0), np.zeros((1, 2)))
    result = shares(close_accounts(balances, Grain.MONTH, Papers.none(1), PLAN))
    assert result.low[0] == pytest.approx(result.policy[0], abs=1e-15)
    assert result.high[0] == pytest.approx(result.policy[0], abs=1e-15)


def test_a_rule_is_named_with_its_version() -> None:
    assert PLAN.label == "wuhai-plan@1"
    assert replace(PLAN, version=2).label == "wuhai-plan@2"
