"""Gateways and enterprises that fall silent, judged by the clock from what ingest heard of them.

One that never spoke for a point has not begun. One whose points are all retired, or spoken for by another gateway, is
not expected any more: its alert is withdrawn.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.reconcile import Change
from alerts.record import Recorder
from alerts.silent_tracks import SilentTrack, silent_tracks
from alerts.state import Episode, as_detail, from_detail
from schemas.alerts import TrackState
from schemas.gateways import SilenceAlert
from schemas.rule_bodies import parse_rule
from schemas.rules import Rule, Watched
from schemas.scopes import ScopeState
from storage import silent_scopes as stored
from storage.connect import Connection
from storage.rules import list_rules, watch_version


class SilentScopesJudge:
    """Keeps the rules until they change."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._version: tuple[int | None, ...] | None = None
        self._rules: list[Rule] = []

    def judge(self, connection: Connection, now: dt.datetime) -> int:
        """Open and resolve alerts, inside the caller's transaction; how many changed."""
        version = watch_version(connection)
        if version != self._version:
            rules = list_rules(connection)
            self._rules = [rule for rule in rules if rule.enabled and rule.of is not Watched.POINT]
            self._version = version
        stored.lock_silences(connection)
        tracks = silent_tracks(self._rules, stored.list_heard(connection)) if self._rules else []
        return _Look(connection, now, self._timezone).judge(tracks)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at all gateways and enterprises that rules watch."""

    connection: Connection
    now: dt.datetime
    timezone: ZoneInfo

    def judge(self, tracks: list[SilentTrack]) -> int:
        states = stored.states(self.connection)
        found = [
            (track, episode)
            for track in tracks
            if (episode := track.look(_episode_of(states.get(track.key)), _us(self.now))) is not None
        ]
        known = {track.key for track in tracks}
        left = [state for key, state in states.items() if key not in known and _episode_of(state) is not None]
        if not found and not left:
            return 0
        alerts = stored.list_alerts(self.connection, min([e.opened_us for _, e in found], default=_us(self.now)))
        recorder = Recorder(self.connection, self.now, self.timezone)
        for track, episode in found:
            mine = [a.alert for a in alerts if (a.alert.rule, a.scope) == track.key]
            same = next((alert for alert in mine if alert.opened_us == episode.opened_us), None)
            recorder.add(track, [Change(same, episode)], mine, track.evidence)
        self._withdraw(recorder, [a for a in alerts if a.alert.open and (a.alert.rule, a.scope) not in known])
        ids = recorder.write()
        rows = [_state(track, episode, ids[track.key].get(episode.opened_us)) for track, episode in found]
        stored.set_states(self.connection, [*rows, *(_ended(state, _us(self.now)) for state in left)])
        return len(found) + len(left)

    def _withdraw(self, recorder: Recorder, alerts: list[SilenceAlert]) -> None:
        for orphan in alerts:
            track = SilentTrack(parse_rule(orphan.rule_body), orphan.scope, ())
            recorder.add(track, [Change(orphan.alert, None)], [orphan.alert], track.evidence)


def _episode_of(state: ScopeState | None) -> Episode | None:
    return from_detail(state.detail) if state is not None else None


def _state(track: SilentTrack, episode: Episode, alert_id: int | None) -> ScopeState:
    if episode.resolved_us is not None:
        at_us = episode.resolved_us
        return ScopeState(track.code, track.scope, "", TrackState.INACTIVE, at_us, at_us, None, {})
    detail = as_detail(episode)
    return ScopeState(track.code, track.scope, "", episode.state, episode.since_us, episode.last_us, alert_id, detail)


def _ended(state: ScopeState, now_us: int) -> ScopeState:
    return ScopeState(state.rule, state.scope, "", TrackState.INACTIVE, now_us, now_us, None, {})


def _us(at: dt.datetime) -> int:
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
