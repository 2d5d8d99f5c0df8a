"""The conversions of a concentration, as factors; NaN where an input cannot be (HJ 212-2017 Annex D, eq. 18-34).

| step | factor | needs |
|---|---|---|
| mass | M / 22.4 | molar mass; ppm are then mg/m3 at the standard state |
| dry | 1 / (1 - X) | moisture X |
| standard | 101.325 / (Ba + Ps) * (273 + t) / 273 | temperature, static and atmospheric pressure |
| oxygen | (21 - ref) / (21 - O2), at most the ceiling | dry oxygen below 21 % |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from accounting.air.molar_masses import MOLAR_MASSES
from accounting.air.units import mg_m3_of, ppm_of
from schemas.air import INPUTS_OF_STEP, MISSING_INPUT, Input, SeriesTerms, Step, Unconvertible
from schemas.points import Basis

STANDARD_KPA = 101.325
STANDARD_K = 273.0  # as the annex has it
MOLAR_VOLUME = 22.4  # l/mol
AIR_OXYGEN = 21.0  # percent

Floats = NDArray[np.float64]

_ORDER = (Basis.RAW_WET, Basis.RAW_DRY, Basis.STD_DRY, Basis.REF_O2)
_FORWARD = {Basis.RAW_WET: Step.DRY, Basis.RAW_DRY: Step.STANDARD, Basis.STD_DRY: Step.OXYGEN}


@dataclass(frozen=True, slots=True)
class Route:
    """How values come from the state they are reported in to the one that is wanted.

    Attributes:
        steps: in order; empty where they are there already.
        scale: from the reported unit to mg/m3, with M / 22.4 where the unit is a volume ratio.
    """

    steps: tuple[Step, ...]
    scale: float
    terms: SeriesTerms = SeriesTerms()  # noqa: RUF009  frozen

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What is needed, in the order of the steps."""
        return tuple(dict.fromkeys(what for step in self.steps for what in INPUTS_OF_STEP[step]))


def route_of(unit: str, quantity: str, reported: Basis | None, terms: SeriesTerms) -> Route | Unconvertible:
    """The steps from a point's unit and basis to the terms of a rule, or why there is no way."""
    mass = mg_m3_of(unit)
    scale = mass if mass is not None else _mass_of_ppm(unit, quantity)
    if isinstance(scale, Unconvertible):
        return scale
    wanted = Basis.STD_DRY if terms.rate else terms.basis
    steps = _steps(reported, wanted, at_standard=mass is None)
    if isinstance(steps, Unconvertible):
        return steps
    if Step.OXYGEN in steps and terms.reference_o2 is None:
        return Unconvertible.NO_REFERENCE_OXYGEN
    whole = (*((Step.MASS,) if mass is None else ()), *steps, *((Step.RATE,) if terms.rate else ()))
    return Route(whole, scale, terms)


def _mass_of_ppm(unit: str, quantity: str) -> float | Unconvertible:
    ppm, molar_mass = ppm_of(unit), MOLAR_MASSES.get(quantity)
    if ppm is None:
        return Unconvertible.UNIT
    return Unconvertible.NO_MOLAR_MASS if molar_mass is None else ppm * mass_factor(molar_mass)


def _steps(reported: Basis | None, wanted: Basis | None, *, at_standard: bool) -> tuple[Step, ...] | Unconvertible:
    if wanted is None:
        return ()
    if reported is None:
        return Unconvertible.NO_BASIS
    here, there = _ORDER.index(reported), _ORDER.index(wanted)
    if here > there:
        return Unconvertible.BACKWARD
    steps = (_FORWARD[basis] for basis in _ORDER[here:there])
    return tuple(step for step in steps if not (at_standard and step is Step.STANDARD))


def first_missing(route: Route, present: Mapping[Input, Basis | None]) -> Unconvertible | None:
    """What an outlet lacks for a route.

    Args:
        present: what the outlet measures, with the basis that oxygen and flow are reported on.
    """
    for what in needed_inputs(route, present):
        if what not in present:
            return MISSING_INPUT[what]
    if Input.OXYGEN in route.inputs and present[Input.OXYGEN] is None:
        return Unconvertible.OXYGEN_WITHOUT_BASIS
    if Input.FLOW in route.inputs and present[Input.FLOW] is None:
        return Unconvertible.FLOW_WITHOUT_BASIS
    return None


def needed_inputs(route: Route, present: Mapping[Input, Basis | None]) -> tuple[Input, ...]:
    """The inputs of a route, with those that bring wet oxygen or raw flow to its basis."""
    needed = list(route.inputs)
    if Input.OXYGEN in needed and present.get(Input.OXYGEN) is Basis.RAW_WET:
        needed += INPUTS_OF_STEP[Step.DRY]
    if Input.FLOW in needed:
        basis = present.get(Input.FLOW)
        needed += INPUTS_OF_STEP[Step.STANDARD] if basis in (Basis.RAW_WET, Basis.RAW_DRY) else ()
        needed += INPUTS_OF_STEP[Step.DRY] if basis is Basis.RAW_WET else ()
    return tuple(dict.fromkeys(needed))


def mass_factor(molar_mass: float) -> float:
    """ppm to mg/m3 at the standard state; g/mol."""
    return molar_mass / MOLAR_VOLUME


def dry_factor(moisture_percent: ArrayLike) -> Floats:
    """Wet to dry, eq. 20: 1 / (1 - X)."""
    share = np.asarray(moisture_percent, np.float64) / 100.0
    return 1.0 / (1.0 - np.where((share >= 0) & (share < 1), share, np.nan))


def standard_factor(temperature_c: ArrayLike, static_kpa: ArrayLike, atmospheric_kpa: ArrayLike) -> Floats:
    """To 273 K and 101.325 kPa, eq. 18; the static pressure is relative to the atmosphere."""
    kelvin = STANDARD_K + np.asarray(temperature_c, np.float64)
    kpa = np.asarray(static_kpa, np.float64) + np.asarray(atmospheric_kpa, np.float64)
    possible = (kelvin > 0) & (kpa > 0)
    return STANDARD_KPA / np.where(possible, kpa, np.nan) * kelvin / STANDARD_K


def oxygen_factor(oxygen_percent: ArrayLike, reference: float, ceiling: float | None = None) -> Floats:
    """To reference oxygen, eq. 21: (21 - ref) / (21 - O2), at most ``ceiling``; O2 of 21 % or more is not judged."""
    oxygen = np.asarray(oxygen_percent, np.float64)
    possible = (oxygen >= 0) & (oxygen < AIR_OXYGEN)
    factor = (AIR_OXYGEN - reference) / (AIR_OXYGEN - np.where(possible, oxygen, np.nan))
    return factor if ceiling is None else np.minimum(factor, ceiling)


def standard_flow(
    velocity_m_s: ArrayLike, area_m2: float, temperature_c: ArrayLike, static_kpa: ArrayLike,
    atmospheric_kpa: ArrayLike, moisture_percent: ArrayLike,
) -> Floats:  # fmt: skip
    """Dry flow at the standard state in m3/h from a velocity, eq. 31."""
    raw_m3_h = 3600.0 * area_m2 * np.asarray(velocity_m_s, np.float64)
    factor = standard_factor(temperature_c, static_kpa, atmospheric_kpa) * dry_factor(moisture_percent)
    return np.asarray(raw_m3_h / factor, np.float64)


def mass_rate(std_dry_mg_m3: ArrayLike, std_dry_m3_h: ArrayLike) -> Floats:
    """kg/h, eq. 33: concentration and flow on the same basis, never oxygen-converted."""
    flow = np.asarray(std_dry_m3_h, np.float64)
    return np.asarray(std_dry_mg_m3, np.float64) * np.where(flow >= 0, flow, np.nan) * 1e-6
