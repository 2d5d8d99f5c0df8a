"""Means of the calendar's periods from readings, in plain loops: part of the oracle of the watch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

from simulators.alert_episodes import Reading, Value

MINUTE_US = 60_000_000
TEN_MINUTES_US, HOUR_US, DAY_US = 10 * MINUTE_US, 60 * MINUTE_US, 1440 * MINUTE_US
_INTERVAL_US = 60_000_000
_WHOLE = 0.9  # a spacing of nine tenths of the interval is the interval: stamps jitter
_COVERED_S = {TEN_MINUTES_US: 450, HOUR_US: 2700}
_VALID_HOURS = 20
_OFFSET_US = 8 * HOUR_US  # the park's days are those of UTC+8

Good = Callable[[Reading], bool]
Factor = Callable[[int], float | None]
"""What a value at an instant is multiplied by; None: it cannot be converted."""


def means(series: list[Reading], period_us: int, good: Good, factor: Factor = lambda _: 1.0) -> list[Value]:
    """(end, mean) of every period of which three quarters are covered by good readings that can be converted."""
    periods: dict[int, list[Reading]] = defaultdict(list)
    for reading in series:
        periods[reading[0] // period_us].append(reading)
    found = []
    for period, rows in sorted(periods.items()):
        by = [factor(reading[0]) if good(reading) else None for reading in rows]
        if _covered_s(rows, by) >= _COVERED_S[period_us]:
            minutes: dict[int, list[float]] = defaultdict(list)
            for (ts, value, _), times in zip(rows, by, strict=True):
                if times is not None:
                    minutes[ts // MINUTE_US].append(value * times)
            each = [sum(values) / len(values) for values in minutes.values()]
            found.append(((period + 1) * period_us, sum(each) / len(each)))
    return found


def day_means(hours: list[Value]) -> list[Value]:
    """(end, mean) of every local day with enough hours; hours by their ends."""
    days: dict[int, list[float]] = defaultdict(list)
    for end_us, mean in hours:
        days[(end_us - HOUR_US + _OFFSET_US) // DAY_US].append(mean)
    return [
        ((day + 1) * DAY_US - _OFFSET_US, sum(means) / len(means))
        for day, means in sorted(days.items())
        if len(means) >= _VALID_HOURS
    ]


def minute_means(series: list[Reading], good: Good) -> dict[int, float]:
    """The means of the good readings of each minute, by minutes since the epoch."""
    minutes: dict[int, list[float]] = defaultdict(list)
    for reading in series:
        if good(reading):
            minutes[reading[0] // MINUTE_US].append(reading[1])
    return {minute: sum(values) / len(values) for minute, values in minutes.items()}


def _covered_s(rows: list[Reading], by: list[float | None]) -> float:
    """Seconds that the good readings of a period stand for: each its interval, or less where the next comes sooner."""
    stamps = [ts for ts, _, _ in rows]
    spacings = [after - before for before, after in pairwise(stamps)]
    spacings.append(spacings[-1] if spacings else _INTERVAL_US)
    stood = [_INTERVAL_US if spacing >= _WHOLE * _INTERVAL_US else spacing for spacing in spacings]
    return sum(us for us, times in zip(stood, by, strict=True) if times is not None) / 1e6
