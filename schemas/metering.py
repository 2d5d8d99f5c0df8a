"""How readings become hours: the terms of a point, the steps of a counter, the facts of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import NDArray

from schemas.points import Kind

HOUR_US = 3_600_000_000
FOREVER_US = 2**62


class StepKind(StrEnum):
    """What happened to a register between two consecutive values of it."""

    NORMAL = "normal"
    WRAP = "wrap"
    DECLARED_RESET = "declared_reset"
    REPLACEMENT = "replacement"
    GAP = "gap"
    UNEXPLAINED = "unexplained"


class StepRule(StrEnum):
    """Why a step has its kind (docs/explanation/numbers.md)."""

    RISE = "rise"
    SILENCE = "silence"
    WIDTH_AND_RATE = "width_and_rate"
    DECLARED_OPENING = "declared_opening"
    DECLARED_CLOSING = "declared_closing"
    NO_OPENING_REGISTER = "no_opening_register"
    NO_CLOSING_REGISTER = "no_closing_register"
    MULTIPLIER_CHANGED = "multiplier_changed"
    FALL = "fall"
    RISE_TOO_FAST = "rise_too_fast"
    MAY_HAVE_WRAPPED = "may_have_wrapped"
    DIP_AND_RETURN = "dip_and_return"
    SPIKE_AND_RETURN = "spike_and_return"
    LONGER_THAN_AN_HOUR = "longer_than_an_hour"


@dataclass(frozen=True, slots=True)
class MeterEpoch:
    """From ``valid_from_us`` on the register has this width and multiplier.

    ``first_register`` is what the register showed at that instant, ``last_register`` what the meter that left showed.
    The earliest epoch of a point also holds for whatever was read before it.
    """

    valid_from_us: int
    width: float | None = None
    multiplier: float = 1.0
    first_register: float | None = None
    last_register: float | None = None


@dataclass(frozen=True, slots=True)
class PointTerms:
    """What turns the readings of a point into hours.

    ``capacity_per_s`` is the registered capacity in the point's unit per second; infinite where unknown.
    """

    point_id: int
    kind: Kind
    interval_s: float
    plausible_low: float = -inf
    plausible_high: float = inf
    capacity_per_s: float = inf
    epochs: tuple[MeterEpoch, ...] = ()


@dataclass(frozen=True, slots=True)
class PointWindow:
    """The whole hours [from_us, to_us) of one point that are to be computed.

    ``read_from_us`` and ``read_to_us`` bound the readings at hand; the default says that there are no others.
    """

    terms: PointTerms
    from_us: int
    to_us: int
    read_from_us: int = -FOREVER_US
    read_to_us: int = FOREVER_US


@dataclass(frozen=True, slots=True)
class MeterStep:
    """One step of a register. ``amount`` is after the multiplier, in the point's unit; None where it is not known.

    ``in_hours``: the amount is part of the hours. Otherwise it belongs to the shortest longer period that contains it.
    """

    from_us: int
    to_us: int
    kind: StepKind
    rule: StepRule
    from_register: float | None
    to_register: float | None
    amount: float | None
    in_hours: bool


@dataclass(frozen=True, slots=True)
class HourlyFacts:
    """Hourly facts as columns of equal length, ordered by point and hour; NaN where there is no number."""

    point_id: NDArray[np.int32]
    hour_us: NDArray[np.int64]
    n: NDArray[np.int64]
    n_valid: NDArray[np.int64]
    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    delta: NDArray[np.float64]
    covered_s: NDArray[np.float64]
    valid: NDArray[np.bool_]
    minutes: NDArray[np.int64]  # with a valid reading

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> HourlyFacts:
        """The rows at ``index``, in its order."""
        return HourlyFacts(
            self.point_id[index],
            self.hour_us[index],
            self.n[index],
            self.n_valid[index],
            self.mean[index],
            self.min[index],
            self.max[index],
            self.first[index],
            self.last[index],
            self.delta[index],
            self.covered_s[index],
            self.valid[index],
            self.minutes[index],
        )


@dataclass(frozen=True, slots=True)
class ComputedHours:
    """The hours of some windows, and every step in them that is not a plain one, with its point."""

    facts: HourlyFacts
    steps: list[tuple[int, MeterStep]]
