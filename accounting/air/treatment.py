"""A treatment unit that is off while its line runs: minutes of power, found where nobody declared them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accounting.air.conversion import Floats


@dataclass(frozen=True, slots=True)
class Machine:
    """The valid minute means of a machine's power, current or state, NaN where there is none.

    Attributes:
        runs_above: from where on it runs, in the unit of its point.
    """

    minutes: Floats
    runs_above: float = 0.0


def off_while_running(production: Sequence[Machine], treatment: Sequence[Machine]) -> NDArray[np.bool_]:
    """The minutes in which some machine of the line ran and every treatment unit was known to be off.

    A treatment unit that is not heard is not known to be off. Several units may stand in for each other.
    """
    if not production or not treatment:
        return np.zeros(0, np.bool_)
    runs = np.logical_or.reduce([machine.minutes > machine.runs_above for machine in production])
    off = np.logical_and.reduce([machine.minutes <= machine.runs_above for machine in treatment])
    return np.asarray(runs & off, np.bool_)


def stretches(minutes: NDArray[np.bool_], at_least: int) -> list[tuple[int, int]]:
    """The unbroken runs [first, last) of at least so many minutes."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], minutes, [False]]).astype(np.int8)))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, last) for first, last in pairs if last - first >= at_least]
