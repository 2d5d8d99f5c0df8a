"""Which rule watches which point, with its limit in the point's own unit. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from accounting.air.units import kg_h_of
from alerts.matching import Points
from alerts.state import Observation, Terms
from alerts.terms import Outlets, Series, outlets_of, series_of
from alerts.units import factor
from alerts.verdict import (
    Limits,
    Verdict,
    judge_flat,
    judge_mean,
    judge_reading,
    judge_suspect,
    judge_value,
    unusable,
)
from schemas.rules import (
    OF_SCOPES,
    PAIRWISE,
    WITHOUT_LIMIT,
    Authority,
    Rule,
    RuleKind,
    Severity,
    Statistic,
    Watched,
    WatchedPoint,
    overridden,
)

MINUTE_US = 60_000_000
_STEP_S = {Statistic.MEAN_10M: 600.0, Statistic.MEAN_1H: 3600.0, Statistic.MEAN_1D: 86_400.0}
POSSIBLE = ":possible"  # ends the code under which a rule's "possible exceedance" warnings run


@dataclass(frozen=True, slots=True)
class Track:
    """A rule at a point.

    Attributes:
        code: the rule's code, for a suspect track with ``:possible`` behind it.
        scale: a value in the point's unit times this is in the rule's unit.
        refusal: why this rule cannot judge this point at all; None where it can.
        suspect: this track warns of possible exceedances by readings that cannot be judged.
        series: the converted hours that it is judged on; None: the values as reported.
    """

    code: str
    rule: Rule
    point: WatchedPoint
    limits: Limits
    terms: Terms
    scale: float = 1.0
    refusal: Verdict | None = None
    suspect: bool = False
    series: Series | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.code, self.point.id

    @property
    def stands_at(self) -> dict[str, Any]:
        """The columns of an alert that say where it is."""
        return {"point_id": self.point.id, "scope": None, "period": None}

    @property
    def told_at(self) -> dict[str, Any]:
        """The fields of a notification that say where it is."""
        where = {"point": self.point.address, "scope": None, "period": None}
        return where | {"enterprise": self.point.enterprise, "park": self.point.park}

    @property
    def kind(self) -> RuleKind:
        return RuleKind.WARNING if self.suspect else self.rule.kind

    @property
    def severity(self) -> Severity:
        return Severity.WARNING if self.suspect else self.rule.severity

    @property
    def statistic(self) -> Statistic:
        return Statistic.READING if self.suspect else self.rule.statistic

    @property
    def unit(self) -> str:
        if self.rule.statistic in WITHOUT_LIMIT:
            return "s"
        unit = self.point.unit if self.of_rate and self.suspect else self.rule.unit or self.point.unit
        return f"{unit}/min" if self.rule.statistic is Statistic.RATE else unit

    @property
    def of_rate(self) -> bool:
        return self.series is not None and self.series.route.terms.rate

    @property
    def series_key(self) -> str:
        return "" if self.series is None or self.suspect else self.series.key

    @property
    def pairwise(self) -> bool:
        return self.statistic in PAIRWISE

    def may_begin(self, verdict: Verdict) -> bool:
        """Whether an observation with this verdict can begin an episode.

        Where the limit must be exceeded for a time, so can one that turned out not to count: it may have parted it.
        """
        return verdict is Verdict.EXCEEDS or (self.terms.hold_us > 0 and not verdict.judged)

    def observe(self, ts_us: int, value: float, flag: str, timezone: ZoneInfo) -> Observation:
        """A reading as this track sees it."""
        judge = judge_suspect if self.suspect else judge_reading
        return Observation(ts_us, value, judge(ts_us, value, flag, self.limits, timezone), flag)

    def observe_pairs(self, readings: Iterable[tuple[int, float, str]], timezone: ZoneInfo) -> Iterator[Observation]:
        """Readings in order of time, each against the valid one before it; a change is per minute."""
        before: tuple[int, float] | None = None
        for ts_us, value, flag in readings:
            reason = unusable(value, flag, self.limits)
            if reason is not None:
                yield Observation(ts_us, value, reason, flag)
                continue
            known = before if before is not None and ts_us - before[0] <= self.terms.gap_us else None
            yield self._observe_pair(ts_us, value, known, timezone)
            before = ts_us, value

    def _observe_pair(
        self, ts_us: int, value: float, before: tuple[int, float] | None, timezone: ZoneInfo
    ) -> Observation:
        if self.statistic is Statistic.FLAT:
            last = None if before is None else before[1]
            return Observation(ts_us, value, judge_flat(ts_us, value, last, self.limits, timezone))
        if before is None:
            return Observation(ts_us, 0.0, Verdict.NO_PREDECESSOR)
        rate = (value - before[1]) / ((ts_us - before[0]) / MINUTE_US)
        return Observation(ts_us, rate, judge_value(ts_us, rate, self.limits, timezone))

    def observe_mean(self, end_us: int, mean: float | None, n: int, valid: bool, timezone: ZoneInfo) -> Observation:
        """The mean of a period that has ended, as this track sees it; flag V is a valid period, I an invalid one."""
        verdict = judge_mean(end_us, mean, n, valid, self.limits, timezone)
        return Observation(end_us, 0.0 if mean is None else mean, verdict, "V" if valid else "I")


def tracks_of(
    rules: Iterable[Rule], points: Iterable[WatchedPoint], beside: Iterable[WatchedPoint] = ()
) -> list[Track]:
    """Every enabled rule at every point it selects, and for each point one track for possible exceedances.

    Args:
        beside: points that measure the same outlets, where they are not among ``points``.
    """
    known = list(points)
    outlets = outlets_of([*known, *beside])
    by_facts = Points(known)
    tracks = [
        _track(overridden(rule, point.address), point, outlets)
        for rule in rules
        if rule.enabled and rule.statistic not in OF_SCOPES and rule.of is Watched.POINT
        for point in by_facts.selected(rule.points)
    ]
    tracks = _superseded(tracks)
    return [*tracks, *_suspect_tracks(tracks)]


def _superseded(tracks: list[Track]) -> list[Track]:
    """Limits of standards give way where and while a permit's limit on the same statistic and side judges the point."""
    permits: dict[tuple[int, Statistic, int, bool], list[tuple[int | None, int | None]]] = defaultdict(list)
    for track in tracks:
        if track.rule.authority is Authority.PERMIT and track.refusal is None and track.rule.has_limit:
            permits[_side(track)].append((track.limits.valid_from_us, track.limits.valid_to_us))
    return [
        replace(track, limits=replace(track.limits, superseded=tuple(permits[_side(track)])))
        if track.rule.authority is Authority.STANDARD and _side(track) in permits
        else track
        for track in tracks
    ]


def _side(track: Track) -> tuple[int, Statistic, int, bool]:
    return track.point.id, track.statistic, track.limits.sign, track.of_rate


def _track(rule: Rule, point: WatchedPoint, outlets: Outlets) -> Track:
    series = None if rule.statistic in WITHOUT_LIMIT else series_of(rule, point, outlets)
    refusal = series if isinstance(series, Verdict) else None
    converted = series if isinstance(series, Series) else None
    unit = converted.unit if converted else point.unit
    to_unit = _factor(rule.unit or unit, unit)
    if refusal is None and to_unit is None and rule.statistic not in WITHOUT_LIMIT:
        refusal = Verdict.OTHER_UNIT
    scale = _factor(unit, rule.unit or unit) or 1.0
    limits = _limits(rule, point, to_unit or 1.0)
    return Track(rule.code, rule, point, limits, _terms(rule, point), scale, refusal, series=converted)


def _factor(from_unit: str, to_unit: str) -> float | None:
    here, there = kg_h_of(from_unit), kg_h_of(to_unit)
    return here / there if here and there else factor(from_unit, to_unit)


def _limits(rule: Rule, point: WatchedPoint, to_point: float) -> Limits:
    sign = 1 if rule.below is None else -1
    clear = rule.clear_below if sign > 0 else rule.clear_above
    low, high = point.plausible_low, point.plausible_high
    return Limits(
        limit=rule.limit * to_point,
        clear=(rule.limit if clear is None else clear) * to_point,
        sign=sign,
        plausible_low=float("-inf") if low is None else low,
        plausible_high=float("inf") if high is None else high,
        valid_from_us=None if rule.valid_from is None else round(rule.valid_from.timestamp() * 1e6),
        valid_to_us=None if rule.valid_to is None else round(rule.valid_to.timestamp() * 1e6),
        active=rule.active,
    )


def _terms(rule: Rule, point: WatchedPoint) -> Terms:
    step_s = _STEP_S.get(rule.statistic, point.interval_s)
    gap_s = 3 * step_s if rule.statistic in PAIRWISE else max(3 * step_s, rule.hold_s)
    sign = 1 if rule.below is None else -1
    hold_us, clear_hold_us, gap_us = (round(s * 1e6) for s in (rule.hold_s, rule.clear_hold_s, gap_s))
    return Terms(hold_us, clear_hold_us, gap_us, sign, spans=rule.statistic is Statistic.FLAT)


def _suspect_tracks(tracks: list[Track]) -> list[Track]:
    """One for each point with an upper limit: under its exceedance rule, else under its lowest limit."""
    found: dict[int, list[Track]] = defaultdict(list)
    for track in tracks:
        if track.rule.above is not None and track.refusal is None and not track.pairwise:
            found[track.point.id].append(track)
    return [_as_suspect(_whenever(min(here, key=_precedence), here)) for here in found.values()]


def _whenever(track: Track, others: list[Track]) -> Track:
    """The track for as long as any of a point's limits is in force: what is over-range may exceed each of them."""
    starts = [other.limits.valid_from_us for other in others]
    ends = [other.limits.valid_to_us for other in others]
    limits = replace(
        track.limits,
        valid_from_us=None if None in starts else min(start for start in starts if start is not None),
        valid_to_us=None if None in ends else max(end for end in ends if end is not None),
        superseded=(),
        active=track.limits.active if all(other.limits.active for other in others) else None,
    )
    return replace(track, limits=limits)


def _as_suspect(track: Track) -> Track:
    """The track on single readings, which are in the point's own unit and state."""
    limits, scale = track.limits, track.scale
    if track.of_rate:
        limits, scale = replace(limits, limit=float("inf"), clear=float("inf")), 1.0
    elif track.series is not None:
        by_unit = track.series.route.scale
        limits, scale = replace(limits, limit=limits.limit / by_unit, clear=limits.clear / by_unit), scale * by_unit
    terms = replace(track.terms, hold_us=0, clear_hold_us=0)
    return replace(track, code=track.code + POSSIBLE, suspect=True, limits=limits, scale=scale, terms=terms)


def _precedence(track: Track) -> tuple[bool, bool, float, str]:
    return track.rule.kind is not RuleKind.EXCEEDANCE, track.of_rate, track.limits.limit, track.code
