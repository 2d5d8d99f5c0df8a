"""Is this reading to be stored? Many at once; of several faults the first in the order of ``Reason`` is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.directory import UNKNOWN_ENTERPRISE, UNKNOWN_POINT, Directory
from schemas.reasons import Reason

FUTURE_US = 5 * 60 * 1_000_000

REASONS = [
    Reason.IN_FUTURE,
    Reason.TOO_OLD,
    Reason.WRONG_ENTERPRISE,
    Reason.UNKNOWN_POINT,
    Reason.RETIRED_POINT,
    Reason.NOT_A_NUMBER,
    Reason.UNKNOWN_FLAG,
    Reason.OUT_OF_RANGE,
]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Identified readings of a batch, in arrival order, as columns of equal length.

    ``position`` is a place in the directory, or negative where there is none.
    """

    position: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.bytes_]


def find_faults(candidates: Candidates, directory: Directory, now_us: int) -> NDArray[np.int8]:
    """For each reading 0 where it is sound, else 1 + its reason's place in ``REASONS``."""
    c = candidates
    known = np.flatnonzero(c.position >= 0)
    at, ts_us, value = c.position[known], c.ts_us[known], c.value[known]
    checks = {
        Reason.IN_FUTURE: c.ts_us > now_us + FUTURE_US,
        Reason.TOO_OLD: _spread(known, now_us - ts_us > directory.max_age_us[at], len(c.position)),
        Reason.WRONG_ENTERPRISE: c.position == UNKNOWN_ENTERPRISE,
        Reason.UNKNOWN_POINT: c.position == UNKNOWN_POINT,
        Reason.RETIRED_POINT: _spread(known, ts_us >= directory.retired_us[at], len(c.position)),
        Reason.NOT_A_NUMBER: ~np.isfinite(c.value),
        Reason.UNKNOWN_FLAG: c.flag == b"?",
        Reason.OUT_OF_RANGE: _spread(
            known, (value < directory.range_low[at]) | (value > directory.range_high[at]), len(c.position)
        ),
    }
    faults = np.zeros(len(c.position), np.int8)
    for number, reason in reversed(list(enumerate(REASONS, start=1))):
        faults[checks[reason]] = number
    return faults


def _spread(at: NDArray[np.intp], verdict: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Verdicts on some readings as verdicts on all; the others are sound."""
    full = np.zeros(size, np.bool_)
    full[at] = verdict
    return full
