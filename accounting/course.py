"""The course of a month or a year: its balances from the beginning to the end of each of its days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np

from accounting.energy_balance import BOUNDED_FLOWS, FLOWS, INDEX, TERMS, Bools, Floats, add_gaps
from accounting.metered_energy import gap_activities, gap_energy
from accounting.periods import Grain, Period, container, month_period, next_month, start_of, year_period
from accounting.scopes import Scopes
from accounting.settlement import Metered, Settled, add_up, added
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
    contained = _by_container(gaps, zone)
    sums, settled = _Sums.of(scopes), []
    year = year_period(days[0], zone)
    over_months = _Ended(year, contained[Grain.YEAR] if grain is Grain.YEAR else [], points, scopes, zone)
    for first, month_days in groupby(days, key=lambda day: day.replace(day=1)):
        over_days = _Ended(month_period(first, zone), contained[Grain.MONTH], points, scopes, zone)
        for day in month_days:
            end = start_of(day + _DAY, zone)
            sums = sums.plus(_Sums(*add_up(by_start.get(start_of(day, zone), []), scopes)))
            month = over_days.added_to(sums, end)
            whole = over_months.added_to(month, end)
            begin = year.starts_at if grain is Grain.YEAR else month_period(first, zone).starts_at
            settled.append(Settled(Period(grain, begin, end), whole.terms, whole.metered))
        sums = month
    inside = [*contained[Grain.MONTH], *(contained[Grain.YEAR] if grain is Grain.YEAR else [])]
    return Course(grain, tuple(days), tuple(settled), _cut(settled, inside, points, scopes))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Terms ``[enterprise, term]``, and fuels and heat of each enterprise."""

    terms: Floats
    metered: list[Metered]

    @classmethod
    def of(cls, scopes: Scopes) -> _Sums:
        return cls(np.zeros((len(scopes), len(TERMS))), [{} for _ in scopes.ids])

    def plus(self, other: _Sums) -> _Sums:
        metered = [added(a, b) if b else a for a, b in zip(self.metered, other.metered, strict=True)]
        return _Sums(self.terms + other.terms, metered)


class _Ended:
    """The gaps that a period is the shortest to contain, as far as they have ended: each is read once."""

    def __init__(
        self,
        period: Period,
        gaps: Sequence[GapStep],
        points: Sequence[EnergyPoint],
        scopes: Scopes,
        zone: ZoneInfo,
    ) -> None:
        inside = [gap for gap in gaps if period.starts_at <= gap.from_ts and gap.to_ts <= period.ends_at]
        self._waiting = sorted(inside, key=lambda gap: gap.to_ts, reverse=True)
        self._period, self._points, self._scopes, self._zone = period, points, scopes, zone
        self._energy, self._steps = np.zeros((len(scopes), len(FLOWS))), np.zeros(len(scopes))
        self._metered: list[Metered] = [{} for _ in scopes.ids]

    def added_to(self, sums: _Sums, end: dt.datetime) -> _Sums:
        """Sums with the energy of the gaps that ended by an instant; instants must not go back."""
        new = []
        while self._waiting and self._waiting[-1].to_ts <= end:
            new.append(self._waiting.pop())
        if new:
            energy, steps = gap_energy(self._points, new, self._scopes.position, self._period, self._zone)
            self._energy, self._steps = self._energy + energy, self._steps + steps
            late = gap_activities(self._points, new, self._period, self._zone)
            self._metered = [added(m, late.get(e, {})) for m, e in zip(self._metered, self._scopes.ids, strict=True)]
        return _Sums(add_gaps(sums.terms, self._energy, self._steps), sums.metered).plus(
            _Sums(np.zeros_like(sums.terms), self._metered)
        )


def _by_container(gaps: Sequence[GapStep], zone: ZoneInfo) -> dict[Grain, list[GapStep]]:
    found: dict[Grain, list[GapStep]] = {grain: [] for grain in Grain}
    for gap in gaps:
        found[container(gap.from_ts, gap.to_ts, zone)].append(gap)
    return found


def _cut(settled: Sequence[Settled], gaps: Sequence[GapStep], points: Sequence[EnergyPoint], scopes: Scopes) -> Bools:
    ends = np.array([part.period.ends_at.timestamp() for part in settled])
    cut = np.zeros((len(settled), len(scopes)), np.bool_)
    owner = {point.id: scopes.position[point.enterprise_id] for point in points}
    for gap in gaps:
        if gap.point_id in owner:
            first = np.searchsorted(ends, gap.from_ts.timestamp(), side="right")
            cut[first : np.searchsorted(ends, gap.to_ts.timestamp()), owner[gap.point_id]] = True
    return cut
