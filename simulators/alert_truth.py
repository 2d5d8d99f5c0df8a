"""The oracle of the watch: which alerts must stand in the end for the readings that were sent.

Written apart from the watch and in plain loops over whole series, so that the two can be held against each other. It
knows the words of the contract (docs/explanation/alerts.md), the demo park's points and its rules, and nothing of
batches, states, or the order of arrival. Rules on missing data follow the clock and are not told here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import yaml

from schemas.durations import parse_duration
from simulators.plants import PLANTS
from simulators.points import AIR_GATEWAY, Point, points_of

Content = tuple[int, float, str]
"""A reading: microseconds since the epoch, value, flag."""
Span = tuple[int, int | None, float]
"""An episode: first exceeding stamp, the stamp that cleared it (None: open), worst value."""

_MINUTE_US, _HOUR_US = 60_000_000, 3_600_000_000
_VALID_S = 2700
_INTERVAL_US = 60_000_000
_WHOLE = 0.9  # a spacing of nine tenths of the interval is the interval: stamps jitter


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """An alert that must stand: ``point`` is ENTERPRISE/POINT, ``resolved_us`` None where it is still open."""

    rule: str
    point: str
    kind: str
    opened_us: int
    resolved_us: int | None
    value: float


def expected_alerts(readings: Callable[[str], Iterable[Content]], ended_us: int) -> Iterator[ExpectedAlert]:
    """All alerts of the demo park's rules.

    Args:
        readings: gives what stands of a point in the end, by time.
        ended_us: hours that end later are not judged yet.
    """
    rules = yaml.safe_load(files("simulators").joinpath("demo_rules.yaml").read_text(encoding="utf-8"))
    for plant in PLANTS:
        for point in points_of(plant, AIR_GATEWAY):
            mine = [rule for rule in rules if _selects(rule, point) and rule["statistic"] != "missing"]
            if mine:
                address = f"{plant.code}/{point.code}"
                yield from _alerts_of(address, point, mine, list(readings(address)), ended_us)


def _selects(rule: dict[str, Any], point: Point) -> bool:
    wanted = rule["points"]
    facts = {"quantity": point.quantity, "role": point.role.value, "medium": point.medium}
    return all(facts[name] == value for name, value in wanted.items())


def _alerts_of(
    address: str, point: Point, rules: list[dict[str, Any]], series: list[Content], ended_us: int
) -> Iterator[ExpectedAlert]:
    low, high = point.plausible or (float("-inf"), float("inf"))
    normal = [(ts, value) for ts, value, flag in series if flag == "N" and low <= value <= high]
    for rule in rules:
        if rule["statistic"] == "mean_1h":
            spans = _spans(_hour_means(series, low, high, ended_us), rule)
        else:
            spans = _spans(normal, rule)
        yield from (ExpectedAlert(rule["code"], address, rule["kind"], *span) for span in spans)
    upper = [rule for rule in rules if "above" in rule]
    if upper:
        rule = min(upper, key=lambda rule: (rule["kind"] != "exceedance", rule["above"], rule["code"]))
        for span in _suspect_spans(series, low, high, rule["above"]):
            yield ExpectedAlert(f"{rule['code']}:possible", address, "warning", *span)


def _spans(values: list[tuple[int, float]], rule: dict[str, Any]) -> list[Span]:
    """Episodes of a rule with ``above`` or ``below``; one with ``for`` counts once it has lasted that long."""
    sign = 1 if "above" in rule else -1
    limit = float(rule["above" if sign > 0 else "below"]) * sign
    clear = float(rule.get("clear_below", rule.get("clear_above", limit * sign))) * sign
    hold_us = round(parse_duration(rule.get("for", 0)) * 1e6)
    spans: list[Span] = []
    i = 0
    while i < len(values):
        if values[i][1] * sign <= limit:
            i += 1
            continue
        start = i
        if hold_us:
            i = _held(values, start, sign, limit, hold_us)
            if values[i][0] - values[start][0] < hold_us:
                i += 1
                continue
        end = next((j for j in range(i, len(values)) if values[j][1] * sign <= clear), None)
        worst = max(value * sign for _, value in values[start:end]) * sign
        spans.append((values[start][0], None if end is None else values[end][0], worst))
        i = len(values) if end is None else end
    return spans


def _held(values: list[tuple[int, float]], start: int, sign: int, limit: float, hold_us: int) -> int:
    """The value at which an excess that began at ``start`` has lasted long enough, or the last before it broke."""
    gap_us = max(hold_us, 3 * _INTERVAL_US)
    i = start
    while values[i][0] - values[start][0] < hold_us:
        following = i + 1
        if following == len(values) or values[following][1] * sign <= limit:
            break
        if values[following][0] - values[i][0] > gap_us:
            break
        i = following
    return i


def _suspect_spans(series: list[Content], low: float, high: float, limit: float) -> list[Span]:
    """Over-range readings, and implausible ones over the limit, until the next normal and plausible one."""
    spans: list[Span] = []
    worst: float | None = None
    begun = 0
    for ts, value, flag in series:
        if flag == "T" or (flag == "N" and value > max(high, limit)):
            begun = ts if worst is None else begun
            worst = value if worst is None else max(worst, value)
        elif worst is not None and flag == "N" and low <= value <= high:
            spans.append((begun, ts, worst))
            worst = None
    if worst is not None:
        spans.append((begun, None, worst))
    return spans


def _hour_means(series: list[Content], low: float, high: float, ended_us: int) -> list[tuple[int, float]]:
    """(end, mean) of every hour that has ended and in which 45 minutes are covered by normal, plausible readings."""
    hours: dict[int, list[Content]] = defaultdict(list)
    for reading in series:
        hours[reading[0] // _HOUR_US].append(reading)
    means = []
    for hour in sorted(hours):
        rows, end_us = hours[hour], (hour + 1) * _HOUR_US
        good = [flag == "N" and low <= value <= high for _, value, flag in rows]
        if end_us <= ended_us and _covered_s(rows, good) >= _VALID_S:
            minutes: dict[int, list[float]] = defaultdict(list)
            for (ts, value, _), is_good in zip(rows, good, strict=True):
                if is_good:
                    minutes[ts // _MINUTE_US].append(value)
            each = [sum(values) / len(values) for values in minutes.values()]
            means.append((end_us, sum(each) / len(each)))
    return means


def _covered_s(rows: list[Content], good: list[bool]) -> float:
    """Seconds that the good readings of an hour stand for: each its interval, or less where the next comes sooner."""
    stamps = [ts for ts, _, _ in rows]
    spacings = [after - before for before, after in pairwise(stamps)]
    spacings.append(spacings[-1] if spacings else _INTERVAL_US)
    stood = [_INTERVAL_US if spacing >= _WHOLE * _INTERVAL_US else spacing for spacing in spacings]
    return sum(us for us, is_good in zip(stood, good, strict=True) if is_good) / 1e6
