"""Readings of a point in steps, from the coarsest facts that are settled, else from finer ones, else from readings.

So an answer is the same as from the readings alone, before, while and after facts are made.

A stretch is read from facts where no mark waits on it, else from what the facts are made of. The stretches are disjoint
and each is read once, so what is written meanwhile shows in one of them, never in two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from storage.connect import Connection
from storage.queries import fetch

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)

Span = tuple[dt.datetime, dt.datetime]
"""``[start, end)``, aware."""


@dataclass(frozen=True, slots=True)
class Step:
    """Readings of one step; ``mean`` is the mean of valid minute means, ``minutes`` how many there are."""

    ts: dt.datetime
    mean: float | None
    min: float | None
    max: float | None
    n: int
    n_valid: int
    minutes: int


def read_steps(
    connection: Connection, point_id: int, span: Span, width: dt.timedelta, zone: ZoneInfo, limit: int
) -> list[Step]:
    """At most ``limit`` steps of readings in a span, ascending; steps without a reading are left out.

    Args:
        connection: in a role that sees the point; facts are read through its views.
        width: one minute to one day; a day is a local one. Steps of less than a day divide it evenly.
    """
    read = _days if width >= DAY else _hours if width == HOUR else _fine(width)
    found: list[Step] = []
    start, reach = span[0], limit * width
    while start < span[1] and len(found) < limit:
        end = min(_boundary(start, min(reach, span[1] - start + width), width, zone), span[1])
        found += read(connection, point_id, (start, end), zone)
        start, reach = end, 2 * reach  # twice as far where there is little
    return found[:limit]


def _days(connection: Connection, point_id: int, span: Span, zone: ZoneInfo) -> list[Step]:
    first, after = _day_at_or_after(span[0], zone), span[1].astimezone(zone).date()
    parameters = {"point_id": point_id, "from_day": first, "to_day": after, "timezone": zone.key}
    settled = fetch(connection, Step, "read_visible_days", **parameters)
    holes = _holes([(d.ts, _boundary(d.ts, DAY, DAY, zone)) for d in settled], [span])
    hours = _hours_in(connection, point_id, holes, zone)
    days = groupby(hours, key=lambda step: step.ts.astimezone(zone).date())
    return _ordered([*settled, *(_sum(_midnight(day, zone), list(steps)) for day, steps in days)])


def _hours(connection: Connection, point_id: int, span: Span, zone: ZoneInfo) -> list[Step]:
    return _hours_in(connection, point_id, [span], zone)


def _hours_in(connection: Connection, point_id: int, spans: Sequence[Span], zone: ZoneInfo) -> list[Step]:
    whole = [(start, end) for start, end in ((_ceil(a, HOUR), _floor(b, HOUR)) for a, b in spans) if start < end]
    settled = []
    if whole:
        starts, ends = [start for start, _ in whole], [end for _, end in whole]
        settled = fetch(connection, Step, "read_visible_hours", point_id=point_id, starts=starts, ends=ends)
    holes = _holes([(hour.ts, hour.ts + HOUR) for hour in settled], spans)
    return _ordered([*settled, *_raw(connection, point_id, holes, HOUR, zone)])


def _fine(width: dt.timedelta) -> Callable[[Connection, int, Span, ZoneInfo], list[Step]]:
    def read(connection: Connection, point_id: int, span: Span, zone: ZoneInfo) -> list[Step]:
        return _raw(connection, point_id, [span], width, zone)

    return read


def _raw(
    connection: Connection, point_id: int, spans: Sequence[Span], width: dt.timedelta, zone: ZoneInfo
) -> list[Step]:
    if not spans:
        return []
    bounds = {"from": min(start for start, _ in spans), "to": max(end for _, end in spans)}
    sides = {"starts": [start for start, _ in spans], "ends": [end for _, end in spans]}
    given = {"point_id": point_id, "step": width, "timezone": zone.key}
    return fetch(connection, Step, "step_visible_spans", **given, **bounds, **sides)


def _holes(filled: Iterable[Span], spans: Iterable[Span]) -> list[Span]:
    """What of the spans is not filled; both ascending, nothing filled reaches over the end of a span."""
    holes, ahead = [], iter([*filled, None])
    next_filled = next(ahead)
    for start, end in spans:
        at = start
        while next_filled is not None and next_filled[0] < end:
            if at < next_filled[0]:
                holes.append((at, next_filled[0]))
            at, next_filled = next_filled[1], next(ahead)
        if at < end:
            holes.append((at, end))
    return holes


def _sum(ts: dt.datetime, steps: Sequence[Step]) -> Step:
    """Steps as one longer step."""
    means = [(step.mean, step.minutes) for step in steps if step.mean is not None]
    minutes = sum(weight for _, weight in means)
    lows, highs = [s.min for s in steps if s.min is not None], [s.max for s in steps if s.max is not None]
    return Step(
        ts,
        sum(mean * weight for mean, weight in means) / minutes if minutes else None,
        min(lows, default=None),
        max(highs, default=None),
        sum(step.n for step in steps),
        sum(step.n_valid for step in steps),
        sum(step.minutes for step in steps),
    )


def _ordered(steps: Iterable[Step]) -> list[Step]:
    """By time; one that covers no reading, such as an hour between two registers, is none."""
    return sorted((step for step in steps if step.n), key=lambda step: step.ts)


def _boundary(start: dt.datetime, reach: dt.timedelta, width: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    """The last boundary of steps no more than ``reach`` after the beginning of the step that holds ``start``."""
    if width >= DAY:
        return _midnight(start.astimezone(zone).date() + reach, zone)
    return _floor(start, width) + reach


def _day_at_or_after(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    day = at.astimezone(zone).date()
    return day if _midnight(day, zone) >= at else day + DAY


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(dt.UTC)


def _floor(at: dt.datetime, width: dt.timedelta) -> dt.datetime:
    """Zones are offset by whole hours, so that steps of an hour or less have the same boundaries in all."""
    return at - (at - dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) % width


def _ceil(at: dt.datetime, width: dt.timedelta) -> dt.datetime:
    down = _floor(at, width)
    return down if down == at else down + width
