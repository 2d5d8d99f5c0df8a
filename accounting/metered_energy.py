"""From facts of points to what the balances are made of: kWh, missing hours, capacities, and gaps by period."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from accounting.energy_balance import FLOW_OF_ROLE, FLOWS, Bools, Floats, MeteredHours
from accounting.periods import Grain, Period, container
from schemas.accounts import EnergyPoint, GapStep
from schemas.points import Role

KWH = {
    "Wh": 0.001,
    "kWh": 1.0,
    "MWh": 1000.0,
    "GWh": 1e6,
    "10^4 kWh": 1e4,
    "万kWh": 1e4,
    "MJ": 1 / 3.6,
    "GJ": 1000 / 3.6,
}
FUEL_OF_MEDIUM = {"gas": "natural gas", "natural_gas": "natural gas", "coal": "bituminous coal"}
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PointHours:
    """Facts of points in consecutive hours, arrays ``[point, hour]``.

    Attributes:
        amount: in the point's unit, NaN where nothing was measured.
        complete: the whole hour was measured.
        peak: the largest hour of the 30 days up to the hour's day, NaN where there was none.
    """

    points: tuple[EnergyPoint, ...]
    first_hour: dt.datetime
    amount: Floats
    complete: Bools
    peak: Floats

    @property
    def hours(self) -> int:
        return int(self.amount.shape[1])

    def only(self, wanted: Sequence[int]) -> PointHours:
        """The points at these positions."""
        points = tuple(self.points[i] for i in wanted)
        rows = np.array(wanted, dtype=np.intp)
        return PointHours(points, self.first_hour, self.amount[rows], self.complete[rows], self.peak[rows])

    def due(self, now: dt.datetime) -> Bools:
        """The hour has passed and lies in the point's life."""
        due = np.zeros(self.amount.shape, dtype=np.bool_)
        for row, point in zip(due, self.points, strict=True):
            if point.due_from is not None:
                until = min(now, point.due_until) if point.due_until else now
                row[max(self._ceil(point.due_from), 0) : max(self._floor(until), 0)] = True
        return due

    def _floor(self, instant: dt.datetime) -> int:
        return (instant - self.first_hour) // HOUR

    def _ceil(self, instant: dt.datetime) -> int:
        return -((self.first_hour - instant) // HOUR)


def is_electric(point: EnergyPoint) -> bool:
    return point.role in FLOW_OF_ROLE and point.medium == "electricity" and point.unit in KWH


def activity_of(point: EnergyPoint) -> tuple[str, str] | None:
    """What a fuel or heat point meters and in which unit; None for all other points."""
    if point.role == Role.FUEL:
        return point.fuel or FUEL_OF_MEDIUM.get(point.medium, point.medium.replace("_", " ")), point.unit
    return ("heat", point.unit) if point.role == Role.HEAT else None


def metered_hours(
    facts: PointHours, gaps: Sequence[GapStep], enterprises: dict[int, int], now: dt.datetime, zone: ZoneInfo
) -> MeteredHours:
    """Electricity points as the balances take them.

    Args:
        facts: of electricity points only.
        enterprises: position of each enterprise by its key.
    """
    scale = np.array([KWH[point.unit] for point in facts.points])[:, None]
    rated = np.array([np.nan if p.capacity_kw is None else p.capacity_kw for p in facts.points])[:, None]
    capacity = np.where(np.isnan(rated), facts.peak * scale, rated)
    known_in = np.full(facts.amount.shape, Grain.NEVER, dtype=np.int8)
    due = facts.due(now)
    missing = due & ~facts.complete
    _put_gaps(facts, gaps, zone, capacity, known_in, missing)
    return MeteredHours(
        enterprises=len(enterprises),
        enterprise=np.array([enterprises[p.enterprise_id] for p in facts.points], dtype=np.intp),
        flow=np.array([FLOWS.index(FLOW_OF_ROLE[Role(p.role)]) for p in facts.points], dtype=np.intp),
        energy_kwh=facts.amount * scale,
        missing=missing,
        due=due | missing,
        capacity_kwh=capacity,
        known_in=known_in,
    )


def gap_energy(
    points: Sequence[EnergyPoint], gaps: Sequence[GapStep], enterprises: dict[int, int], period: Period, zone: ZoneInfo
) -> tuple[Floats, Floats]:
    """kWh ``[enterprise, flow]`` and count ``[enterprise]`` of the gaps whose shortest container is this period."""
    energy = np.zeros((len(enterprises), len(FLOWS)))
    steps = np.zeros(len(enterprises))
    by_id = {point.id: point for point in points if is_electric(point)}
    for gap in own_gaps(gaps, period, zone):
        point = by_id.get(gap.point_id)
        if point is not None:
            row = enterprises[point.enterprise_id]
            energy[row, FLOWS.index(FLOW_OF_ROLE[Role(point.role)])] += gap.amount * KWH[point.unit]
            steps[row] += 1
    return energy, steps


def gap_activities(
    points: Sequence[EnergyPoint], gaps: Sequence[GapStep], period: Period, zone: ZoneInfo
) -> dict[int, dict[tuple[str, str], float]]:
    """Fuel and heat of such gaps, by enterprise."""
    by_id = {point.id: point for point in points}
    found: dict[int, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for gap in own_gaps(gaps, period, zone):
        point = by_id.get(gap.point_id)
        activity = activity_of(point) if point else None
        if point and activity:
            found[point.enterprise_id][activity] += gap.amount
    return found


def day_activities(
    facts: PointHours, day_of_hour: NDArray[np.intp], days: int
) -> dict[tuple[int, int], dict[tuple[str, str], float]]:
    """Fuel and heat metered in hours, by (enterprise, day)."""
    found: dict[tuple[int, int], dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for point, amounts in zip(facts.points, np.nan_to_num(facts.amount), strict=True):
        activity = activity_of(point)
        if activity is None:
            continue
        for day, amount in enumerate(np.bincount(day_of_hour, weights=amounts, minlength=days)):
            found[point.enterprise_id, day][activity] += float(amount)
    return found


def own_gaps(gaps: Sequence[GapStep], period: Period, zone: ZoneInfo) -> list[GapStep]:
    """The gaps inside a period that no shorter one contains, by point and time."""
    inside = [g for g in gaps if period.starts_at <= g.from_ts and g.to_ts <= period.ends_at]
    own = [g for g in inside if container(g.from_ts, g.to_ts, zone) == period.grain]
    return sorted(own, key=lambda g: (g.point_id, g.from_ts))


def _put_gaps(
    facts: PointHours,
    gaps: Sequence[GapStep],
    zone: ZoneInfo,
    capacity: Floats,
    known_in: NDArray[np.int8],
    missing: Bools,
) -> None:
    """An hour of a gap is missing, holds at most the gap's energy, and is known in the period that contains it."""
    rows = {point.id: row for row, point in enumerate(facts.points)}
    for gap in gaps:
        row = rows.get(gap.point_id)
        if row is None:
            continue
        begin = max((gap.from_ts - facts.first_hour) // HOUR, 0)
        end = min(-((facts.first_hour - gap.to_ts) // HOUR), facts.hours)
        if begin >= end:
            continue
        scale = KWH[facts.points[row].unit]
        most = (np.nan_to_num(facts.amount[row, begin:end]) + max(gap.amount, 0.0)) * scale
        capacity[row, begin:end] = np.fmin(capacity[row, begin:end], most)
        known_in[row, begin:end] = container(gap.from_ts, gap.to_ts, zone)
        missing[row, begin:end] = True
