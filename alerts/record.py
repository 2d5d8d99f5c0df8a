"""Changes into the database: alerts, their history, and what is to be told, set by set in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from alerts.notify.texts import payload
from alerts.reconcile import Change
from alerts.scope_tracks import ScopeTrack
from alerts.select import Track
from alerts.silent_tracks import SilentTrack
from alerts.state import Episode, as_detail
from schemas.alerts import AlertState, StoredAlert, StoredState, TrackState
from schemas.rule_bodies import rule_body
from storage import alert_changes as changed
from storage.alerts import TrackKey, instant
from storage.connect import Connection

TOLD = (AlertState.FIRING, AlertState.RESOLVED, AlertState.WITHDRAWN)

Subject = Track | ScopeTrack | SilentTrack
Evidence = Callable[[Episode], dict[str, Any]]
AlertIds = dict[int, int]  # by opening


@dataclass(frozen=True, slots=True)
class _Entry:
    """A change of a track; ``columns`` are None where the cause is gone."""

    track: Subject
    change: Change
    columns: dict[str, Any] | None

    @property
    def place(self) -> changed.Place:
        return (*self.track.key, self.columns["opened_at"] if self.columns else instant(0))

    def event_at(self, now: dt.datetime) -> dt.datetime:
        """When what is told came to be; a figure of accounts, when they are made."""
        if self.change.episode is None or (isinstance(self.track, ScopeTrack) and not self.change.late):
            return now
        return instant(self.change.episode.since_us)


@dataclass(slots=True)
class Recorder:
    """Collects the changes of tracks and writes them at once: a thousand openings cost a few statements."""

    connection: Connection
    now: dt.datetime
    timezone: ZoneInfo
    _entries: list[_Entry] = field(default_factory=list)
    _ids: dict[TrackKey | tuple[str, str], AlertIds] = field(default_factory=lambda: defaultdict(dict))

    def add(
        self,
        track: Subject,
        changes: Sequence[Change],
        stored: Sequence[StoredAlert],
        evidence: Evidence,
    ) -> None:
        """Take note of a track's changes.

        Args:
            stored: the track's alerts as they are in the database.
            evidence: what an episode rests on.
        """
        self._ids[track.key].update({alert.opened_us: alert.id for alert in stored})
        for change in changes:
            episode = change.episode
            columns = None if episode is None else self._columns(track, change, episode, evidence)
            self._entries.append(_Entry(track, change, columns))

    def write(self) -> dict[TrackKey | tuple[str, str], AlertIds]:
        """Write what was noted; of each track the ids of its alerts by their opening."""
        if self._entries:
            gone = [e.change.alert.id for e in self._entries if e.columns is None and e.change.alert]
            changed.withdraw_alerts(self.connection, gone)
            moved = [e.columns | {"id": e.change.alert.id} for e in self._entries if e.columns and e.change.alert]
            changed.update_alerts(self.connection, moved)
            fresh = [e for e in self._entries if e.columns and e.change.alert is None]
            made = changed.insert_alerts(self.connection, [_row(entry) for entry in fresh])
            self._tell([(self._id(entry, made), entry) for entry in self._entries])
        return self._ids

    def _id(self, entry: _Entry, made: dict[changed.Place, int]) -> int:
        alert, episode = entry.change.alert, entry.change.episode
        alert_id = made[entry.place] if alert is None else alert.id
        if episode is not None:
            self._ids[entry.track.key][episode.opened_us] = alert_id
        return alert_id

    def _columns(self, track: Subject, change: Change, episode: Episode, evidence: Evidence) -> dict[str, Any]:
        return {
            "state": change.state.value,
            "value": episode.peak * track.scale,
            "opened_at": instant(episode.opened_us),
            "resolved_at": None if episode.resolved_us is None else instant(episode.resolved_us),
            "last_at": instant(episode.last_us),
            "late": change.late,
            "evidence": evidence(episode),
        }

    def _tell(self, entries: list[tuple[int, _Entry]]) -> None:
        """History, outbox and notices, where the state is another than the stored one."""
        events: list[changed.Event] = []
        messages: list[tuple[int, dict[str, Any]]] = []
        notices: list[changed.Notice] = []
        for alert_id, entry in entries:
            events += _events(alert_id, entry.change, self.now)
            track, change = entry.track, entry.change
            if change.alert is not None and change.alert.state == change.state:
                continue
            messages.append((alert_id, _message(entry, alert_id, self.timezone)))
            if change.state in TOLD:
                at = entry.event_at(self.now)
                notices.append(changed.Notice(alert_id, change.state.value, list(track.rule.channels), at))
        changed.note_events(self.connection, events)
        changed.put_in_outbox(self.connection, "mqtt", messages, self.now)
        changed.put_notices(self.connection, notices)


class Standing(NamedTuple):
    """How a track stands after its newest observation, before its alerts have ids."""

    track: Track
    episode: Episode | None
    last_us: int


def state_row(track: Track, episode: Episode | None, last_us: int, ids: AlertIds) -> StoredState:
    """The state of a track after its newest observation."""
    if episode is None:
        return StoredState(*track.key, TrackState.INACTIVE, last_us, last_us, None, {})
    alert_id = ids.get(episode.opened_us) if episode.fired_us is not None else None
    return StoredState(*track.key, episode.state, episode.since_us, last_us, alert_id, as_detail(episode))


def _late(change: Change) -> bool:
    return change.late or (change.alert is not None and change.alert.late)


def _events(alert_id: int, change: Change, now: dt.datetime) -> list[changed.Event]:
    alert, episode, state = change.alert, change.episode, change.state
    detail = {"late": True} if _late(change) else {}
    events = []
    if alert is not None and alert.no_data and state != AlertState.WITHDRAWN:
        events.append(changed.Event(alert_id, "data", now, {}))
    if alert is not None and alert.state == state:
        return events
    fresh = alert is None or alert.withdrawn
    if fresh and episode is not None and state is not AlertState.FIRING:
        events.append(changed.Event(alert_id, AlertState.FIRING, instant(episode.fired_us or 0), detail))
    at = now if episode is None else instant(episode.since_us)
    return [*events, changed.Event(alert_id, state.value, at, detail)]


def _message(entry: _Entry, alert_id: int, timezone: ZoneInfo) -> dict[str, Any]:
    change, evidence = entry.change, entry.columns["evidence"] if entry.columns else {}
    return payload(entry.track, alert_id, change.state, change.episode, evidence, _late(change), timezone)


def _row(entry: _Entry) -> dict[str, Any]:
    track = entry.track
    particulars = {
        "rule": track.code,
        "kind": track.kind.value,
        "severity": track.severity.value,
        "statistic": track.statistic.value,
        "limit": track.rule.limit,
        "unit": track.unit,
        "clause": track.rule.clause,
        "verified": track.rule.verified,
        "rule_body": rule_body(track.rule),
    }
    return (entry.columns or {}) | particulars | track.stands_at
