"""Episodes over a limit, told from the beginning: part of the oracle of the watch, without states or batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

Reading = tuple[int, float, str]
"""Microseconds since the epoch, value, flag."""
Value = tuple[int, float]
Span = tuple[int, int | None, float]
"""An episode: first exceeding stamp, the stamp that cleared it (None: open), worst value."""


class Says(StrEnum):
    """What a judged observation says; one that is not judged is left out."""

    OVER = "over"
    BETWEEN = "between"
    CLEAR = "clear"
    ENDS = "ends"  # the rule no longer holds here


Seen = tuple[int, float, Says]


@dataclass(frozen=True, slots=True)
class Times:
    """``for``, ``clear_for``, and how far exceeding stamps may be apart while ``for`` runs, in microseconds."""

    hold_us: int
    clear_us: int
    gap_us: int


def episodes(seen: list[Seen], times: Times, sign: int) -> list[Span]:
    """The episodes in observations by time; ``sign`` is 1 where higher is worse."""
    spans: list[Span] = []
    i = 0
    while i < len(seen):
        if seen[i][2] is not Says.OVER:
            i += 1
            continue
        start, i = i, _held(seen, i, times)
        if seen[i][0] - seen[start][0] < times.hold_us:
            i += 1
            continue
        end = _cleared(seen, i, times)
        over = [value * sign for _, value, says in seen[start:end] if says is Says.OVER]
        spans.append((seen[start][0], None if end is None else seen[end][0], max(over) * sign))
        i = len(seen) if end is None else end + 1
    return spans


def _held(seen: list[Seen], start: int, times: Times) -> int:
    """The observation at which an excess has lasted long enough, or the last before it broke."""
    i = start
    while seen[i][0] - seen[start][0] < times.hold_us:
        if i + 1 == len(seen) or seen[i + 1][2] is not Says.OVER or seen[i + 1][0] - seen[i][0] > times.gap_us:
            break
        i += 1
    return i


def _cleared(seen: list[Seen], first: int, times: Times) -> int | None:
    """The observation at which it had stayed clear long enough; None where it never did."""
    longest_us = max(times.gap_us, times.clear_us)
    since = before = None
    for j in range(first, len(seen)):
        ts, _, says = seen[j]
        if says is Says.ENDS:
            return j
        if says is not Says.CLEAR:
            since = None
            continue
        if since is None or (before is not None and ts - before > longest_us):
            since = ts
        before = ts
        if ts - since >= times.clear_us:
            return j
    return None


def suspect_spans(series: list[Reading], low: float, high: float, limit: float) -> list[Span]:
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


def changes(values: list[Value], gap_us: int) -> Iterator[Value]:
    """The change per minute at every value that has another at most ``gap_us`` before it."""
    for (before_us, before), (ts, value) in pairwise(values):
        if ts - before_us <= gap_us:
            yield ts, (value - before) / ((ts - before_us) / 60e6)


def frozen_spans(values: list[Value], hold_us: int, gap_us: int) -> list[Span]:
    """Values that repeat for ``hold_us`` or longer: from the first repetition, how many seconds it lasted."""
    pairs = [
        (ts, 0.0, Says.OVER if value == before else Says.CLEAR)
        for (before_us, before), (ts, value) in pairwise(values)
        if ts - before_us <= gap_us
    ]
    found = []
    for start, end, _ in episodes(pairs, Times(hold_us, 0, gap_us), 1):
        last = max(ts for ts, _, says in pairs if says is Says.OVER and start <= ts and (end is None or ts < end))
        found.append((start, end, (last - start) / 1e6))
    return found
