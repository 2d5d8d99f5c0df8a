"""Where the air of an exceedance at a fence came from: the wind of its averaging period, and who lies upwind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounting.air.tracing import Answer, Candidate, Cone, Outlet, Place, answer_of, cone_of, rank, way
from accounting.air.wind import MeanWind, Rose, mean_wind, rose
from alerts.grains import HOUR_US, MINUTE_US, us
from schemas.points import Role
from storage.connect import Connection
from storage.winds import WindMinute, find_place, list_hour_means, list_outlets, list_winds

_PERIODS_US = {"mean_10m": 10 * MINUTE_US, "mean_1h": HOUR_US, "mean_1d": 24 * HOUR_US}
_READING_US = 10 * MINUTE_US  # the wind before a single reading
_USUAL_US = 7 * 24 * HOUR_US
_LONGEST_WAY_US = 6 * HOUR_US  # air that left earlier is not asked for
_VALID_MINUTES = 45
_STABILITY = {1: "A", 2: "B", 3: "C", 4: "D", 5: "E", 6: "F"}


@dataclass(frozen=True, slots=True)
class Trace:
    """What the wind says of a period [from_us, to_us).

    Attributes:
        coverage: of the period by minutes with speed and direction.
        mast_m: how far the mast stands from the point; None where one of them has no location.
        candidates: those of the outlets that the caller may see.
        unplaced: those without a location.
    """

    answer: Answer
    period_us: tuple[int, int]
    coverage: float
    wind: MeanWind | None
    mast_m: float | None
    cone: Cone | None
    candidates: list[Candidate]
    unplaced: list[Outlet]


@dataclass(frozen=True, slots=True)
class _Mast:
    place: Place | None
    minutes: list[WindMinute]

    @property
    def paired(self) -> list[tuple[float, float]]:
        return [(m.speed, m.direction % 360) for m in self.minutes if m.speed is not None and m.direction is not None]

    def coverage(self, length_us: int) -> float:
        step_us = max([MINUTE_US, *(round(m.interval_s * 1e6) for m in self.minutes[:1])])
        return min(1.0, len(self.paired) * step_us / length_us)

    @property
    def stability(self) -> str | None:
        """The class of the period: the middle one of those told."""
        told = sorted(m.stability for m in self.minutes if m.stability is not None)
        return _STABILITY.get(round(told[len(told) // 2])) if told else None


def is_traceable(alert: Mapping[str, Any]) -> bool:
    """Whether an alert says that a fence point was over a limit."""
    return alert["role"] == Role.FENCE and not alert["under"] and "peak" in (alert["evidence"] or {})


def trace(connection: Connection, alert: Mapping[str, Any], *, outlets: bool) -> Trace:
    """Trace an alert's worst averaging period.

    Args:
        connection: a caller's; it decides which outlets there are.
        alert: a row of ``find_visible_alert`` that is traceable.
        outlets: whether to look at outlets at all; False gives directions only.
    """
    end_us = us(dt.datetime.fromisoformat(alert["evidence"]["peak"]["ts"]))
    period_us = end_us - _PERIODS_US.get(alert["statistic"], _READING_US), end_us
    point = find_place(connection, alert["point_id"]) or {}
    place = _place(point)
    mast = _nearest(list_winds(connection, point["park"], *period_us), place, period_us)
    coverage = mast.coverage(period_us[1] - period_us[0])
    wind = mean_wind(mast.paired)
    answer = answer_of(wind, coverage, place)
    mast_m = way(place, mast.place)[0] if place and mast.place else None
    if answer is not Answer.TRACED or wind is None or place is None:
        return Trace(answer, period_us, coverage, wind, mast_m, None, [], [])
    cone = cone_of(wind, mast.stability)
    known = _outlets(connection, point, period_us) if outlets else []
    found = rank(place, wind, cone, period_us, known)
    return Trace(answer, period_us, coverage, wind, mast_m, cone, found, [o for o in known if o.place is None])


def rose_of(connection: Connection, point_id: int, first_us: int, until_us: int) -> Rose:
    """The wind rose at a point's nearest mast over whole hours, with what the point measured in its valid hours."""
    point = find_place(connection, point_id) or {}
    mast = _nearest(list_winds(connection, point["park"], first_us, until_us), _place(point), (first_us, until_us))
    means = dict(list_hour_means(connection, [point_id], first_us, until_us).get(point_id, []))
    by_hour: dict[int, list[WindMinute]] = {}
    for minute in mast.minutes:
        by_hour.setdefault(minute.minute_us // HOUR_US * HOUR_US, []).append(minute)
    hours = []
    for hour_us, minutes in sorted(by_hour.items()):
        here = _Mast(mast.place, minutes)
        wind = mean_wind(here.paired)
        if wind is not None and here.coverage(HOUR_US) * 60 >= _VALID_MINUTES:
            hours.append((wind, means.get(hour_us)))
    return rose(hours)


def _nearest(minutes: Iterable[WindMinute], place: Place | None, period_us: tuple[int, int]) -> _Mast:
    """The nearest mast that covers most of a period, else the one that covers most."""
    by_station: dict[str, list[WindMinute]] = {}
    for minute in minutes:
        by_station.setdefault(minute.station, []).append(minute)
    masts = [_Mast(_of(here), here) for _, here in sorted(by_station.items())]
    length_us = period_us[1] - period_us[0]

    def order(mast: _Mast) -> tuple[bool, float, float]:
        far = way(place, mast.place)[0] if place and mast.place else float("inf")
        covers = mast.coverage(length_us)
        return covers < 0.75, far if covers >= 0.75 else 0.0, -covers

    return min(masts, key=order, default=_Mast(None, []))


def _of(minutes: list[WindMinute]) -> Place | None:
    places = ((m.longitude, m.latitude) for m in minutes)
    return next(((east, north) for east, north in places if east is not None and north is not None), None)


def _place(row: Mapping[str, Any]) -> Place | None:
    longitude, latitude = row.get("longitude"), row.get("latitude")
    return None if longitude is None or latitude is None else (longitude, latitude)


def _outlets(connection: Connection, point: Mapping[str, Any], period_us: tuple[int, int]) -> list[Outlet]:
    rows = list_outlets(connection, point["park"], point["quantity"])
    ids = [point_id for row in rows for point_id in row["point_ids"] or ()]
    means = list_hour_means(connection, ids, period_us[0] - _USUAL_US - _LONGEST_WAY_US, period_us[1])
    return [Outlet(row["enterprise"], row["outlet"], _place(row), _hours(row["point_ids"], means)) for row in rows]


def _hours(
    point_ids: list[int] | None, means: Mapping[int, list[tuple[int, float]]]
) -> tuple[tuple[int, float], ...] | None:
    """The hours of an outlet, those of several analysers as their highest."""
    if point_ids is None:
        return None
    highest: dict[int, float] = {}
    for point_id in point_ids:
        for hour_us, mean in means.get(point_id, ()):
            highest[hour_us] = max(mean, highest.get(hour_us, mean))
    return tuple(sorted(highest.items()))
