"""What a track would have seen over a range of the past: the observations of the live watch, read and never written.

Every observation is made by the track itself, as the live judges have it made; only where they come from differs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from zoneinfo import ZoneInfo

from alerts.converted import converted_hours
from alerts.grains import DAY, GRAINS, HOUR, Grain
from alerts.marking import readings_as_marked
from alerts.periods import stored_periods
from alerts.select import Track
from alerts.state import Episode, Observation
from schemas.alerts import StoredPeriod
from schemas.rules import AVERAGING
from storage.alerts import list_readings_from
from storage.connect import Connection

_PAGE = 5_000
_HOURS_A_PAGE = 31 * 24
_HOURS_OF_DAY = 20  # valid ones that make a day valid


@dataclass(frozen=True, slots=True)
class Span:
    """The past [from_us, to_us) as it can be judged at ``now``."""

    from_us: int
    to_us: int
    now: dt.datetime
    timezone: ZoneInfo


def observations(connection: Connection, track: Track, span: Span) -> Iterator[Observation]:
    """What a track sees of readings in the span, or of the periods that start in it and have ended; in order."""
    if track.statistic in AVERAGING:
        grain = GRAINS[track.statistic]
        for period in _periods(connection, track, grain, span):
            if period.mean is not None:
                end_us = grain.after(period.start_us, span.timezone)
                yield track.observe_mean(end_us, period.mean, period.n, period.valid, span.timezone)
        return
    before_us = track.terms.gap_us if track.pairwise else 0
    rows = readings(connection, track.point.id, span.from_us - before_us, span.to_us)
    pairs = track.observe_pairs(rows, span.timezone) if track.pairwise else None
    for seen in pairs or (track.observe(*row, span.timezone) for row in rows):
        if seen.ts_us >= span.from_us:
            yield seen


def readings(connection: Connection, point_id: int, from_us: int, to_us: int) -> Iterator[tuple[int, float, str]]:
    """The readings of a point in [from_us, to_us) as marks leave them, a page at a time."""
    page = list_readings_from(connection, {point_id: from_us}, _PAGE)
    while page:
        for reading in readings_as_marked(connection, page):
            if reading.ts_us >= to_us:
                return
            yield reading.ts_us, reading.value, reading.flag
        full = len(page) == _PAGE
        page = list_readings_from(connection, {point_id: page[-1].ts_us + 1}, _PAGE) if full else []


def silences(stamps_us: Iterable[int], track: Track, until_us: int) -> Iterator[Episode]:
    """Where nothing came for as long as a rule on missing data allows; the last one may still be on."""
    limits, hold_us = track.limits, track.terms.hold_us
    before: int | None = None
    for ts_us in stamps_us:
        if before is not None and ts_us - before > hold_us:
            yield Episode(
                before + hold_us, (ts_us - before) / 1e6, ts_us, before, fired_us=before + hold_us, resolved_us=ts_us
            )
        before = ts_us
    if before is not None and before + hold_us < until_us and before + hold_us >= (limits.valid_from_us or 0):
        yield Episode(before + hold_us, (until_us - before) / 1e6, until_us, before, fired_us=before + hold_us)


def _periods(connection: Connection, track: Track, grain: Grain, span: Span) -> Iterator[StoredPeriod]:
    zone, point_id = span.timezone, track.point.id
    first = grain.start(span.from_us, zone)
    first = first if first == span.from_us else grain.after(first, zone)
    end = min(span.to_us, grain.after(grain.last_ended(span.now, zone), zone))
    while first < end:
        until = min(max(grain.start(first + grain.page_us, zone), grain.after(first, zone)), end)
        found = grain.between(connection, [point_id], first, until, zone)
        ours = {period.start_us: period for period in found if period.series == track.series_key}
        if track.series is not None and len(ours) < sum(not period.series for period in found):
            ours = _converted(connection, track, grain, first, until, zone) | ours
        yield from (ours[start_us] for start_us in sorted(ours))
        first = until


def _converted(
    connection: Connection, track: Track, grain: Grain, first_us: int, until_us: int, zone: ZoneInfo
) -> dict[int, StoredPeriod]:
    """Periods on terms that no stored hour has: from the readings, by the arithmetic of the live watch."""
    hours: list[StoredPeriod] = []
    while first_us < until_us and track.series is not None:
        last_us = min(HOUR.after(first_us, zone, _HOURS_A_PAGE), until_us)
        facts = converted_hours(connection, track.point.id, track.series, first_us, last_us)
        hours += [] if facts is None else stored_periods(facts)
        first_us = last_us
    periods = hours if grain is HOUR else _days(hours, zone)
    return {period.start_us: replace(period, series=track.series_key) for period in periods}


def _days(hours: list[StoredPeriod], zone: ZoneInfo) -> Iterator[StoredPeriod]:
    """Days of their valid hours, as the database makes them of stored ones."""
    for start_us, group in groupby(hours, key=lambda hour: DAY.start(hour.start_us, zone)):
        here = list(group)
        means = [hour.mean for hour in here if hour.valid and hour.mean is not None]
        yield StoredPeriod(
            here[0].point_id,
            start_us,
            sum(means) / len(means) if means else None,
            sum(hour.n for hour in here),
            sum(hour.n_valid for hour in here),
            sum(hour.covered_s for hour in here),
            len(means) >= _HOURS_OF_DAY,
        )
