"""The means of averaging periods against the rules on them: only periods that have ended, only valid ones.

Periods that change later are judged again in the transaction that changes them; periods that end without another
reading are judged by the clock. Whichever comes first, a period is read under the lock of its enterprise, so that
neither overlooks the other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from alerts.evidence import Samples, evidence_of
from alerts.grains import HOUR, Grain, us
from alerts.plan import Plan, Watch
from alerts.reconcile import reconcile
from alerts.record import Recorder, Standing, state_row
from alerts.replay import replay, window_start
from alerts.select import Track
from alerts.state import Episode, Observation, from_detail, run
from alerts.verdict import Verdict
from schemas.alerts import StoredAlert, StoredPeriod, StoredState, TrackState
from schemas.metering import HourlyFacts
from schemas.rules import Statistic
from storage.alert_periods import first_fact_hour, judged_through, set_judged_through
from storage.alerts import (
    TrackKey,
    announce,
    find_alerts,
    find_states,
    find_touched_tracks,
    lock_watched,
    mark_no_data,
    set_states,
)
from storage.connect import Connection
from storage.converted_hours import ConvertedHour, list_converted_samples

_HOURS_OF_DAY = 25
_AT_ONCE = 24  # periods that one call catches up


class PeriodJudge:
    """Judges the means of one kind of period; keeps the plan of its tracks."""

    def __init__(self, grain: Grain, timezone: ZoneInfo) -> None:
        self._grain, self._timezone = grain, timezone
        self._watch = Watch(lambda track: track.statistic is grain.statistic)

    def judge_facts(self, connection: Connection, facts: HourlyFacts, now: dt.datetime) -> None:
        """Judge the hours whose facts were written in this transaction."""
        periods = stored_periods(facts) if self._grain is HOUR else None
        self.judge(connection, facts.point_id, facts.hour_us, now, periods)

    def judge(
        self,
        connection: Connection,
        point_id: NDArray[np.int32],
        ts_us: NDArray[np.int64],
        now: dt.datetime,
        periods: list[StoredPeriod] | None = None,
        series: frozenset[tuple[int, str]] | None = None,
    ) -> None:
        """Judge the periods of these points at these instants; ones that have not ended wait for their end.

        Args:
            periods: the periods, where the caller has them; else they are read.
            series: which points and series have changed; None: the values as reported.
        """
        plan = self._watch.plan(connection)
        if not plan.by_point:
            return
        known = np.isin(point_id, list(plan.by_point)) & (ts_us < us(now))
        points = np.unique(point_id[known]).tolist()
        if not points:
            return
        lock_watched(connection, self._grain.lock, plan.enterprises(points))
        through = judged_through(connection, self._grain.statistic)
        due_us = max(self._grain.last_ended(now, self._timezone), through or 0)
        first = self._grain.start(int(ts_us[known].min()), self._timezone)
        until = min(
            self._grain.after(self._grain.start(int(ts_us[known].max()), self._timezone), self._timezone),
            self._grain.after(due_us, self._timezone),
        )
        if first >= until:
            return
        if periods is None:
            periods = self._grain.between(connection, points, first, until, self._timezone)
            periods = [p for p in periods if _concerns(p, series)]
        wanted = set(points)
        _Pass(connection, plan, now, self._timezone, self._grain, due_us).judge(
            [period for period in periods if period.point_id in wanted and period.start_us <= due_us]
        )

    def judge_converted(self, connection: Connection, changed: list[ConvertedHour], now: dt.datetime) -> None:
        """Judge the periods of converted hours that were written in this transaction."""
        for hours in _by_stretch(changed):
            points = np.array([hour.point_id for hour in hours], np.int32)
            stamps = np.array([hour.hour_us for hour in hours], np.int64)
            self.judge(connection, points, stamps, now, series=frozenset((h.point_id, h.series) for h in hours))

    def judge_ended(self, connection: Connection, now: dt.datetime) -> int:
        """Judge the periods that have ended since the last call; how many. Opens its own transaction.

        The states say then how each track stands after the newest of them: judged, *not judged* or *no data*.
        """
        grain, zone = self._grain, self._timezone
        with connection.transaction():
            plan = self._watch.plan(connection)
            lock_watched(connection, grain.lock, plan.enterprises(plan.by_point))
            newest = grain.last_ended(now, zone)
            through = judged_through(connection, grain.statistic)
            first = self._first(connection, newest) if through is None else grain.after(through, zone)
            last = min(newest, grain.after(first, zone, _AT_ONCE - 1))
            if first > last:
                return 0
            until = grain.after(last, zone)
            periods = grain.between(connection, list(plan.by_point), first, until, zone) if plan.by_point else []
            judging = _Pass(connection, plan, now, zone, grain, last)
            judging.judge(periods)
            if last == newest:
                judging.stand([period for period in periods if period.start_us == last])
            set_judged_through(connection, grain.statistic, last)
            return sum(1 for _ in _starts(grain, first, last, zone))

    def _first(self, connection: Connection, newest: int) -> int:
        oldest = first_fact_hour(connection) if self._grain.from_the_past else None
        return newest if oldest is None else min(us(oldest), newest)


def _starts(grain: Grain, first: int, last: int, timezone: ZoneInfo) -> Iterator[int]:
    while first <= last:
        yield first
        first = grain.after(first, timezone)


def _concerns(period: StoredPeriod, series: frozenset[tuple[int, str]] | None) -> bool:
    return not period.series if series is None else (period.point_id, period.series) in series


def _by_stretch(changed: list[ConvertedHour]) -> list[list[ConvertedHour]]:
    """Hours of points and series that changed in the same stretch of time, so that no other hour counts as changed."""
    spans: dict[tuple[int, str], list[ConvertedHour]] = defaultdict(list)
    for hour in changed:
        spans[hour.point_id, hour.series].append(hour)
    together: dict[tuple[int, ...], list[ConvertedHour]] = defaultdict(list)
    for hours in spans.values():
        together[tuple(sorted(hour.hour_us for hour in hours))] += hours
    return [together[stretch] for stretch in sorted(together)]


@dataclass(frozen=True, slots=True)
class _Pass:
    """One transaction's judging; periods after ``due_us`` (a start) are not looked at."""

    connection: Connection
    plan: Plan
    now: dt.datetime
    timezone: ZoneInfo
    grain: Grain
    due_us: int

    def judge(self, periods: list[StoredPeriod]) -> None:
        """Judge changed periods."""
        changed = self._changed(periods)
        if not changed:
            return
        keys = sorted(changed)
        states = find_states(self.connection, keys)
        alerts = find_alerts(self.connection, {key: min(changed[key]) - self._terms_back(key) for key in keys})
        starts = {key: window_start(min(changed[key]), alerts[key], self.plan.by_key[key].terms) for key in keys}
        recorder = Recorder(self.connection, self.now, self.timezone)
        found = [self._derive(key, changed[key], starts[key], alerts[key], states.get(key), recorder) for key in keys]
        ids = recorder.write()
        stand = [standing for standing in found if standing]
        set_states(self.connection, [state_row(t.track, t.episode, t.last_us, ids[t.track.key]) for t in stand])
        announce(self.connection)

    def stand(self, periods: list[StoredPeriod]) -> None:
        """Write how every track stands after the last of the periods."""
        by_series = {(period.point_id, period.series): period for period in periods}
        states = find_states(self.connection, sorted(self.plan.by_key))
        end_us = self._end(self.due_us)
        rows = []
        for key, track in sorted(self.plan.by_key.items()):
            period = by_series.get((track.point.id, track.series_key)) or _unconverted(
                by_series.get((track.point.id, ""))
            )
            reason = track.refusal or _reason(period)
            lost = period.lost if period is not None and reason is Verdict.INVALID_PERIOD else None
            row = _standing(track, states.get(key), reason, end_us, lost)
            if row is not None and row != states.get(key):
                rows.append(row)
        silent = [(r.rule, r.point_id) for r in rows if r.state == TrackState.NO_DATA and r.alert_id is not None]
        mark_no_data(self.connection, silent, self.now)
        set_states(self.connection, rows)

    def _end(self, start_us: int) -> int:
        return self.grain.after(start_us, self.timezone)

    def _changed(self, periods: list[StoredPeriod]) -> dict[TrackKey, frozenset[int]]:
        """The ends of the changed periods of each track that they can change."""
        by_point: dict[int, list[StoredPeriod]] = defaultdict(list)
        for period in periods:
            by_point[period.point_id].append(period)
        points = sorted(by_point)
        first = [self._end(min(p.start_us for p in by_point[point])) for point in points]
        last = [self._end(max(p.start_us for p in by_point[point])) for point in points]
        touched = find_touched_tracks(self.connection, points, first, last) if points else set()
        return {
            track.key: frozenset(self._end(period.start_us) for period in here)
            for point in points
            for track in self.plan.by_point[point]
            if (here := [period for period in by_point[point] if period.series == track.series_key])
            and track.refusal is None
            and (track.key in touched or self._may_begin(track, here))
        }

    def _may_begin(self, track: Track, periods: list[StoredPeriod]) -> bool:
        return any(track.may_begin(self._observe(track, period).verdict) for period in periods)

    def _observe(self, track: Track, period: StoredPeriod) -> Observation:
        return track.observe_mean(self._end(period.start_us), period.mean, period.n, period.valid, self.timezone)

    def _terms_back(self, key: TrackKey) -> int:
        return self.plan.by_key[key].terms.lookback_us

    def _derive(
        self,
        key: TrackKey,
        changed: frozenset[int],
        start_us: int,
        alerts: list[StoredAlert],
        state: StoredState | None,
        recorder: Recorder,
    ) -> Standing | None:
        """Go on from an open episode where all that changed is newer, else derive the track anew."""
        track = self.plan.by_key[key]
        if state is not None and from_detail(state.detail) is not None and min(changed) > state.last_us:
            return self._go_on(track, max(changed), alerts, state, recorder)
        found = replay(self._observations(track, start_us), changed, alerts, track.terms, start_us, track.scale)
        recorder.add(track, found.changes, alerts, lambda episode: self._evidence(track, episode))
        if not found.at_end or (found.episode is None and state is None):
            return None
        last_us = max(found.seen_us or 0, state.last_us if state else 0, max(changed))
        return Standing(track, found.episode, last_us)

    def _go_on(
        self, track: Track, last_us: int, alerts: list[StoredAlert], state: StoredState, recorder: Recorder
    ) -> Standing:
        observations = self._observations(track, state.last_us + 1)
        resolved, episode = run(from_detail(state.detail), observations, track.terms)
        fired = [*resolved, *([episode] if episode and episode.fired_us is not None else [])]
        mine = [alert for alert in alerts if alert.id == state.alert_id or alert.withdrawn]
        recorder.add(track, reconcile(mine, fired, track.scale), mine, lambda e: self._evidence(track, e))
        return Standing(track, episode, max(last_us, state.last_us))

    def _observations(self, track: Track, since_us: int) -> Iterator[Observation]:
        return (self._observe(track, p) for p in self._periods(track, since_us) if p.mean is not None)

    def _periods(self, track: Track, since_us: int) -> Iterator[StoredPeriod]:
        """The stored periods of a track that end at or after a stamp, a page at a time."""
        first = self.grain.start(since_us - 1, self.timezone)
        end = self._end(self.due_us)
        while first < end:
            until = min(self.grain.start(first + self.grain.page_us, self.timezone), end)
            found = self.grain.between(self.connection, [track.point.id], first, until, self.timezone)
            yield from (period for period in found if period.series == track.series_key)
            first = until

    def _evidence(self, track: Track, episode: Episode) -> dict[str, Any]:
        return evidence_of(track, episode, self._samples(track, episode))

    def _samples(self, track: Track, episode: Episode) -> Samples:
        if track.series is not None and track.statistic is Statistic.MEAN_1D:
            first_us = self.grain.after(episode.peak_us, self.timezone, -1)
            return list_converted_samples(
                self.connection, track.point.id, track.series.key, first_us, episode.peak_us, _HOURS_OF_DAY
            )
        return self.grain.evidence(self.connection, track.point.id, episode.peak_us, self.timezone)


def _standing(
    track: Track, state: StoredState | None, reason: Verdict | None, end_us: int, lost: str | None = None
) -> StoredState | None:
    """The state row after a period; an open episode stays in it, whatever the period is."""
    if state is not None and state.last_us > end_us:
        return None
    detail = {name: value for name, value in (state.detail if state else {}).items() if name != "reason"}
    if reason is not None:
        word = TrackState.NO_DATA if reason is Verdict.NO_DATA else TrackState.NOT_JUDGED
        since_us = state.since_us if state is not None and state.state == word else end_us
        alert_id = state.alert_id if state else None
        return StoredState(*track.key, word, since_us, end_us, alert_id, detail | {"reason": lost or reason.value})
    if state is not None and "opened_us" in state.detail:
        return None
    since_us = state.since_us if state is not None and state.state == TrackState.INACTIVE else end_us
    return StoredState(*track.key, TrackState.INACTIVE, since_us, end_us, None, {})


def _unconverted(period: StoredPeriod | None) -> StoredPeriod | None:
    """What stands for a period that was not converted yet: it has data, and no mean."""
    return None if period is None else replace(period, mean=None, valid=False)


def _reason(period: StoredPeriod | None) -> Verdict | None:
    """Why a period is not judged; None where it is."""
    if period is None or period.n == 0:
        return Verdict.NO_DATA
    return None if period.valid and period.mean is not None else Verdict.INVALID_PERIOD


def stored_periods(facts: HourlyFacts) -> list[StoredPeriod]:
    """Hours as they are judged."""
    columns = (facts.point_id, facts.hour_us, facts.mean, facts.n, facts.n_valid, facts.covered_s, facts.valid)
    return [
        StoredPeriod(int(p), int(h), None if isnan(mean) else mean, int(n), int(m), covered, bool(valid))
        for p, h, mean, n, m, covered, valid in zip(*(column.tolist() for column in columns), strict=True)
    ]
