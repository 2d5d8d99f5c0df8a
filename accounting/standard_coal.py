"""Energy of every kind as standard coal, in two columns that are never added to each other.

The *calorific* column takes what an energy holds (electricity 0.1229 kgce/kWh); the *supply-rate* column takes what
it cost to make electricity (set anew each year), and the calorific value for everything else. A factor that is not
verified makes a figure for reference: its line and every total it enters say so. What is fed into a product as
feedstock is no fuel and stands apart. Generation on the site from fuel or waste heat is left out of the totals,
because the fuel is in them. Water is reported in its own unit only.
Source of the conversion values: GB/T 2589, each line with its factor's id (accounting/data/factors.csv).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.accounts import Factor

# of a metered unit: the basic unit of factors, and how many of it
_UNITS = {
    "kWh": ("kWh", 1.0),
    "MWh": ("kWh", 1000.0),
    "kg": ("kg", 1.0),
    "t": ("kg", 1000.0),
    "m3": ("m3", 1.0),
    "Nm3": ("m3", 1.0),
    "10^4 Nm3": ("m3", 1e4),
    "MJ": ("MJ", 1.0),
    "GJ": ("MJ", 1000.0),
    "CNY": ("CNY", 1.0),
    "10^4 CNY": ("CNY", 1e4),
}
_BASIC_OF_FACTOR = {"kgce/kWh": ("kWh", 1.0), "kgce/kg": ("kg", 1.0), "kgce/m3": ("m3", 1.0), "kgce/MJ": ("MJ", 1.0),
                    "kgce/t": ("kg", 0.001)}  # fmt: skip
_NAMES = {
    ("electricity", "kWh"): "electricity, equivalent value",
    ("heat", "MJ"): "heat, equivalent value",
    ("steam", "MJ"): "heat, equivalent value",
    ("steam", "kg"): "low-pressure steam",
    ("natural gas", "m3"): "oilfield natural gas",
    ("gas", "m3"): "oilfield natural gas",
    ("coal", "kg"): "raw coal",
}
ELECTRICITY = "electricity"
WATER = "water"
_SIGN = {"grid_import": 1, "grid_export": -1, "direct_line": 1, "resale_out": -1, "onsite_solar": 1, "onsite_wind": 1}


@dataclass(frozen=True, slots=True)
class Metered:
    """What the points of one role, medium and unit measured in a period.

    Attributes:
        name: the fuel in the words of the factor table, else the medium.
        amount: in ``unit``; of hours and of gaps inside the period.
        hours_due, hours_complete: point-hours.
    """

    medium: str
    role: str
    name: str
    unit: str
    feedstock: bool
    amount: float
    hours_due: int
    hours_complete: int


@dataclass(frozen=True, slots=True)
class CoalLine:
    """One energy in both columns, kgce; None where no factor fits. Not ``in_totals``: it would count twice."""

    name: str
    amount: float
    unit: str
    feedstock: bool
    in_totals: bool
    calorific_kgce: float | None
    calorific_factor: str | None
    supply_rate_kgce: float | None
    supply_rate_factor: str | None
    verified: bool
    coverage: float | None


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """Energy and water of a scope and period.

    Totals leave out feedstock and are None where nothing was measured or a factor is missing; ``verified`` says
    whether every factor in them is.
    """

    lines: tuple[CoalLine, ...]
    calorific_kgce: float | None
    supply_rate_kgce: float | None
    calorific_verified: bool
    supply_rate_verified: bool
    feedstock_calorific_kgce: float | None
    water_m3: float | None
    production_t: float | None
    value_added_10k_cny: float | None
    water_m3_per_t: float | None
    kgce_per_t: float | None
    water_m3_per_10k_cny: float | None
    coverage: float | None


def energy_use(metered: Sequence[Metered], factors: Iterable[Factor], *, one_enterprise: bool = True) -> EnergyUse:
    """The energy and water of a scope and period out of what its meters say.

    Args:
        one_enterprise: tonnes of one enterprise's product can be divided by; those of several are unlike. Value
            added, a production point in CNY, adds up over enterprises.
    """
    table = [factor for factor in factors if factor.kind in ("standard_coal", "standard_coal_supply")]
    lines = tuple(_line(group, table) for group in _grouped(metered))
    fuels = [line for line in lines if line.in_totals and not line.feedstock]
    feedstock = [line for line in lines if line.feedstock]
    calorific = _total([line.calorific_kgce for line in fuels])
    water = _sum_of([m for m in metered if m.role == "water"], "m3")
    products = [m for m in metered if m.role == "production"]
    value_added = _sum_of([m for m in products if basic_unit(m.unit) == "CNY"], "CNY")
    production = _sum_of([m for m in products if basic_unit(m.unit) != "CNY"], "kg") if one_enterprise else None
    tonnes = None if production is None else production / 1000
    value_added_10k = None if value_added is None else value_added / 1e4
    return EnergyUse(
        lines=lines,
        calorific_kgce=calorific,
        supply_rate_kgce=_total([line.supply_rate_kgce for line in fuels]),
        calorific_verified=_verified(table, [line.calorific_factor for line in fuels]),
        supply_rate_verified=_verified(table, [line.supply_rate_factor for line in fuels]),
        feedstock_calorific_kgce=_total([line.calorific_kgce for line in feedstock]),
        water_m3=water,
        production_t=tonnes,
        value_added_10k_cny=value_added_10k,
        water_m3_per_t=_per(water, tonnes),
        kgce_per_t=_per(calorific, tonnes),
        water_m3_per_10k_cny=_per(water, value_added_10k),
        coverage=_coverage(metered),
    )


def _grouped(metered: Sequence[Metered]) -> list[list[Metered]]:
    """What makes one line each: bought electricity, own renewable, own other generation, each fuel, each feedstock."""
    groups: dict[tuple[str, str, bool], list[Metered]] = {}
    for part in metered:
        if part.role in ("production", "water") or part.medium == WATER:
            continue
        if part.medium == ELECTRICITY and part.role not in (*_SIGN, "onsite_thermal", "onsite_waste_heat"):
            continue
        groups.setdefault((line_name(part), basic_unit(part.unit), part.feedstock), []).append(part)
    return [groups[key] for key in sorted(groups)]


def line_name(part: Metered) -> str:
    """What a line is called."""
    if part.medium != ELECTRICITY:
        return part.name
    if part.role in ("onsite_solar", "onsite_wind"):
        return "electricity from solar and wind on site"
    if part.role in ("onsite_thermal", "onsite_waste_heat"):
        return "electricity from fuel and waste heat on site"
    return "electricity bought, less delivered"


def basic_unit(unit: str) -> str:
    """The unit that amounts of a unit are added up in: kWh, kg, m3 or MJ; an unknown one stays."""
    return _UNITS.get(unit, (unit, 1.0))[0]


def _line(group: Sequence[Metered], table: Sequence[Factor]) -> CoalLine:
    first = group[0]
    unit = basic_unit(first.unit)
    amount = math.fsum(_basic(part) * _sign(part) for part in group)
    wanted = (first.medium if first.medium == ELECTRICITY else first.name, unit)
    calorific = _factor(table, "standard_coal", _NAMES.get(wanted, first.name), unit)
    supply = calorific
    if first.medium == ELECTRICITY:
        supply = _factor(table, "standard_coal_supply", None, unit)
    used = [factor for factor in (calorific, supply) if factor]
    return CoalLine(
        name=line_name(first),
        amount=amount,
        unit=unit,
        feedstock=first.feedstock,
        in_totals=first.role not in ("onsite_thermal", "onsite_waste_heat"),
        calorific_kgce=_coal(amount, calorific),
        calorific_factor=calorific.id if calorific else None,
        supply_rate_kgce=_coal(amount, supply),
        supply_rate_factor=supply.id if supply else None,
        verified=all(factor.verified for factor in used),
        coverage=_coverage(group),
    )


def _factor(table: Sequence[Factor], kind: str, name: str | None, unit: str) -> Factor | None:
    """The newest factor that fits, a verified one before any that is not."""
    fitting = [
        f for f in table
        if f.kind == kind and name in (None, f.name) and _BASIC_OF_FACTOR.get(f.unit, ("", 0.0))[0] == unit
    ]  # fmt: skip
    return max(fitting, key=lambda f: (f.verified, f.published_on, f.id), default=None)


def _coal(amount: float, factor: Factor | None) -> float | None:
    return None if factor is None else amount * _BASIC_OF_FACTOR[factor.unit][1] * float(factor.value)


def _basic(part: Metered) -> float:
    return part.amount * _UNITS.get(part.unit, ("", 1.0))[1]


def _sign(part: Metered) -> int:
    return _SIGN.get(part.role, 1) if part.medium == ELECTRICITY else 1


def _total(amounts: Sequence[float | None]) -> float | None:
    if not amounts or None in amounts:
        return None
    return math.fsum(amount for amount in amounts if amount is not None)


def _sum_of(parts: Sequence[Metered], unit: str) -> float | None:
    """The sum in a basic unit; None without parts, or where one is in another kind of unit (1 t of water is 1 m3)."""
    amounts = []
    for part in parts:
        basic = basic_unit(part.unit)
        if basic == unit:
            amounts.append(_basic(part))
        elif part.role == "water" and (basic, unit) == ("kg", "m3"):
            amounts.append(_basic(part) / 1000)
        else:
            return None
    return math.fsum(amounts) if amounts else None


def _per(amount: float | None, base: float | None) -> float | None:
    return amount / base if amount is not None and base else None


def _verified(table: Sequence[Factor], used: Sequence[str | None]) -> bool:
    verified = {factor.id for factor in table if factor.verified}
    return all(factor in verified for factor in used if factor)


def _coverage(parts: Sequence[Metered]) -> float | None:
    due = sum(part.hours_due for part in parts)
    return sum(part.hours_complete for part in parts) / due if due else None
