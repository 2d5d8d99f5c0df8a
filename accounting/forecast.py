"""Where a monthly figure is heading: a damped trend, seasonal after eighteen months, with an empirical interval.

The interval is what the method itself got wrong on this very history: it is run again from every earlier month
(rolling origin) and its errors, by how far ahead they were, give the half-width. Nothing is assumed about their
distribution. A forecast is "趋势推算": it extends what was measured and knows nothing of plans.
Method and back-test: docs/explanation/forecast.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_MONTHS = 9  # six to begin with, and three errors to judge them by
LEVEL = 0.8
SEASON = 12

_LEAST_ORIGIN = 6
_LEAST_ERRORS = 3
_ALPHA, _BETA, _DAMPING = 0.3, 0.1, 0.85
_SEASONAL_FROM = 18  # six changes against the year before


class Method(StrEnum):
    DAMPED_TREND = "damped_trend"
    SEASONAL_DAMPED_TREND = "seasonal_damped_trend"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Values of the months that follow the history, with the ends of an interval of ``level``."""

    method: Method
    level: float
    months_used: int
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def forecast_months(
    history: Sequence[float], months: int, *, least: float = -math.inf, most: float = math.inf
) -> Forecast | None:
    """The ``months`` after a history of whole consecutive months; None where it is shorter than `LEAST_MONTHS`.

    Args:
        least, most: what a value cannot pass (0 and 1 for a share).
    """
    if len(history) < LEAST_MONTHS or months < 1:
        return None
    widths = _half_widths(history, months)
    values = [min(max(value, least), most) for value in extend(history, months)]
    return Forecast(
        method=method_for(len(history)),
        level=LEVEL,
        months_used=len(history),
        values=tuple(values),
        low=tuple(max(v - w, least) for v, w in zip(values, widths, strict=True)),
        high=tuple(min(v + w, most) for v, w in zip(values, widths, strict=True)),
    )


def method_for(months: int) -> Method:
    """Seasonal once half a year can be held against the year before."""
    return Method.SEASONAL_DAMPED_TREND if months >= _SEASONAL_FROM else Method.DAMPED_TREND


def extend(history: Sequence[float], months: int) -> list[float]:
    """The point forecast.

    Eighteen months or more: the same month of last year, plus how the last months differ from theirs, the difference
    extended as a damped trend. Less: the damped trend (Holt's, Gardner and McKenzie 1985) of the months themselves.
    """
    if method_for(len(history)) is Method.DAMPED_TREND:
        return _damped_trend(history, months)
    changes = [now - before for before, now in zip(history[:-SEASON], history[SEASON:], strict=True)]
    change = _damped_trend(changes, months)
    last_year = history[-SEASON:]
    values: list[float] = []
    for ahead in range(months):
        base = last_year[ahead] if ahead < SEASON else values[ahead - SEASON]
        values.append(base + change[ahead])
    return values


def _damped_trend(history: Sequence[float], months: int) -> list[float]:
    level, trend = history[0], 0.0
    for value in history[1:]:
        expected = level + _DAMPING * trend
        before, level = level, expected + _ALPHA * (value - expected)
        trend = (1 - _BETA) * _DAMPING * trend + _BETA * (level - before)
    values, reach = [], 0.0
    for ahead in range(1, months + 1):
        reach += _DAMPING**ahead
        values.append(level + reach * trend)
    return values


def _half_widths(history: Sequence[float], months: int) -> list[float]:
    """Half-widths of the interval by months ahead; they never shrink with the distance."""
    errors = rolling_errors(history, months)
    widths: list[float] = []
    for ahead in range(1, months + 1):
        sized = [abs(error) for error in errors.get(ahead, [])]
        if len(sized) >= _LEAST_ERRORS:
            width = _upper_quantile(sized, LEVEL)
        else:  # too few errors so far ahead: those of the last distance, growing as a random walk's
            width = widths[-1] * math.sqrt(ahead / (ahead - 1)) if widths else math.inf
        widths.append(max([width, *widths[-1:]]))
    return widths


def rolling_errors(history: Sequence[float], months: int) -> dict[int, list[float]]:
    """Measured minus forecast, by months ahead, of forecasts made from every earlier month with what it knew."""
    errors: dict[int, list[float]] = {}
    for origin in range(_LEAST_ORIGIN, len(history)):
        reach = min(months, len(history) - origin)
        for ahead, value in enumerate(extend(history[:origin], reach), start=1):
            errors.setdefault(ahead, []).append(history[origin + ahead - 1] - value)
    return errors


def _upper_quantile(values: Sequence[float], level: float) -> float:
    """The smallest value that at least ``level`` of n + 1 lie below: the conformal quantile, the largest if too few."""
    rank = math.ceil(level * (len(values) + 1))
    return sorted(values)[min(rank, len(values)) - 1]
