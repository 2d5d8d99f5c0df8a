"""The course of a month or a year: its balances from the beginning to the end of each of its days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np

from accounting.energy_balance import BOUNDED_FLOWS, INDEX, TERMS, Bools, Floats
from accounting.periods import Grain, Period, container, month_period, next_month, start_of, year_period
from accounting.scopes import Scopes
from accounting.settlement import Metered, Settled, add_up, added, close_period
from schemas.accounts import Balance, EnergyPoint, GapStep

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """Days of one period, in order, from its first.

    Attributes:
        settled: the period up to the end of each day, as if it ended there.
        cut: ``[day, enterprise]``, whether the day ends inside a gap whose energy only a later day of the period tells.
    """

    grain: Grain
    days: tuple[dt.date, ...]
    settled: tuple[Settled, ...]
    cut: Bools

    def terms(self) -> Floats:
        """``[day, enterprise, term]``; where a gap is cut, what it may hold is open as it is in its days."""
        terms = np.stack([part.terms for part in self.settled])
        for name in (*(f"room_{flow}" for flow in BOUNDED_FLOWS), "unbounded"):
            column = INDEX[f"{name}_{self.grain.word}"]
            terms[:, :, column] = np.where(self.cut, terms[:, :, INDEX[f"{name}_day"]], terms[:, :, column])
        return terms


def days_of(grain: Grain, day: dt.date, through: dt.date) -> list[dt.date]:
    """The days of the month or year of a day, no further than ``through``."""
    first = day.replace(day=1) if grain is Grain.MONTH else dt.date(day.year, 1, 1)
    end = next_month(first) if grain is Grain.MONTH else dt.date(first.year + 1, 1, 1)
    return [first + _DAY * i for i in range((min(end, through + _DAY) - first).days)]


def course_of(
    grain: Grain,
    days: Sequence[dt.date],
    balances: Sequence[Balance],
    points: Sequence[EnergyPoint],
    gaps: Sequence[GapStep],
    scopes: Scopes,
    zone: ZoneInfo,
) -> Course:
    """Add the balances of days up, with the gaps that each stretch contains, as the whole period is made of them.

    Args:
        days: consecutive, of one month or year, from its first.
        balances: of these days.
    """
    by_start: dict[dt.datetime, list[Balance]] = defaultdict(list)
    for balance in balances:
        by_start[balance.starts_at].append(balance)
    sorted_gaps = _by_container(gaps, zone)
    whole = year_period(days[0], zone)
    base, base_metered = _nothing(scopes)
    settled: list[Settled] = []
    for _, month_days in groupby(days, key=lambda day: day.month):
        months = _month(list(month_days), by_start, points, sorted_gaps[Grain.MONTH], scopes, zone)
        if grain is Grain.MONTH:
            return Course(grain, tuple(days), tuple(months), _cut(months, gaps, points, scopes, grain, zone))
        for part in months:
            period = replace(whole, ends_at=part.period.ends_at)
            inside = [gap for gap in sorted_gaps[Grain.YEAR] if gap.to_ts <= period.ends_at]
            metered = _together(base_metered, part.metered)
            settled.append(close_period(period, base + part.terms, metered, points, inside, scopes, zone))
        base, base_metered = base + months[-1].terms, _together(base_metered, months[-1].metered)
    return Course(grain, tuple(days), tuple(settled), _cut(settled, gaps, points, scopes, grain, zone))


def _month(
    days: Sequence[dt.date],
    by_start: Mapping[dt.datetime, list[Balance]],
    points: Sequence[EnergyPoint],
    gaps: Sequence[GapStep],
    scopes: Scopes,
    zone: ZoneInfo,
) -> list[Settled]:
    month = month_period(days[0], zone)
    own = [gap for gap in gaps if month.starts_at <= gap.from_ts and gap.to_ts <= month.ends_at]
    sums, metered = _nothing(scopes)
    settled = []
    for day in days:
        terms, parts = add_up(by_start.get(start_of(day, zone), []), scopes)
        sums, metered = sums + terms, _together(metered, parts)
        period = Period(Grain.MONTH, month.starts_at, start_of(day + _DAY, zone))
        ended = [gap for gap in own if gap.to_ts <= period.ends_at]
        settled.append(close_period(period, sums, metered, points, ended, scopes, zone))
    return settled


def _cut(
    settled: Sequence[Settled],
    gaps: Sequence[GapStep],
    points: Sequence[EnergyPoint],
    scopes: Scopes,
    grain: Grain,
    zone: ZoneInfo,
) -> Bools:
    ends = np.array([part.period.ends_at.timestamp() for part in settled])
    cut = np.zeros((len(settled), len(scopes)), np.bool_)
    owner = {point.id: scopes.position[point.enterprise_id] for point in points}
    for gap in gaps:
        if gap.point_id in owner and Grain.DAY < container(gap.from_ts, gap.to_ts, zone) <= grain:
            cut[(ends > gap.from_ts.timestamp()) & (ends < gap.to_ts.timestamp()), owner[gap.point_id]] = True
    return cut


def _by_container(gaps: Sequence[GapStep], zone: ZoneInfo) -> dict[Grain, list[GapStep]]:
    found: dict[Grain, list[GapStep]] = {grain: [] for grain in Grain}
    for gap in gaps:
        found[container(gap.from_ts, gap.to_ts, zone)].append(gap)
    return found


def _nothing(scopes: Scopes) -> tuple[Floats, list[Metered]]:
    return np.zeros((len(scopes), len(TERMS))), [{} for _ in scopes.ids]


def _together(one: Sequence[Metered], other: Sequence[Metered]) -> list[Metered]:
    return [added(a, b) if b else a for a, b in zip(one, other, strict=True)]
