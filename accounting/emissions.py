"""Carbon: what was burned, bought and heated, times factors that each line names (docs/reference/accounting.md).

Scope 1: fuels, FC x NCV x CC x OF x 44/12; captive plants included, so that their electricity is not counted again.
Scope 2: electricity bought from the grid only, and heat. By location with the rule's regional factor; by market with
what instruments cover at 0 and the rest, own generation whose certificates were sold included, at the residual mix.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounting.factors import FactorTable
from schemas.accounts import AccountingRule, Factor

CO2_PER_C = 44 / 12
SCOPE1, LOCATION, MARKET = "scope1", "scope2_location", "scope2_market"

# of an amount in the metered unit: the basic unit of factors, and how many of it
_UNITS = {
    "kg": ("t", 0.001),
    "t": ("t", 1.0),
    "m3": ("10^4 Nm3", 1e-4),
    "Nm3": ("10^4 Nm3", 1e-4),
    "10^4 Nm3": ("10^4 Nm3", 1.0),
    "GJ": ("GJ", 1.0),
    "MJ": ("GJ", 0.001),
    "kWh": ("GJ", 0.0036),
    "MWh": ("GJ", 3.6),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One product of an activity and a factor; ``emissions_kg`` is None where no factor fits."""

    scope: str
    activity: str
    quantity: float
    unit: str
    factor_id: str | None
    emissions_kg: float | None

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Activities:
    """What a period's carbon is computed from, kWh; ``metered`` is the amount by (fuel or "heat", unit)."""

    grid_import_kwh: float
    resale_out_kwh: float
    direct_line_kwh: float
    covered_kwh: float | None  # by trades and certificates; None where they are not known at this grain
    sold_kwh: float
    metered: dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Emissions:
    """kg CO2; None where a factor is missing, or where the rule or the grain has no such figure."""

    scope1_kg: float | None
    scope2_location_kg: float | None
    scope2_market_kg: float | None
    lines: tuple[Line, ...]


def emissions(activities: Activities, rule: AccountingRule, factors: FactorTable) -> Emissions:
    """The emissions of one enterprise and period under one rule."""
    lines = [_fuel_line(name, unit, amount, rule, factors) for (name, unit), amount in _fuels(activities)]
    lines += _location_lines(activities, rule, factors)
    market = rule.body["instruments_count"] and activities.covered_kwh is not None
    if market:
        lines += _market_lines(activities, rule, factors)
    heat = [_heat_line(unit, amount, factors) for (name, unit), amount in activities.metered.items() if name == "heat"]
    return _summed([*lines, *heat], has_market=market)


def together(parts: Iterable[Emissions]) -> Emissions:
    """The emissions of several enterprises: lines of the same activity and factor added up."""
    sums: dict[tuple[str, str, str, str | None], tuple[float, float | None]] = {}
    has_market = True
    for part in parts:
        has_market = has_market and part.scope2_market_kg is not None
        for line in part.lines:
            key = (line.scope, line.activity, line.unit, line.factor_id)
            quantity, kg = sums.get(key, (0.0, 0.0))
            more = line.emissions_kg
            sums[key] = (quantity + line.quantity, None if kg is None or more is None else kg + more)
    lines = [Line(scope, what, q, unit, factor, kg) for (scope, what, unit, factor), (q, kg) in sums.items()]
    return _summed(lines, has_market=has_market)


def fuel_factor_kg(ncv_gj: float, carbon_t_per_gj: float, oxidation: float) -> float:
    """kg CO2 per unit of fuel whose net calorific value is ``ncv_gj``: NCV x CC x OF x 44/12."""
    return ncv_gj * carbon_t_per_gj * oxidation * CO2_PER_C * 1000


def _summed(lines: list[Line], *, has_market: bool) -> Emissions:
    location = _total(lines, LOCATION, "scope2_heat")
    market = _total(lines, MARKET, "scope2_heat") if has_market else None
    return Emissions(_total(lines, SCOPE1), location, market, tuple(lines))


def _total(lines: list[Line], *scopes: str) -> float | None:
    amounts = [line.emissions_kg for line in lines if line.scope in scopes]
    return None if None in amounts else math.fsum(a for a in amounts if a is not None)


def _fuels(activities: Activities) -> list[tuple[tuple[str, str], float]]:
    return sorted((key, amount) for key, amount in activities.metered.items() if key[0] != "heat")


def _fuel_line(name: str, unit: str, amount: float, rule: AccountingRule, factors: FactorTable) -> Line:
    suffix = "-" + rule.body["fuel_table"]
    parts = [factors.latest(kind, name=name) for kind in ("fuel_ncv", "fuel_carbon_content", "fuel_oxidation")]
    basis, scale = _UNITS.get(unit, ("", 1.0))
    ncv, carbon, oxidation = parts
    if ncv is None or carbon is None or oxidation is None or not ncv.id.endswith(suffix):
        return Line(SCOPE1, name, amount, unit, None, None)
    if basis not in (ncv.unit.removeprefix("GJ/"), "GJ"):
        return Line(SCOPE1, name, amount, unit, None, None)
    calorific = 1.0 if basis == "GJ" else float(ncv.value)
    kg = amount * scale * fuel_factor_kg(calorific, float(carbon.value), float(oxidation.value) / 100)
    used = [carbon, oxidation] if basis == "GJ" else [ncv, carbon, oxidation]
    return Line(SCOPE1, name, amount, unit, " x ".join(f.id for f in used), kg)


def _location_lines(activities: Activities, rule: AccountingRule, factors: FactorTable) -> list[Line]:
    grid = factors.latest("grid_average", region=rule.body["grid_region"])
    lines = [_times(LOCATION, "grid electricity", activities.grid_import_kwh, grid)]
    if activities.resale_out_kwh:
        passed_on = min(activities.resale_out_kwh, max(activities.grid_import_kwh, 0.0))
        lines.append(_times(LOCATION, "grid electricity delivered to others", -passed_on, grid))
    if activities.direct_line_kwh:
        direct = factors.latest("electricity_direct")
        lines.append(_times(LOCATION, "direct-line electricity", activities.direct_line_kwh, direct))
    return lines


def _market_lines(activities: Activities, rule: AccountingRule, factors: FactorTable) -> list[Line]:
    residual = factors.latest("grid_residual", region=rule.body["residual_region"])
    bought = max(activities.grid_import_kwh - activities.resale_out_kwh, 0.0)
    covered = min(activities.covered_kwh or 0.0, bought)
    lines = [_times(MARKET, "grid electricity without instruments", bought - covered, residual)]
    if covered:
        lines.append(Line(MARKET, "grid electricity covered by instruments", covered, "kWh", rule.label, 0.0))
    if activities.sold_kwh:
        what = "own generation whose certificates were sold"
        lines.append(_times(MARKET, what, activities.sold_kwh, residual))
    return lines


def _heat_line(unit: str, amount: float, factors: FactorTable) -> Line:
    factor = factors.latest("heat")
    basis, scale = _UNITS.get(unit, ("", 1.0))
    if factor is None or basis != "GJ":
        return Line("scope2_heat", "purchased heat", amount, unit, None, None)
    return Line("scope2_heat", "purchased heat", amount, unit, factor.id, amount * scale * float(factor.value) * 1000)


def _times(scope: str, activity: str, energy_kwh: float, factor: Factor | None) -> Line:
    """kWh times a factor; kgCO2/kWh and tCO2/MWh are the same number."""
    if factor is None:
        return Line(scope, activity, energy_kwh, "kWh", None, None if energy_kwh else 0.0)
    return Line(scope, activity, energy_kwh, "kWh", factor.id, energy_kwh * float(factor.value))
