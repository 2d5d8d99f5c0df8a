"""The tracks of a kind, kept until rules or points change, and as arrays to screen readings by the thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.select import Track, tracks_of
from schemas.blocks import ReadingBlock
from storage.alerts import TrackKey
from storage.connect import Connection
from storage.rules import list_rules, list_watched_points, watch_version


class Window(NamedTuple):
    """The rows [start, stop) of a block that belong to one point."""

    point_id: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Tracks by point and by key; the arrays are indexed by point id.

    Attributes:
        above, below: the least severe limit of any track of the point; infinite where there is none.
        holding: points with a limit that must be exceeded for a time.
        low, high: the plausible range.
        pair_gap_us: of points with a rule on pairs of readings, how far apart a pair may be.
        suspected: points whose over-range or implausibly high readings raise a warning.
    """

    by_point: dict[int, list[Track]]
    by_key: dict[TrackKey, Track]
    watched: NDArray[np.bool_]
    suspected: NDArray[np.bool_]
    holding: NDArray[np.bool_]
    above: NDArray[np.float64]
    below: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pair_gap_us: dict[int, int]

    def windows(self, block: ReadingBlock) -> list[Window]:
        """The watched points of a block that is sorted by point and time."""
        points = block.point_id
        starts = np.flatnonzero(np.append(True, points[1:] != points[:-1]))
        stops = np.append(starts[1:], len(points))
        known = points[starts] < len(self.watched)
        kept = np.flatnonzero(known)[self.watched[points[starts[known]]]]
        rows = zip(points[starts[kept]].tolist(), starts[kept].tolist(), stops[kept].tolist(), strict=True)
        return [Window(*row) for row in rows]

    def screen(self, block: ReadingBlock) -> list[int]:
        """The points of a block with a reading that exceeds some limit, speaks of a possible one, or may unmask one.

        Where a limit must be exceeded for a time, a reading that turned out not to count may have parted that time.
        """
        known = np.flatnonzero(block.point_id < len(self.watched))
        point, value, flag = block.point_id[known], block.value[known], block.flag[known]
        normal = flag == b"N"
        over, under = value > self.above[point], value < self.below[point]
        plausible = (value >= self.low[point]) & (value <= self.high[point])
        suspect = self.suspected[point] & ((flag == b"T") | (normal & over & (value > self.high[point])))
        unmasking = self.holding[point] & ~(normal & plausible)
        hot = (normal & plausible & (over | under)) | suspect | unmasking
        return [int(p) for p in np.unique(point[hot])]

    def enterprises(self, point_ids: Iterable[int]) -> set[int]:
        return {self.by_point[point_id][0].point.enterprise_id for point_id in point_ids}


def compile_plan(tracks: Iterable[Track]) -> Plan:
    """Arrange tracks for judging."""
    by_point: dict[int, list[Track]] = defaultdict(list)
    for track in tracks:
        by_point[track.point.id].append(track)
    size = max(by_point, default=-1) + 1
    plan = Plan(
        by_point=dict(by_point),
        by_key={track.key: track for tracks_here in by_point.values() for track in tracks_here},
        watched=np.zeros(size, np.bool_),
        suspected=np.zeros(size, np.bool_),
        holding=np.zeros(size, np.bool_),
        above=np.full(size, np.inf),
        below=np.full(size, -np.inf),
        low=np.full(size, -np.inf),
        high=np.full(size, np.inf),
        pair_gap_us={},
    )
    for track in plan.by_key.values():
        _enter(plan, track)
    return plan


def _enter(plan: Plan, track: Track) -> None:
    at, limits = track.point.id, track.limits
    plan.watched[at] = True
    plan.low[at], plan.high[at] = limits.plausible_low, limits.plausible_high
    if track.suspect:
        plan.suspected[at] = True
    plan.holding[at] |= track.terms.hold_us > 0
    if track.pairwise:
        plan.pair_gap_us[at] = max(track.terms.gap_us, plan.pair_gap_us.get(at, 0))
    elif limits.sign > 0:
        plan.above[at] = min(plan.above[at], limits.limit)
    else:
        plan.below[at] = max(plan.below[at], limits.limit)


class Watch:
    """The plan of the tracks that ``keep`` admits; read again when rules or points have changed."""

    def __init__(self, keep: Callable[[Track], bool]) -> None:
        self._keep = keep
        self._version: tuple[int | None, ...] | None = None
        self._plan = compile_plan([])

    def plan(self, connection: Connection) -> Plan:
        """The plan as the connection's transaction sees rules and points."""
        version = watch_version(connection)
        if version != self._version:
            tracks = tracks_of(list_rules(connection), list_watched_points(connection))
            self._plan = compile_plan(track for track in tracks if self._keep(track))
            self._version = version
        return self._plan
