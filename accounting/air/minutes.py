"""Minutes of an outlet: what it is measured by, on one grid, and the factor that each minute is multiplied by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from accounting.air.conversion import (
    Floats,
    Route,
    dry_factor,
    mass_rate,
    needed_inputs,
    oxygen_factor,
    standard_factor,
)
from schemas.air import Input, Lost, Step
from schemas.points import Basis

MINUTE_US = 60_000_000

Ints = NDArray[np.int64]

_LOST_BY_INPUT = {
    Input.MOISTURE: Lost.MOISTURE,
    Input.TEMPERATURE: Lost.TEMPERATURE,
    Input.STATIC_PRESSURE: Lost.STATIC_PRESSURE,
    Input.ATMOSPHERIC_PRESSURE: Lost.ATMOSPHERIC_PRESSURE,
    Input.OXYGEN: Lost.OXYGEN,
    Input.FLOW: Lost.FLOW,
}


@dataclass(frozen=True, slots=True)
class MinuteSeries:
    """The valid minute means of an input, NaN where there is none; percent, degrees Celsius, kPa or m3/h."""

    values: Floats
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """What the minutes of a grid are multiplied by, step by step, and why those without a product have none.

    Attributes:
        product: of all steps and the unit; NaN where the minute cannot be converted. Without the flow of a rate.
        steps: the factor of each step by name.
        lost: for each reason the minutes it takes; a minute is lost for the first of its reasons.
    """

    product: Floats
    steps: dict[Step, Floats]
    lost: dict[Lost, NDArray[np.bool_]] = field(default_factory=dict)


def minute_means(ts_us: Ints, value: Floats, from_us: int, minutes: int, interval_s: float) -> Floats:
    """Means of valid readings on the grid of minutes from ``from_us`` on; each stands for at most its interval.

    Args:
        ts_us, value: valid readings only, in order of time; those before the grid may reach into it.
    """
    slot = (ts_us - from_us) // MINUTE_US
    reach = max(1, int(np.ceil(interval_s / 60.0)))
    kept = (slot > -reach) & (slot < minutes)
    slot, value = slot[kept] + reach - 1, value[kept]
    size = minutes + reach - 1
    counts = np.bincount(slot, minlength=size)
    means = np.where(counts > 0, np.bincount(slot, value, size) / np.maximum(counts, 1), np.nan)
    return _carried(means, reach)[reach - 1 :]


def _carried(means: Floats, reach: int) -> Floats:
    """Each minute takes the newest mean at most ``reach`` - 1 minutes back."""
    at = np.arange(len(means))
    newest = np.maximum.accumulate(np.where(np.isnan(means), -reach, at))
    near = at - newest < reach
    return np.where(near, means[np.maximum(newest, 0)], np.nan)


def factors_of(route: Route, inputs: Mapping[Input, MinuteSeries], minutes: int) -> Factors:
    """The factors of every minute of a grid.

    Args:
        inputs: at least those of ``needed_inputs``.
    """
    product = np.full(minutes, route.scale)
    steps: dict[Step, Floats] = {}
    lost: dict[Lost, NDArray[np.bool_]] = {}
    taken = np.zeros(minutes, np.bool_)
    for reason, minutes_lost in _losses(route, inputs):
        here = minutes_lost & ~taken
        taken |= here
        if here.any():
            lost[reason] = lost[reason] | here if reason in lost else here
    for step in route.steps:
        if step is Step.MASS:
            steps[step] = np.full(minutes, route.scale)
        elif step is Step.RATE:
            steps[step] = mass_rate(np.ones(minutes), flow_of(inputs))
        else:
            steps[step] = _factor(step, route, inputs)
        product = product if step is Step.MASS else product * steps[step]
    return Factors(np.where(taken, np.nan, product), steps, lost)


def _factor(step: Step, route: Route, inputs: Mapping[Input, MinuteSeries]) -> Floats:
    if step is Step.DRY:
        return dry_factor(inputs[Input.MOISTURE].values)
    if step is Step.STANDARD:
        return _standard(inputs)
    reference = route.terms.reference_o2
    return oxygen_factor(dry_oxygen_of(inputs), 0.0 if reference is None else reference, route.terms.ceiling)


def _standard(inputs: Mapping[Input, MinuteSeries]) -> Floats:
    names = (Input.TEMPERATURE, Input.STATIC_PRESSURE, Input.ATMOSPHERIC_PRESSURE)
    return standard_factor(*(inputs[name].values for name in names))


def dry_oxygen_of(inputs: Mapping[Input, MinuteSeries]) -> Floats:
    """Oxygen in dry gas, percent."""
    oxygen = inputs[Input.OXYGEN]
    return oxygen.values * dry_factor(inputs[Input.MOISTURE].values) if oxygen.basis is Basis.RAW_WET else oxygen.values


def flow_of(inputs: Mapping[Input, MinuteSeries]) -> Floats:
    """Dry flow at the standard state, m3/h."""
    flow = inputs[Input.FLOW]
    values = flow.values
    if flow.basis in (Basis.RAW_WET, Basis.RAW_DRY):
        values = values / _standard(inputs)
    return values / dry_factor(inputs[Input.MOISTURE].values) if flow.basis is Basis.RAW_WET else values


def _losses(route: Route, inputs: Mapping[Input, MinuteSeries]) -> Iterator[tuple[Lost, NDArray[np.bool_]]]:
    present = {what: series.basis for what, series in inputs.items()}
    for what in needed_inputs(route, present):
        yield _LOST_BY_INPUT[what], np.isnan(inputs[what].values)
    if Step.DRY in route.steps:
        yield Lost.MOISTURE, np.isnan(dry_factor(inputs[Input.MOISTURE].values))
    if Step.STANDARD in route.steps:
        yield Lost.STATIC_PRESSURE, np.isnan(_standard(inputs))
    if Step.OXYGEN in route.steps:
        yield Lost.OXYGEN_TOO_HIGH, np.isnan(oxygen_factor(dry_oxygen_of(inputs), 0.0))
    if Step.RATE in route.steps:
        yield Lost.FLOW, np.isnan(mass_rate(1.0, flow_of(inputs)))
