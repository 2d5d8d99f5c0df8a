"""Means of minutes, ten minutes, hours and days, each with the part of it that valid data cover.

| period | mean of | valid from |
|---|---|---|
| minute | valid readings | one valid reading (HJ 212-2017 D.3 asks for 12 where it samples every 5 s) |
| ten minutes | valid minutes | three quarters covered |
| hour | valid minutes | 45 minutes covered |
| day | valid hours | 20 valid hours |

HJ 212-2017 Annex D eq. 23-25, HJ 75-2017, HJ 1286-2023. What is missing is never filled in: substituted values are for
totals, not for a judgement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accounting.air.conversion import Floats
from accounting.air.minutes import Ints

MINUTE_S, TEN_MINUTES_S, HOUR_S, DAY_S = 60, 600, 3600, 86_400
VALID_PART = 0.75  # 45 of 60 minutes
VALID_HOURS_OF_DAY = 20
_JITTER = 0.9


@dataclass(frozen=True, slots=True)
class Means:
    """Periods in order, as columns of equal length. ``fraction`` is the part of the period that valid data cover."""

    start_us: Ints
    n: Ints
    n_valid: Ints
    mean: Floats
    fraction: Floats
    valid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start_us)


def means_over(ts_us: Ints, value: Floats, valid: NDArray[np.bool_], interval_s: float, period_s: int) -> Means:
    """The minutes, ten minutes or hours of one point that hold readings.

    Args:
        ts_us: instants in order, each once. A reading stands for its interval, or until the next one if that is sooner.
        valid: whether the reading has flag N, is plausible and in no invalidating mark.
        period_s: 60, 600 or 3600.
    """
    period = ts_us // (period_s * 1_000_000)
    starts, slot = np.unique(period, return_inverse=True)
    stands_for = _stands_for(ts_us, period, interval_s)
    covered = np.bincount(slot[valid], stands_for[valid], len(starts))
    n, n_valid = np.bincount(slot, minlength=len(starts)), np.bincount(slot[valid], minlength=len(starts))
    fraction = np.minimum(covered / period_s, 1.0)
    mean = _means_of_minutes(ts_us[valid], value[valid], slot[valid], len(starts))
    enough = n_valid > 0 if period_s == MINUTE_S else fraction >= VALID_PART
    return Means(starts * period_s * 1_000_000, n.astype(np.int64), n_valid.astype(np.int64), mean, fraction, enough)


def days_of(hours: Means, offset_s: int) -> Means:
    """The local days of some hours.

    Args:
        offset_s: of the local time zone, 28,800 for Shanghai.
    """
    day = (hours.start_us + offset_s * 1_000_000) // (DAY_S * 1_000_000)
    starts, slot = np.unique(day, return_inverse=True)
    n = np.bincount(slot, minlength=len(starts))
    n_valid = np.bincount(slot[hours.valid], minlength=len(starts))
    total = np.bincount(slot[hours.valid], hours.mean[hours.valid], len(starts))
    mean = np.where(n_valid > 0, total / np.maximum(n_valid, 1), np.nan)
    start_us = (starts * DAY_S - offset_s) * 1_000_000
    return Means(
        start_us, n.astype(np.int64), n_valid.astype(np.int64), mean, n_valid / 24, n_valid >= VALID_HOURS_OF_DAY
    )


def _stands_for(ts_us: Ints, period: Ints, interval_s: float) -> Floats:
    spacing = np.diff(ts_us) / 1e6
    spacing[period[1:] != period[:-1]] = np.inf
    after = np.append(spacing, np.inf)[: len(ts_us)]
    before = np.concatenate([[np.inf], spacing])[: len(ts_us)]
    beside = np.where(np.isinf(after), before, after)
    return np.where(beside >= _JITTER * interval_s, interval_s, beside)


def _means_of_minutes(ts_us: Ints, value: Floats, slot: NDArray[np.intp], periods: int) -> Floats:
    minutes, at = np.unique(ts_us // (MINUTE_S * 1_000_000), return_inverse=True)
    if not len(minutes):
        return np.full(periods, np.nan)
    of_minute = np.bincount(at, value) / np.bincount(at)
    period_of_minute = np.zeros(len(minutes), np.intp)
    period_of_minute[at] = slot
    counts = np.bincount(period_of_minute, minlength=periods)
    sums = np.bincount(period_of_minute, of_minute, periods)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
