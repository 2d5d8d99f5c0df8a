"""How a target stands: where the year is, what is still required, and where it is heading.

A share is tracked where the accounts hold it. Other targets of the plan (water per value added, numbers of
factories) need figures that no meter gives; they are listed with the reason, never with a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from accounting.forecast import Forecast, forecast_months
from schemas.accounts import Target

SHARES = frozenset({"policy_share", "physical_share", "hourly_matched_share"})
_BASE_MONTHS = 3
_FARTHEST_MONTHS = 60


class Untracked(StrEnum):
    """Why a target has no current value."""

    NOT_METERED = "not_metered"  # the accounts have no such figure
    NOT_COMPUTED = "not_computed"  # nothing in the accounts yet, or not the caller's to see


class Unforecast(StrEnum):
    """Why a target has no forecast."""

    NOT_TRACKED = "not_tracked"
    TOO_LITTLE_HISTORY = "too_little_history"
    YEAR_IS_OVER = "year_is_over"
    TOO_FAR = "too_far_ahead"


@dataclass(frozen=True, slots=True)
class ShareMonth:
    """A whole month of the accounts; ``share`` is null where there was no consumption."""

    month: dt.date
    share: float | None
    consumption_kwh: float


@dataclass(frozen=True, slots=True)
class YearToDate:
    """The year as the accounts hold it, recomputed as one period."""

    year: int
    share: float | None
    consumption_kwh: float
    share_low: float | None
    share_high: float | None
    coverage: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class YearForecast:
    """The share of the target's year, measured months included. ``words`` is how it must be put."""

    value: float
    low: float
    high: float
    level: float
    method: str
    months_used: int
    words: str = "趋势推算"
    words_en: str = "trend extrapolation"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a target stands.

    Attributes:
        current: the share of the year to date; the newest year that is in the accounts.
        required: the average over what remains of the target's year that would still meet it; above 1 it is beyond
            reach.
        required_rise_per_month: how much the monthly share must rise each month from the last whole months on.
    """

    target: Target
    current: YearToDate | None
    required: float | None
    required_rise_per_month: float | None
    forecast: YearForecast | None
    untracked: Untracked | None
    unforecast: Unforecast | None


def progress(target: Target, years: Sequence[YearToDate], months: Sequence[ShareMonth], today: dt.date) -> Progress:
    """How a target stands on a local day.

    Args:
        years: of the target's scope and metric, ascending.
        months: whole months, ascending.
    """
    if target.metric not in SHARES:
        return Progress(target, None, None, None, None, Untracked.NOT_METERED, Unforecast.NOT_TRACKED)
    known = [year for year in years if year.share is not None and year.year <= min(today.year, target.year)]
    if not known:
        return Progress(target, None, None, None, None, Untracked.NOT_COMPUTED, Unforecast.NOT_TRACKED)
    if today.year > target.year:
        return Progress(target, known[-1], None, None, None, None, Unforecast.YEAR_IS_OVER)
    run = _unbroken(months)
    required = _required(target, run, today)
    forecast, reason = _forecast(target.year, run)
    return Progress(target, known[-1], required, _rise(target, required, run), forecast, None, reason)


def _unbroken(months: Sequence[ShareMonth]) -> list[ShareMonth]:
    """The newest run of consecutive months with a share."""
    run: list[ShareMonth] = []
    for month in sorted(months, key=lambda m: m.month):
        if month.share is None or (run and month.month != _next(run[-1].month)):
            run = []
        if month.share is not None:
            run.append(month)
    return run


def _required(target: Target, run: Sequence[ShareMonth], today: dt.date) -> float | None:
    """Average share over the rest of the target's year: what is wanted of the whole less what there is."""
    inside = [m for m in run if m.month.year == target.year]
    ahead = 12 - len(inside)
    if ahead == 0:
        return None
    if not inside:
        return float(target.value) if today.year < target.year or today.month == 1 else None
    energy = sum(m.consumption_kwh for m in inside)
    green = sum((m.share or 0.0) * m.consumption_kwh for m in inside)
    rest = energy / len(inside) * ahead
    return (float(target.value) * (energy + rest) - green) / rest if rest > 0 else None


def _rise(target: Target, required: float | None, run: Sequence[ShareMonth]) -> float | None:
    """From the mean of the last months, in equal steps, so that the rest of the target's year averages ``required``."""
    base = run[-_BASE_MONTHS:]
    if required is None or not base:
        return None
    energy = sum(m.consumption_kwh for m in base)
    if energy <= 0:
        return None
    level = sum((m.share or 0.0) * m.consumption_kwh for m in base) / energy
    last = base[-1].month
    offsets = [o for o in range(1, _FARTHEST_MONTHS + 1) if _after(last, o).year == target.year]
    return (required - level) / (sum(offsets) / len(offsets)) if offsets else None


def _forecast(year: int, run: Sequence[ShareMonth]) -> tuple[YearForecast | None, Unforecast | None]:
    """The year out of its measured months and the forecast of the others, weighted by consumption.

    Months ahead weigh as the last twelve did on average. Their errors are taken to go together, which is the widest
    the interval can be.
    """
    if not run:
        return None, Unforecast.TOO_LITTLE_HISTORY
    last = run[-1].month
    ahead = (year - last.year) * 12 + 12 - last.month
    if ahead < 1:
        return None, Unforecast.YEAR_IS_OVER
    if ahead > _FARTHEST_MONTHS:
        return None, Unforecast.TOO_FAR
    outlook = forecast_months([m.share or 0.0 for m in run], ahead, least=0.0, most=1.0)
    if outlook is None:
        return None, Unforecast.TOO_LITTLE_HISTORY
    return _year_of(year, run, outlook), None


def _year_of(year: int, run: Sequence[ShareMonth], outlook: Forecast) -> YearForecast:
    recent = run[-12:]
    weight = sum(m.consumption_kwh for m in recent) / len(recent)
    measured = [(m.share or 0.0, m.consumption_kwh) for m in run if m.month.year == year]
    inside = [i for i in range(len(outlook.values)) if _after(run[-1].month, i + 1).year == year]

    def whole(values: Sequence[float]) -> float:
        parts = measured + [(values[i], weight) for i in inside]
        energy = sum(w for _, w in parts)
        return sum(v * w for v, w in parts) / energy if energy > 0 else 0.0

    return YearForecast(
        value=whole(outlook.values),
        low=whole(outlook.low),
        high=whole(outlook.high),
        level=outlook.level,
        method=outlook.method.value,
        months_used=outlook.months_used,
    )


def _next(month: dt.date) -> dt.date:
    return _after(month, 1)


def _after(month: dt.date, count: int) -> dt.date:
    """The first day of the month ``count`` months later."""
    number = month.year * 12 + month.month - 1 + count
    return dt.date(number // 12, number % 12 + 1, 1)
