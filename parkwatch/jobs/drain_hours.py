"""Dirty hours into facts: newest first, a batch a transaction, by the code that computed them the first time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from accounting.hourly_facts import hourly_facts
from accounting.meter_steps import RETURN_US
from alerts.marking import as_marked
from parkwatch.schedule import Job
from schemas.metering import HOUR_US, ComputedHours, HourlyFacts, PointWindow, StepKind
from storage.connect import Connection
from storage.converted_hours import ConvertedHour
from storage.facts import claim_hours, points_with_odd_steps, write_hours
from storage.window_readings import read_windows

BATCH_HOURS = 2000
WIDE_US = 2 * RETURN_US  # how far a reading can reach through an outlier that came back


class Judge(Protocol):
    """Works in the transaction that writes the facts."""

    def convert(self, connection: Connection, windows: list[PointWindow]) -> list[ConvertedHour]:
        """Make the hours that rules ask for on other terms; those that changed."""

    def __call__(self, connection: Connection, facts: HourlyFacts, now: dt.datetime, /) -> None:
        """Judge facts that changed."""

    def judge_converted(self, connection: Connection, changed: list[ConvertedHour], now: dt.datetime, /) -> None:
        """Judge converted hours that changed."""


def drain(
    connection: Connection,
    now: dt.datetime,
    *,
    limit: int = BATCH_HOURS,
    timezone: ZoneInfo,
    judge: Judge | None = None,
    oldest: bool = False,
) -> int:
    """Compute one batch of dirty hours in one transaction.

    Any number of workers may drain at once: each point is computed by one of them at a time.

    Args:
        oldest: the oldest hours instead of the newest.

    Returns:
        how many hours were claimed; 0 when none is left, or others are at work on all that are.
    """
    with connection.transaction():
        windows = claim_hours(connection, limit, oldest=oldest)
        converted = judge.convert(connection, windows) if judge is not None else []
        for chosen, computed in compute(connection, windows):
            changed = write_hours(connection, chosen, computed, timezone)
            if judge is not None and len(changed):
                judge(connection, changed, now)
        if judge is not None:
            judge.judge_converted(connection, converted, now)
    return sum((w.to_us - w.from_us) // HOUR_US for w in windows)


def compute(connection: Connection, windows: list[PointWindow]) -> list[tuple[list[PointWindow], ComputedHours]]:
    """The hours of windows; where a counter fell or was changed, of a wider stretch around them as well."""
    if not windows:
        return []
    computed = _hours(connection, windows)
    odd = {point for point, step in computed.steps if step.kind is not StepKind.GAP}
    odd |= points_with_odd_steps(connection, windows, WIDE_US)
    calm = [w for w in windows if w.terms.point_id not in odd]
    results = [(calm, _without(computed, odd))]
    if odd:
        wide = [_widened(w) for w in windows if w.terms.point_id in odd]
        results.append((wide, _hours(connection, wide, margin_us=WIDE_US)))
    return results


def _hours(connection: Connection, windows: list[PointWindow], margin_us: int = 0) -> ComputedHours:
    block, bounded = read_windows(connection, windows, margin_us)
    return hourly_facts(as_marked(connection, block), bounded)


def drain_job(judge: Judge | None) -> Job:
    """The schedule's job: drains until nothing is left or its time is up, so that the schedule can stop it."""

    def run(connection: Connection, timezone: ZoneInfo, now: dt.datetime) -> str:
        hours, oldest = 0, False
        until = now + dt.timedelta(seconds=20)
        while (at := dt.datetime.now(dt.UTC)) < until:
            done = drain(connection, at, timezone=timezone, judge=judge, oldest=oldest)
            hours += done
            oldest = not oldest  # else a point that is read every second would never come to its past
            if not done:
                break
        return f"{hours} hours computed" if hours else ""

    return Job("drain_hours", 2.0, run)


def _widened(window: PointWindow) -> PointWindow:
    return replace(window, from_us=window.from_us - WIDE_US, to_us=window.to_us + WIDE_US)


def _without(computed: ComputedHours, points: set[int]) -> ComputedHours:
    kept = ~np.isin(computed.facts.point_id, list(points))
    return ComputedHours(computed.facts.take(kept), [s for s in computed.steps if s[0] not in points])
