"""Changes into the database: the alert, its history, and what is to be told, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from alerts.evidence import Samples, evidence_of
from alerts.notify.texts import payload
from alerts.reconcile import Change
from alerts.select import Track
from alerts.state import Episode, as_detail
from schemas.alerts import AlertState, StoredAlert, StoredState, TrackState
from schemas.rules import rule_body
from storage.alerts import (
    insert_alert,
    instant,
    note_event,
    put_in_outbox,
    update_alert,
    withdraw_alert,
)
from storage.connect import Connection

_TOLD = (AlertState.FIRING, AlertState.RESOLVED, AlertState.WITHDRAWN)

Readings = Callable[[Episode], Samples]


def no_readings(_: Episode) -> Samples:
    """A statistic of readings carries its samples in the episode."""
    return ()


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes the changes of tracks; ``readings`` gives the readings behind an episode of a period."""

    connection: Connection
    now: dt.datetime
    timezone: ZoneInfo
    readings: Readings = no_readings

    def record(self, track: Track, changes: Sequence[Change], stored: Sequence[StoredAlert]) -> dict[int, int]:
        """Write changes; the ids of the track's alerts by their opening."""
        ids = {alert.opened_us: alert.id for alert in stored}
        for change in changes:
            alert_id = self._write(track, change)
            if change.episode is not None:
                ids[change.episode.opened_us] = alert_id
        return ids

    def _write(self, track: Track, change: Change) -> int:
        if change.episode is None:
            return self._withdraw(track, change)
        columns = self._columns(track, change, change.episode)
        if change.alert is None:
            alert_id = insert_alert(self.connection, **columns, **_particulars(track))
        else:
            alert_id = change.alert.id
            update_alert(self.connection, id=alert_id, **columns)
        self._tell(track, change, alert_id)
        return alert_id

    def _withdraw(self, track: Track, change: Change) -> int:
        if change.alert is None:
            raise ValueError("a change needs an alert or an episode")
        withdraw_alert(self.connection, change.alert.id)
        self._tell(track, change, change.alert.id)
        return change.alert.id

    def _columns(self, track: Track, change: Change, episode: Episode) -> dict[str, Any]:
        return {
            "state": change.state.value,
            "value": episode.peak * track.scale,
            "opened_at": instant(episode.opened_us),
            "resolved_at": None if episode.resolved_us is None else instant(episode.resolved_us),
            "last_at": instant(episode.last_us),
            "late": change.late,
            "evidence": evidence_of(track, episode, self.readings(episode)),
        }

    def _tell(self, track: Track, change: Change, alert_id: int) -> None:
        """History and outbox, where the state is another than the stored one."""
        alert, episode, state = change.alert, change.episode, change.state
        late = change.late or (alert is not None and alert.late)
        detail = {"late": True} if late else {}
        if alert is not None and alert.no_data and state != AlertState.WITHDRAWN:
            note_event(self.connection, alert_id, "data", self.now, {})
        if alert is not None and alert.state == state:
            return
        fresh = alert is None or alert.withdrawn
        if fresh and episode is not None and state is not AlertState.FIRING:
            note_event(self.connection, alert_id, AlertState.FIRING, instant(episode.fired_us or 0), detail)
        at = self.now if episode is None else instant(episode.since_us)
        note_event(self.connection, alert_id, state.value, at, detail)
        channels = ("mqtt", *track.rule.channels) if state in _TOLD else ("mqtt",)
        message = payload(track, alert_id, state, episode, late, self.timezone)
        put_in_outbox(self.connection, channels, alert_id, message, self.now)


def state_row(track: Track, episode: Episode | None, last_us: int, ids: dict[int, int]) -> StoredState:
    """The state of a track after its newest observation."""
    if episode is None:
        return StoredState(*track.key, TrackState.INACTIVE, last_us, last_us, None, {})
    alert_id = ids.get(episode.opened_us) if episode.fired_us is not None else None
    return StoredState(*track.key, episode.state, episode.since_us, last_us, alert_id, as_detail(episode))


def _particulars(track: Track) -> dict[str, Any]:
    return {
        "rule": track.code,
        "kind": track.kind.value,
        "point_id": track.point.id,
        "severity": track.severity.value,
        "statistic": track.statistic.value,
        "limit": track.rule.limit,
        "unit": track.unit,
        "clause": track.rule.clause,
        "verified": track.rule.verified,
        "rule_body": rule_body(track.rule),
    }
