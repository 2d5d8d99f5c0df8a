"""The oracle of the watch: which alerts must stand in the end for the readings that were sent and the marks in force.

Written apart from the watch and in plain loops over whole series, so that the two can be held against each other. It
knows the words of the contract (docs/explanation/alerts.md), the demo park's points and the rules, and nothing of
batches, states, or the order of arrival. Rules on missing data follow the clock: ``simulators.outages`` tells of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from schemas.durations import parse_duration
from schemas.points import Role
from simulators.alert_episodes import (
    Reading,
    Says,
    Seen,
    Span,
    Times,
    Value,
    changes,
    episodes,
    frozen_spans,
    suspect_spans,
)
from simulators.alert_means import DAY_US, HOUR_US, MINUTE_US, TEN_MINUTES_US, Factor, day_means, means, minute_means
from simulators.marks import Marked, flagged, held_by
from simulators.plants import PLANTS, Plant
from simulators.points import AIR_GATEWAY, Point, points_of
from simulators.streams import LOCAL

Readings = Callable[[str], Iterable[Reading]]
Rule = dict[str, Any]

_STEP_US = {"mean_10m": TEN_MINUTES_US, "mean_1h": HOUR_US, "mean_1d": DAY_US}
_INTERVAL_US = MINUTE_US
_AIR_OXYGEN = 21.0


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """An alert that must stand: ``point`` is ENTERPRISE/POINT, ``resolved_us`` None where it is still open.

    ``value`` is None where the clock makes it.
    """

    rule: str
    point: str
    kind: str
    opened_us: int
    resolved_us: int | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """Through which instant each period was judged, in microseconds; later ones are not told."""

    ten_minutes_us: int
    hours_us: int
    days_us: int


def expected_alerts(
    readings: Readings, rules: list[Rule], marks: list[Marked], ended: Ended
) -> Iterator[ExpectedAlert]:
    """All alerts of these rules at the demo park's points.

    Args:
        readings: gives what stands of a point in the end, by time.
        marks: those in force in the end.
    """
    for plant in PLANTS:
        for point in points_of(plant, AIR_GATEWAY):
            mine = [_at(rule, plant, point) for rule in rules if _selects(rule, plant, point)]
            if mine:
                yield from _Outlet(plant, readings, marks, ended).alerts(point, mine)


def _selects(rule: Rule, plant: Plant, point: Point) -> bool:
    facts = {"quantity": point.quantity, "role": point.role.value, "medium": point.medium, "enterprise": plant.code}
    judged = rule["statistic"] not in ("missing", "share", "budget")
    return judged and all(facts.get(name) == value for name, value in rule["points"].items())


def _at(rule: Rule, plant: Plant, point: Point) -> Rule:
    """The rule with what it overrides at a point."""
    here = [other for other in rule.get("overrides", ()) if other["point"] == f"{plant.code}/{point.code}"]
    return rule | {name: value for other in here for name, value in other.items() if name != "point"}


@dataclass(frozen=True, slots=True)
class _Outlet:
    """A plant with what was sent, and the marks on it."""

    plant: Plant
    readings: Readings
    marks: list[Marked]
    ended: Ended

    def alerts(self, point: Point, rules: list[Rule]) -> Iterator[ExpectedAlert]:
        series = self._series(point)
        for rule in rules:
            for span in self._spans(point, series, rule, _replacing(rule, rules)):
                yield ExpectedAlert(rule["code"], self._address(point), rule["kind"], *span)
        upper = [
            rule for rule in rules if "above" in rule and rule["statistic"] != "rate" and rule.get("unit") != "kg/h"
        ]
        if upper:
            rule = min(upper, key=lambda rule: (rule["kind"] != "exceedance", rule["above"], rule["code"]))
            for span in suspect_spans(series, *_plausible(point), rule["above"]):
                yield ExpectedAlert(f"{rule['code']}:possible", self._address(point), "warning", *span)

    def _address(self, point: Point) -> str:
        return f"{self.plant.code}/{point.code}"

    def _series(self, point: Point) -> list[Reading]:
        address = self._address(point)
        return flagged(list(self.readings(address)), held_by(self.marks, address, point.role is Role.STACK))

    def _spans(self, point: Point, series: list[Reading], rule: Rule, before: Rule | None) -> list[Span]:
        normal = [(ts, value) for ts, value, flag in series if _good((ts, value, flag), point)]
        hold_us = _us(rule.get("for", 0))
        match rule["statistic"]:
            case "reading":
                values = normal
            case "rate":
                values = list(changes(normal, 3 * _INTERVAL_US))
            case "flat":
                return frozen_spans(normal, hold_us, 3 * _INTERVAL_US)
            case _:
                values = self._means(point, series, rule)
        sign = 1 if "above" in rule else -1
        step_us = _STEP_US.get(rule["statistic"], _INTERVAL_US)
        gap_us = 3 * step_us if rule["statistic"] == "rate" else max(3 * step_us, hold_us)
        times = Times(hold_us, _us(rule.get("clear_for", 0)), gap_us)
        return episodes(list(_seen(values, rule, before, sign)), times, sign)

    def _means(self, point: Point, series: list[Reading], rule: Rule) -> list[Value]:
        def good(reading: Reading) -> bool:
            return _good(reading, point) and not any(mark.holds(reading[0]) for mark in exempt)

        exempt = [
            mark
            for mark in held_by(self.marks, self._address(point), point.role is Role.STACK)
            if mark.kind in rule.get("exempt", ())
        ]
        if rule["statistic"] == "mean_10m":
            return [
                (end, mean) for end, mean in means(series, TEN_MINUTES_US, good) if end <= self.ended.ten_minutes_us
            ]
        hours = means(series, HOUR_US, good, self._factor(rule))
        if rule["statistic"] == "mean_1d":
            return _until(self.ended.days_us, day_means(hours))
        return _until(self.ended.hours_us, hours)

    def _factor(self, rule: Rule) -> Factor:
        """What brings a reading, which is dry and at the standard state, to the terms of a rule."""
        if rule.get("unit") == "kg/h":
            flow = self._minutes("Q01")
            return lambda ts: None if (m := flow.get(ts // MINUTE_US)) is None else m * 3600 * 1e-6
        if rule.get("basis") != "ref_o2":
            return lambda _: 1.0
        oxygen, most = self._minutes("O01"), float(rule.get("max_amplification", "inf"))

        def amplified(ts: int) -> float | None:
            percent = oxygen.get(ts // MINUTE_US)
            if percent is None or percent >= _AIR_OXYGEN:
                return None
            return float(min((_AIR_OXYGEN - rule["reference_o2"]) / (_AIR_OXYGEN - percent), most))

        return amplified

    def _minutes(self, code: str) -> dict[int, float]:
        point = next(point for point in points_of(self.plant, AIR_GATEWAY) if point.code == code)
        return minute_means(self._series(point), lambda reading: _good(reading, point))


def _until(last_us: int, found: list[Value]) -> list[Value]:
    return [(end_us, mean) for end_us, mean in found if end_us <= last_us]


def _plausible(point: Point) -> tuple[float, float]:
    return point.plausible or (float("-inf"), float("inf"))


def _good(reading: Reading, point: Point) -> bool:
    low, high = _plausible(point)
    return reading[2] == "N" and low <= reading[1] <= high


def _us(duration: Any) -> int:
    return round(parse_duration(duration) * 1e6)


def _replacing(rule: Rule, rules: list[Rule]) -> Rule | None:
    """The permit that takes the place of a standard's rule at the same point."""
    if rule.get("authority") != "standard":
        return None
    same = [r for r in rules if r.get("authority") == "permit" and r["statistic"] == rule["statistic"]]
    return next(iter(same), None)


def _seen(values: Iterable[Value], rule: Rule, permit: Rule | None, sign: int) -> Iterator[Seen]:
    """What values say to a rule; those that it does not judge are left out."""
    limit = float(rule["above" if sign > 0 else "below"]) * sign
    clear = float(rule.get("clear_below") or rule.get("clear_above") or limit * sign) * sign
    for ts, value in values:
        if ts < _instant(rule.get("valid_from"), -1):
            continue
        if permit is not None and ts >= _instant(permit.get("valid_from"), -1):
            yield ts, value, Says.ENDS
        elif _is_awake(ts, rule.get("active")):
            says = Says.OVER if value * sign > limit else Says.CLEAR if value * sign <= clear else Says.BETWEEN
            yield ts, value, says


def _instant(at: str | None, otherwise: int) -> int:
    return otherwise if at is None else round(datetime.fromisoformat(at).timestamp() * 1e6)


def _is_awake(ts: int, active: str | None) -> bool:
    if active is None:
        return True
    start, end = (time.fromisoformat(clock) for clock in active.split("-"))
    now = datetime.fromtimestamp(ts / 1e6, LOCAL).time().replace(second=0, microsecond=0)
    return start <= now < end if start < end else now >= start or now < end
