"""Readings into hours: the one way, live and in recomputation, for many points and hours at once.

| kind | an hour holds | covered by a reading | valid |
|---|---|---|---|
| gauge | [start, end) | its declared interval, less where the next one comes sooner | 45 minutes covered |
| interval | (start, end] | its declared interval, less where the one before is nearer | no whole interval missing |
| counter | registers in [start, end), energy of (start, end] | its steps that are no gap | energy known throughout |

Only flag N and plausible values are valid. ``mean`` is the mean of the means of valid minutes (HJ 212-2017 D.3); a
counter has none. A spacing of nine tenths of the interval or more counts as the whole interval: stamps jitter.
An interval amount that is longer than an hour is a step beside the hours, as a gap is.
Of several readings of one instant the last in the block counts, as in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accounting.hourly_energy import EnergyOfHours, Registers, energy_of_hours, step_registers, window_hours
from schemas.blocks import ReadingBlock
from schemas.metering import HOUR_US, ComputedHours, HourlyFacts, MeterStep, PointWindow, StepKind, StepRule
from schemas.points import Kind

VALID_HOUR_S = 2700.0  # 45 minutes, HJ 212-2017 D.3
_MINUTE_US = 60_000_000
_JITTER = 0.9

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Readings sorted by window and time, each instant once. ``slot`` is -1 outside the window's hours."""

    window: NDArray[np.intp]
    ts_us: Ints
    value: Floats
    valid: NDArray[np.bool_]
    slot: Ints

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> _Rows:
        return _Rows(self.window[index], self.ts_us[index], self.value[index], self.valid[index], self.slot[index])


@dataclass(frozen=True, slots=True)
class _Terms:
    """The windows' terms as columns."""

    kind: NDArray[np.str_]
    interval_s: Floats
    low: Floats
    high: Floats
    start_hour: Ints
    offset: Ints
    slots: int

    def is_kind(self, kind: Kind) -> NDArray[np.bool_]:
        return np.equal(self.kind, kind.value)


def hourly_facts(block: ReadingBlock, windows: Sequence[PointWindow]) -> ComputedHours:
    """The facts of every hour in the windows that has readings or energy, and the steps of their counters.

    Args:
        block: the readings of the windows' points, in any order. For a counter also its neighbours: two valid
            registers on either side of the window, or all that ``PointWindow`` says there are.
        windows: at most one for a point.
    """
    ordered = sorted(windows, key=lambda window: window.terms.point_id)
    if not ordered:
        return ComputedHours(_no_facts(), [])
    terms = _columns(ordered)
    rows = _sorted_rows(block, ordered, terms)
    counters = rows.take(terms.is_kind(Kind.COUNTER)[rows.window] & rows.valid)
    amounts, steps = step_registers(Registers(counters.window, counters.ts_us, counters.value), ordered)
    energy = energy_of_hours(amounts, ordered, terms.offset, terms.slots)
    facts = _facts(rows.take(rows.slot >= 0), ordered, terms, energy)
    kept = [(ordered[i].terms.point_id, s) for i, s in steps if _touches(s, ordered[i])]
    return ComputedHours(facts, kept + _long_intervals(rows, ordered, terms))


def _columns(windows: Sequence[PointWindow]) -> _Terms:
    start, end = window_hours(windows)
    return _Terms(
        np.array([w.terms.kind.value for w in windows]),
        np.array([w.terms.interval_s for w in windows], np.float64),
        np.array([w.terms.plausible_low for w in windows], np.float64),
        np.array([w.terms.plausible_high for w in windows], np.float64),
        start,
        np.cumsum(end - start) - (end - start),
        int((end - start).sum()),
    )


def _sorted_rows(block: ReadingBlock, windows: Sequence[PointWindow], terms: _Terms) -> _Rows:
    points = np.array([w.terms.point_id for w in windows], np.int32)
    block = block.take(np.flatnonzero(np.isin(block.point_id, points)))
    order = _order(block)
    block = block.take(order)
    ts, value = block.ts_us, block.value
    window = np.searchsorted(points, block.point_id)
    valid = (block.flag == b"N") & (value >= terms.low[window]) & (value <= terms.high[window])
    hour = (ts - terms.is_kind(Kind.INTERVAL)[window]) // HOUR_US
    ends = np.array([w.to_us // HOUR_US for w in windows], np.int64)
    inside = (hour >= terms.start_hour[window]) & (hour < ends[window])
    slot = np.where(inside, terms.offset[window] + hour - terms.start_hour[window], -1)
    return _Rows(window, ts, value, valid, slot)


def _order(block: ReadingBlock) -> NDArray[np.intp]:
    """By point and time; of readings of one instant only the one that stands last in the block."""
    point, ts = block.point_id, block.ts_us
    same = point[1:] == point[:-1]
    if bool(((point[1:] > point[:-1]) | (same & (ts[1:] > ts[:-1]))).all()):
        return np.arange(len(block))
    order = np.lexsort((ts, point))  # stable: the order of arrival stays within an instant
    last = np.append((point[order][1:] != point[order][:-1]) | (ts[order][1:] != ts[order][:-1]), True)
    return np.asarray(order[last], np.intp)


def _facts(rows: _Rows, windows: Sequence[PointWindow], terms: _Terms, energy: EnergyOfHours) -> HourlyFacts:
    slots = terms.slots
    window = np.repeat(np.arange(len(windows)), [(w.to_us - w.from_us) // HOUR_US for w in windows])
    valid = rows.take(rows.valid)
    n = np.bincount(rows.slot, minlength=slots)
    first, last = _ends(rows, slots)
    low, high = _extremes(valid, slots)
    means, minutes = _means(valid, terms, slots)
    counter, interval = terms.is_kind(Kind.COUNTER)[window], terms.is_kind(Kind.INTERVAL)[window]
    covered_s = np.where(counter, energy.covered_us / 1e6, _covered_s(rows, terms, slots))
    amount = _sums(valid, slots)
    complete = interval & (covered_s > 3600.0 - terms.interval_s[window]) & (terms.interval_s[window] <= 3600.0)
    delta = np.where(counter, energy.delta, np.where(interval & (terms.interval_s[window] <= 3600.0), amount, np.nan))
    is_valid = np.where(counter, energy.known_us >= HOUR_US, complete | (~interval & (covered_s >= VALID_HOUR_S)))
    there = (n > 0) | (counter & ~np.isnan(energy.delta))
    hour = terms.start_hour[window] + np.arange(slots) - terms.offset[window]
    facts = HourlyFacts(
        np.array([w.terms.point_id for w in windows], np.int32)[window],
        hour * HOUR_US,
        n.astype(np.int64),
        np.bincount(valid.slot, minlength=slots).astype(np.int64),
        np.where(counter, np.nan, means),
        low,
        high,
        first,
        last,
        delta,
        covered_s,
        is_valid,
        minutes,
    )
    return facts.take(there)


def _groups(slot: Ints) -> NDArray[np.intp]:
    """Where each run of equal slots begins."""
    return np.flatnonzero(np.diff(slot, prepend=-1))


def _ends(rows: _Rows, slots: int) -> tuple[Floats, Floats]:
    first, last = np.full(slots, np.nan), np.full(slots, np.nan)
    begin = _groups(rows.slot)
    first[rows.slot[begin]] = rows.value[begin]
    last[rows.slot[begin]] = rows.value[np.append(begin[1:], len(rows.slot))[: len(begin)] - 1]
    return first, last


def _extremes(valid: _Rows, slots: int) -> tuple[Floats, Floats]:
    low, high = np.full(slots, np.nan), np.full(slots, np.nan)
    begin = _groups(valid.slot)
    if len(begin):
        low[valid.slot[begin]] = np.minimum.reduceat(valid.value, begin)
        high[valid.slot[begin]] = np.maximum.reduceat(valid.value, begin)
    return low, high


def _sums(valid: _Rows, slots: int) -> Floats:
    sums = np.bincount(valid.slot, valid.value, slots)
    return np.where(np.bincount(valid.slot, minlength=slots) > 0, sums, np.nan)


def _means(valid: _Rows, terms: _Terms, slots: int) -> tuple[Floats, Ints]:
    """The mean of the means of valid minutes, and how many minutes these are."""
    minute = (valid.ts_us - terms.is_kind(Kind.INTERVAL)[valid.window]) // _MINUTE_US
    begin = np.flatnonzero((np.diff(valid.slot, prepend=-1) != 0) | (np.diff(minute, prepend=-1) != 0))
    if not len(begin):
        return np.full(slots, np.nan), np.zeros(slots, np.int64)
    counts = np.diff(np.append(begin, len(minute)))
    of_minute = np.add.reduceat(valid.value, begin) / counts
    slot = valid.slot[begin]
    minutes = np.bincount(slot, minlength=slots)
    means = np.where(minutes > 0, np.bincount(slot, of_minute, slots) / np.maximum(minutes, 1), np.nan)
    return means, minutes.astype(np.int64)


def _covered_s(rows: _Rows, terms: _Terms, slots: int) -> Floats:
    """Seconds of each hour that its valid gauges and intervals stand for."""
    interval_s = terms.interval_s[rows.window]
    spacing = np.diff(rows.ts_us) / 1e6
    spacing[rows.slot[1:] != rows.slot[:-1]] = np.inf
    before = np.concatenate([[np.inf], spacing])[: len(rows.slot)]
    after = np.append(spacing, np.inf)[: len(rows.slot)]
    after = np.where(np.isinf(after), before, after)  # the last of an hour stands for as long as the one before it
    beside = np.where(terms.is_kind(Kind.INTERVAL)[rows.window], before, after)
    stands_for = np.where(beside >= _JITTER * interval_s, interval_s, beside)
    covered = np.bincount(rows.slot[rows.valid], stands_for[rows.valid], slots)
    return np.minimum(covered, 3600.0)


def _touches(step: MeterStep, window: PointWindow) -> bool:
    return step.from_us < window.to_us and step.to_us > window.from_us


def _long_intervals(rows: _Rows, windows: Sequence[PointWindow], terms: _Terms) -> list[tuple[int, MeterStep]]:
    """Amounts over more than an hour: they belong to the day or month that contains them."""
    long = terms.is_kind(Kind.INTERVAL) & (terms.interval_s > 3600.0)
    chosen = rows.take(rows.valid & long[rows.window] & (rows.slot >= 0))
    found = []
    for window, to_us, amount in zip(chosen.window.tolist(), chosen.ts_us.tolist(), chosen.value.tolist(), strict=True):
        from_us = to_us - round(terms.interval_s[window] * 1e6)
        rule = StepRule.LONGER_THAN_AN_HOUR
        step = MeterStep(from_us, to_us, StepKind.GAP, rule, None, None, amount, in_hours=False)
        found.append((windows[window].terms.point_id, step))
    return found


def _no_facts() -> HourlyFacts:
    none, ints = np.empty(0), np.empty(0, np.int64)
    points, booleans = np.empty(0, np.int32), np.empty(0, bool)
    return HourlyFacts(points, ints, ints, ints, none, none, none, none, none, none, none, booleans, ints)
