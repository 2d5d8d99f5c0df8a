"""The means of hours against the rules on them: only hours that have ended, only valid ones.

Facts that change later are judged again in the transaction that changes them; hours that end without another reading
are judged by the clock. Whichever comes first, an hour's facts are read under the lock of its enterprise, so that
neither overlooks the other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isnan
from zoneinfo import ZoneInfo

import numpy as np

from alerts.evidence import Samples
from alerts.plan import Plan, Watch
from alerts.record import Recorder, state_row
from alerts.replay import replay, window_start
from alerts.select import Track
from alerts.state import Episode, Observation
from alerts.verdict import Verdict
from schemas.alerts import StoredAlert, StoredState, TrackState
from schemas.metering import HourlyFacts
from schemas.rules import Statistic
from storage.alerts import (
    PERIOD_LOCK,
    StoredHour,
    TrackKey,
    announce,
    find_alerts,
    find_states,
    find_touched_tracks,
    first_fact_hour,
    instant,
    judged_through,
    list_hours_between,
    list_hours_from,
    list_samples,
    lock_watched,
    mark_no_data,
    set_judged_through,
    set_states,
)
from storage.connect import Connection

HOUR = dt.timedelta(hours=1)
SETTLING = dt.timedelta(seconds=30)  # after its end an hour's last readings may still be on their way
HOUR_US = 3_600_000_000
_PAGE = 500
_AT_ONCE = 24  # hours that one call catches up
_SAMPLES = 120  # readings of the peak hour kept as evidence


def is_hourly(track: Track) -> bool:
    """Whether a track is judged on the means of hours."""
    return track.statistic is Statistic.MEAN_1H


class HourlyJudge:
    """Judges hourly means; keeps the plan of its tracks."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._watch = Watch(is_hourly)

    def judge(self, connection: Connection, facts: HourlyFacts, now: dt.datetime) -> None:
        """Judge facts that were written in this transaction; hours that have not ended wait for their end."""
        plan = self._watch.plan(connection)
        known = np.isin(facts.point_id, list(plan.by_point)) if plan.by_point else np.zeros(len(facts), np.bool_)
        ours = facts.take(known & (facts.hour_us + HOUR_US <= _us(now)))
        if not len(ours):
            return
        lock_watched(connection, PERIOD_LOCK, plan.enterprises(ours.point_id.tolist()))
        through = judged_through(connection)
        due_us = max(_last_ended_us(now), _us(through) if through else 0)
        due = _stored(ours.take(ours.hour_us <= due_us))
        if due:
            _Pass(connection, plan, now, self._timezone, due_us).judge(due)

    def judge_ended_hours(self, connection: Connection, now: dt.datetime) -> int:
        """Judge the hours that have ended since the last call; how many. Opens its own transaction.

        The states say then how each track stands after the newest of them: judged, *not judged* or *no data*.
        """
        with connection.transaction():
            plan = self._watch.plan(connection)
            lock_watched(connection, PERIOD_LOCK, plan.enterprises(plan.by_point))
            newest = instant(_last_ended_us(now))
            through = judged_through(connection)
            first = through + HOUR if through else min(first_fact_hour(connection) or newest, newest)
            last = min(newest, first + (_AT_ONCE - 1) * HOUR)
            if first > last:
                return 0
            facts = list_hours_between(connection, list(plan.by_point), first, last + HOUR)
            judging = _Pass(connection, plan, now, self._timezone, _us(last))
            judging.judge(facts)
            if last == newest:
                judging.stand([fact for fact in facts if fact.hour_us == _us(last)])
            set_judged_through(connection, last)
            return (last - first) // HOUR + 1


@dataclass(frozen=True, slots=True)
class _Pass:
    """One transaction's judging; hours after ``due_us`` (a start) are not looked at."""

    connection: Connection
    plan: Plan
    now: dt.datetime
    timezone: ZoneInfo
    due_us: int

    def judge(self, facts: list[StoredHour]) -> None:
        """Judge changed hours."""
        changed = self._changed(facts)
        if not changed:
            return
        keys = sorted(changed)
        states = find_states(self.connection, keys)
        alerts = find_alerts(self.connection, {key: min(changed[key]) - self._terms_back(key) for key in keys})
        starts = {key: window_start(min(changed[key]), alerts[key], self.plan.by_key[key].terms) for key in keys}
        rows = [self._replay(key, changed[key], starts[key], alerts[key], states.get(key)) for key in keys]
        set_states(self.connection, [row for row in rows if row])
        announce(self.connection)

    def stand(self, facts: list[StoredHour]) -> None:
        """Write how every track stands after the hour of these facts."""
        by_point = {fact.point_id: fact for fact in facts}
        states = find_states(self.connection, sorted(self.plan.by_key))
        end_us = self.due_us + HOUR_US
        rows = []
        for key, track in sorted(self.plan.by_key.items()):
            reason = track.refusal or _reason(by_point.get(track.point.id))
            row = _standing(track, states.get(key), reason, end_us)
            if row is not None and row != states.get(key):
                rows.append(row)
        silent = [(r.rule, r.point_id) for r in rows if r.state == TrackState.NO_DATA and r.alert_id is not None]
        mark_no_data(self.connection, silent, self.now)
        set_states(self.connection, rows)

    def _changed(self, facts: list[StoredHour]) -> dict[TrackKey, frozenset[int]]:
        """The ends of the changed hours of each track that they can change."""
        by_point: dict[int, list[StoredHour]] = defaultdict(list)
        for fact in facts:
            by_point[fact.point_id].append(fact)
        points = sorted(by_point)
        first = [min(f.hour_us for f in by_point[p]) + HOUR_US for p in points]
        last = [max(f.hour_us for f in by_point[p]) + HOUR_US for p in points]
        touched = find_touched_tracks(self.connection, points, first, last) if points else set()
        return {
            track.key: frozenset(fact.hour_us + HOUR_US for fact in by_point[point])
            for point in points
            for track in self.plan.by_point[point]
            if track.refusal is None and (track.key in touched or self._exceeds(track, by_point[point]))
        }

    def _exceeds(self, track: Track, facts: list[StoredHour]) -> bool:
        return any(self._observe(track, fact).verdict is Verdict.EXCEEDS for fact in facts)

    def _observe(self, track: Track, fact: StoredHour) -> Observation:
        return track.observe_mean(fact.hour_us + HOUR_US, fact.mean, fact.n, fact.valid, self.timezone)

    def _terms_back(self, key: TrackKey) -> int:
        return self.plan.by_key[key].terms.lookback_us

    def _replay(
        self,
        key: TrackKey,
        changed: frozenset[int],
        start_us: int,
        alerts: list[StoredAlert],
        state: StoredState | None,
    ) -> StoredState | None:
        track = self.plan.by_key[key]
        observations = (self._observe(track, fact) for fact in self._hours(track, start_us) if fact.mean is not None)
        found = replay(observations, changed, alerts, track.terms, start_us, track.scale)
        recorder = Recorder(self.connection, self.now, self.timezone, lambda e: self._samples(track, e))
        ids = recorder.record(track, found.changes, alerts)
        if not found.at_end or (found.episode is None and state is None):
            return None
        last_us = max(found.seen_us or 0, state.last_us if state else 0, max(changed))
        return state_row(track, found.episode, last_us, ids)

    def _hours(self, track: Track, start_us: int) -> Iterator[StoredHour]:
        until = instant(self.due_us + 1)
        since_us = start_us - HOUR_US
        while True:
            page = list_hours_from(self.connection, {track.point.id: since_us}, until, _PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            since_us = page[-1].hour_us + 1

    def _samples(self, track: Track, episode: Episode) -> Samples:
        return list_samples(self.connection, track.point.id, episode.peak_us - HOUR_US, episode.peak_us, _SAMPLES)


def _standing(track: Track, state: StoredState | None, reason: Verdict | None, end_us: int) -> StoredState | None:
    """The state row after an hour; an open episode stays in it, whatever the hour is."""
    if state is not None and state.last_us > end_us:
        return None
    detail = {name: value for name, value in (state.detail if state else {}).items() if name != "reason"}
    if reason is not None:
        word = TrackState.NO_DATA if reason is Verdict.NO_DATA else TrackState.NOT_JUDGED
        since_us = state.since_us if state is not None and state.state == word else end_us
        alert_id = state.alert_id if state else None
        return StoredState(*track.key, word, since_us, end_us, alert_id, detail | {"reason": reason.value})
    if state is not None and "opened_us" in state.detail:
        return None
    since_us = state.since_us if state is not None and state.state == TrackState.INACTIVE else end_us
    return StoredState(*track.key, TrackState.INACTIVE, since_us, end_us, None, {})


def _reason(fact: StoredHour | None) -> Verdict | None:
    """Why an hour is not judged; None where it is."""
    if fact is None or fact.n == 0:
        return Verdict.NO_DATA
    return None if fact.valid and fact.mean is not None else Verdict.INVALID_PERIOD


def _last_ended_us(now: dt.datetime) -> int:
    """The start of the newest hour that has ended and settled."""
    return _us(now - SETTLING) // HOUR_US * HOUR_US - HOUR_US


def _stored(facts: HourlyFacts) -> list[StoredHour]:
    columns: Iterable[list[float]] = (
        column.tolist()
        for column in (facts.point_id, facts.hour_us, facts.mean, facts.n, facts.n_valid, facts.covered_s, facts.valid)
    )
    return [
        StoredHour(int(p), int(h), None if isnan(mean) else mean, int(n), int(m), covered, bool(valid))
        for p, h, mean, n, m, covered, valid in zip(*columns, strict=True)
    ]


def _us(at: dt.datetime) -> int:
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
