"""Carbon: published vectors, the two methods of scope 2, and which factor a period takes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from accounting.emissions import Activities, Line, emissions, fuel_factor_kg, together
from accounting.factors import FactorTable, shipped_factors, shipped_rules, shipped_targets

FACTORS = shipped_factors()
RULES = {rule.code: rule for rule in shipped_rules() if rule.subject == "carbon"}
LOCATION, MEE = RULES["ghgp-scope2"], RULES["mee-2025"]
TABLE = FactorTable.at(FACTORS, dt.date(2026, 10, 31))
GOLDEN = Path(__file__).parent / "factors_of_2026_10.txt"


def activities(grid: float = 0.0, covered: float | None = 0.0, **metered: float) -> Activities:
    return Activities(grid, 0.0, 0.0, covered, 0.0, {(n.replace("_", " "), "t"): q for n, q in metered.items()})


@pytest.mark.parametrize(
    ("ncv_kj_per_kg", "carbon_t_per_tj", "oxidation", "published"),
    [
        (20908, 26.37, 0.94, 1.9003),
        (28435, 29.5, 0.93, 2.8604),
        (41816, 20.1, 0.98, 3.0202),
        (41816, 21.1, 0.98, 3.1705),
        (43070, 18.9, 0.98, 2.9251),
        (43070, 19.5, 0.98, 3.0179),
        (42652, 20.2, 0.98, 3.0959),
        (50179, 17.2, 0.98, 3.1013),
        (46055, 18.2, 0.98, 3.0119),
        (38931, 15.3, 0.99, 2.1622),
    ],
)
def test_published_fuel_factors(
    ncv_kj_per_kg: float, carbon_t_per_tj: float, oxidation: float, published: float
) -> None:
    kg = fuel_factor_kg(ncv_kj_per_kg / 1e6, carbon_t_per_tj / 1000, oxidation)
    assert round(kg, 4) == published


def test_the_shipped_fuel_table_agrees_with_its_computed_factors() -> None:
    for factor in FACTORS:
        if factor.kind == "fuel_co2":
            name = factor.name.replace(" ", "_")
            unit = "t" if factor.unit.endswith("/t") else "10^4 Nm3"
            used = Activities(0.0, 0.0, 0.0, 0.0, 0.0, {(factor.name, unit): 1.0})
            found = emissions(used, MEE, TABLE).scope1_kg
            assert found == pytest.approx(float(factor.value) * 1000, rel=5e-5), name


@pytest.mark.parametrize(("mwh", "factor", "tonnes"), [(8157, "0.7921", 6461.16), (8157, "0.7035", 5738.45)])
def test_published_electricity(mwh: float, factor: str, tonnes: float) -> None:
    assert round(mwh * float(Decimal(factor)), 2) == tonnes


def test_location_and_market() -> None:
    result = emissions(activities(grid=1000.0, covered=400.0), LOCATION, TABLE)
    assert result.scope2_location_kg == pytest.approx(1000 * 0.6479)
    assert result.scope2_market_kg == pytest.approx(600 * 0.6096)
    assert [line.factor_id for line in result.lines] == ["grid-cn-neimenggu-2023", "residual-cn-2023", "ghgp-scope2@1"]


def test_instruments_do_not_lower_the_reported_figure() -> None:
    result = emissions(activities(grid=1000.0, covered=400.0), MEE, TABLE)
    assert result.scope2_location_kg == pytest.approx(530.6)
    assert result.scope2_market_kg is None


def test_the_market_figure_of_a_day_is_open() -> None:
    assert emissions(activities(grid=1000.0, covered=None), LOCATION, TABLE).scope2_market_kg is None


def test_heat_and_a_fuel_without_a_factor() -> None:
    used = Activities(0.0, 0.0, 0.0, 0.0, 0.0, {("heat", "GJ"): 10.0, ("sawdust", "t"): 1.0})
    result = emissions(used, MEE, TABLE)
    assert result.scope2_location_kg == pytest.approx(1100.0)
    assert result.scope1_kg is None
    assert Line("scope1", "sawdust", 1.0, "t", None, None) in result.lines


def test_captive_and_direct_electricity_are_in_no_scope_2() -> None:
    used = Activities(100.0, 0.0, 900.0, 0.0, 0.0, {})
    assert emissions(used, LOCATION, TABLE).scope2_location_kg == pytest.approx(64.79)


def test_sold_certificates_take_the_residual_mix() -> None:
    used = Activities(100.0, 0.0, 0.0, 0.0, 50.0, {})
    assert emissions(used, LOCATION, TABLE).scope2_market_kg == pytest.approx(150 * 0.6096)


def test_a_city_is_the_sum_of_its_enterprises() -> None:
    parts = [emissions(activities(grid=g, covered=0.0, diesel=g), LOCATION, TABLE) for g in (100.0, 200.0)]
    total = together(parts)
    assert total.scope2_location_kg == pytest.approx(300 * 0.6479)
    assert total.scope1_kg == pytest.approx(sum(p.scope1_kg or 0.0 for p in parts))
    assert len(total.lines) == len(parts[0].lines)


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        (dt.date(2018, 12, 31), None),
        (dt.date(2024, 12, 31), "grid-cn-neimenggu-2022"),
        (dt.date(2025, 10, 31), "grid-cn-neimenggu-2022"),
        (dt.date(2025, 12, 31), "grid-cn-neimenggu-2023"),
    ],
)
def test_the_latest_published_at_the_close(close: dt.date, expected: str | None) -> None:
    found = FactorTable.at(FACTORS, close).latest("grid_average", region="cn-neimenggu")
    assert (found.id if found else None) == expected


def test_no_unverified_factor_resolves() -> None:
    assert all(factor.verified for factor in TABLE.factors)
    assert FactorTable.at(FACTORS, dt.date(2025, 6, 1)).latest("grid_residual", region="cn") is not None
    assert FactorTable.at(FACTORS, dt.date(2025, 6, 1)).latest("grid_residual", region="cn").id == "residual-cn-2021"  # type: ignore[union-attr]


def test_golden_factors() -> None:
    """Every factor that resolves for October 2026: a change of a number is to be seen in review."""
    keys = sorted({(f.kind, f.name, f.region) for f in TABLE.factors})
    found = [TABLE.latest(kind, name=name, region=region) for kind, name, region in keys]
    lines = [f"{f.id} {f.value} {f.unit}" for f in found if f]
    assert "\n".join(lines) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_the_plan_asks_for_35_percent_in_2027() -> None:
    target = next(t for t in shipped_targets() if t.code == "green-power-2027")
    assert (target.metric, target.value, target.year) == ("policy_share", Decimal("0.35"), 2027)
