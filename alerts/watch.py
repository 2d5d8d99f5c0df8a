"""Points that fall silent: rules on missing data, and the *no data* mark of open alerts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from alerts.evidence import evidence_of
from alerts.plan import Plan, Watch
from alerts.reconcile import Change
from alerts.record import Recorder, state_row
from alerts.select import Track
from alerts.silent_scopes import SilentScopesJudge
from alerts.silent_tracks import WILL_SETTLES
from alerts.state import Episode, from_detail
from schemas.alerts import StoredAlert, StoredState
from schemas.rules import Statistic
from storage.alerts import (
    STREAMING_LOCK,
    announce,
    find_alerts,
    find_states,
    list_open_tracks,
    list_readings_from,
    lock_watched,
    mark_no_data,
    newest_readings,
    set_states,
    stale_points,
)
from storage.connect import Connection

_SILENT_INTERVALS = 3
_SILENT_AT_LEAST_S = 300.0


def is_silence(track: Track) -> bool:
    """Whether a track is about data that are missing."""
    return track.statistic is Statistic.MISSING


class SilenceJudge:
    """Judges silence by the clock. A point that was never heard is not missing: it has not begun."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._silence = Watch(is_silence)
        self._scopes = SilentScopesJudge(timezone)
        self._streaming = Watch(lambda track: track.statistic is Statistic.READING)

    def watch_missing(self, connection: Connection, now: dt.datetime) -> int:
        """Open and resolve alerts of missing data, and mark open alerts of silent points; how many changed.

        Opens its own transaction.
        """
        with connection.transaction():
            silence, streaming = self._silence.plan(connection), self._streaming.plan(connection)
            enterprises = silence.enterprises(silence.by_point) | streaming.enterprises(streaming.by_point)
            lock_watched(connection, STREAMING_LOCK, enterprises)
            changed = self._scopes.judge(connection, now)
            changed += _Look(connection, silence, now, self._timezone).judge()
            changed += _mark_silent(connection, streaming, now)
            if changed:
                announce(connection)
            return changed


def _mark_silent(connection: Connection, plan: Plan, now: dt.datetime) -> int:
    """Mark tracks that are open on a point from which nothing comes; their alerts stay as they are."""
    keys = [(rule, point_id) for rule, point_id, _ in list_open_tracks(connection) if (rule, point_id) in plan.by_key]
    points = sorted({point_id for _, point_id in keys})
    newest, stale = newest_readings(connection, points), stale_points(connection, points, now - WILL_SETTLES)
    silent = [
        key
        for key in keys
        if key[1] in stale
        or _us(now) - newest.get(key[1], 0)
        > 1e6 * max(_SILENT_AT_LEAST_S, _SILENT_INTERVALS * plan.by_key[key].point.interval_s)
    ]
    return mark_no_data(connection, silent, now) if silent else 0


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the points that rules on missing data watch."""

    connection: Connection
    plan: Plan
    now: dt.datetime
    timezone: ZoneInfo

    def judge(self) -> int:
        keys = sorted(self.plan.by_key)
        states = find_states(self.connection, keys)
        newest = newest_readings(self.connection, sorted(self.plan.by_point))
        stale = stale_points(self.connection, sorted(self.plan.by_point), self.now - WILL_SETTLES)
        found = [
            (self.plan.by_key[key], episode, newest[key[1]])
            for key in keys
            if key[1] in newest
            and (episode := self._look(self.plan.by_key[key], states.get(key), newest[key[1]], stale.get(key[1])))
        ]
        if not found:
            return 0
        stored = find_alerts(self.connection, {track.key: episode.opened_us for track, episode, _ in found})
        recorder = Recorder(self.connection, self.now, self.timezone)
        for track, episode, _ in found:
            mine = stored[track.key]
            recorder.add(track, [Change(_same(mine, episode), episode)], mine, partial(evidence_of, track))
        ids = recorder.write()
        standing = [(track, None if episode.resolved_us is not None else episode, us) for track, episode, us in found]
        set_states(self.connection, [state_row(track, now, us, ids[track.key]) for track, now, us in standing])
        return len(found)

    def _look(self, track: Track, state: StoredState | None, newest_us: int, stale_us: int | None) -> Episode | None:
        """The episode of a track that began or ended; None where it stands as it stood.

        Args:
            stale_us: since when the sender of the point is known to be gone, by its last will.
        """
        episode = from_detail(state.detail) if state else None
        if episode is not None and newest_us > episode.last_us:
            return self._ended(track, episode)
        opened_us = newest_us + track.terms.hold_us
        if stale_us is not None:
            opened_us = min(opened_us, max(stale_us, newest_us))
        if episode is not None or opened_us > _us(self.now) or opened_us < (track.limits.valid_from_us or 0):
            return None
        silent_s = (_us(self.now) - newest_us) / 1e6
        return Episode(opened_us, silent_s, _us(self.now), newest_us, fired_us=opened_us)

    def _ended(self, track: Track, episode: Episode) -> Episode:
        """The end of a silence: the first reading at or after its opening; ``last_us`` was the last one before it."""
        found = list_readings_from(self.connection, {track.point.id: episode.opened_us}, 1)
        if not found:  # the gap was filled with older readings only
            return replace(episode, resolved_us=episode.opened_us)
        resolved_us = found[0].ts_us
        return replace(
            episode, peak=(resolved_us - episode.last_us) / 1e6, peak_us=resolved_us, resolved_us=resolved_us
        )


def _same(stored: list[StoredAlert], episode: Episode) -> StoredAlert | None:
    return next((alert for alert in stored if alert.opened_us == episode.opened_us), None)


def _us(at: dt.datetime) -> int:
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
