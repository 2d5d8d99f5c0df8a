"""The watch's tables: states of tracks, alerts with their history, and what is still to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from schemas.alerts import StoredAlert, StoredState
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_value, query

TrackKey = tuple[str, int]  # rule code, point id

STREAMING_LOCK = 7_275_911  # first half of an advisory lock; the second is the enterprise


@dataclass(frozen=True, slots=True)
class StoredReading:
    point_id: int
    ts_us: int
    value: float
    flag: str


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox that was claimed for delivery."""

    id: int
    payload: dict[str, Any]
    attempts: int
    created_at: dt.datetime


def instant(ts_us: int) -> dt.datetime:
    """Microseconds since the epoch as an aware datetime, exactly."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts_us)


def lock_watched(connection: Connection, space: int, enterprise_ids: Iterable[int]) -> None:
    """Judge these enterprises alone until the transaction ends."""
    connection.execute(
        query("lock_watched"), {"space": space, "enterprise_ids": sorted(set(enterprise_ids))}
    ).fetchall()


def find_touched_tracks(
    connection: Connection, point_ids: list[int], first_us: list[int], last_us: list[int]
) -> set[TrackKey]:
    """The tracks of these points that are not inactive, or have an alert in the point's window."""
    parameters = {"point_ids": point_ids, "first": instant(min(first_us)), "last": instant(max(last_us))}
    rows = connection.execute(query("find_touched_tracks"), parameters).fetchall()
    window = dict(zip(point_ids, zip(first_us, last_us, strict=True), strict=True)) if rows else {}
    return {
        (rule, point_id)
        for rule, point_id, opened_us, resolved_us in rows
        if opened_us <= window[point_id][1] and (resolved_us is None or resolved_us >= window[point_id][0])
    }


def find_states(connection: Connection, keys: Sequence[TrackKey]) -> dict[TrackKey, StoredState]:
    rows = fetch(connection, StoredState, "find_alert_states", **_columns(keys))
    return {(row.rule, row.point_id): row for row in rows}


def find_alerts(connection: Connection, since_us: dict[TrackKey, int]) -> dict[TrackKey, list[StoredAlert]]:
    """For each track its alerts that had not ended before its stamp, in order of their opening."""
    keys = sorted(since_us)
    since = [instant(since_us[key]) for key in keys]
    found: dict[TrackKey, list[StoredAlert]] = {key: [] for key in keys}
    for row in fetch(connection, StoredAlert, "find_alerts_of_tracks", **_columns(keys), since=since):
        found[row.rule, row.point_id].append(row)
    return found


def list_readings_from(connection: Connection, since_us: dict[int, int], limit: int) -> list[StoredReading]:
    """Of each point the first ``limit`` readings from its stamp on."""
    points = sorted(since_us)
    since = [instant(since_us[point]) for point in points]
    return fetch(connection, StoredReading, "list_readings_from", point_ids=points, since=since, limit=limit)


def list_readings_around(connection: Connection, spans_us: dict[int, tuple[int, int]]) -> list[StoredReading]:
    """Of each point the readings in its span, both ends included, in order."""
    points = sorted(spans_us)
    firsts, lasts = ([spans_us[point][end] for point in points] for end in (0, 1))
    return fetch(
        connection,
        StoredReading,
        "list_readings_around",
        point_ids=points,
        firsts=[instant(ts) for ts in firsts],
        lasts=[instant(ts) for ts in lasts],
        first=instant(min(firsts)),
        last=instant(max(lasts)),
    )


def set_states(connection: Connection, states: Sequence[StoredState]) -> None:
    ordered = sorted(states, key=lambda state: (state.point_id, state.rule))
    execute(
        connection,
        "set_alert_states",
        rules=[s.rule for s in ordered],
        point_ids=[s.point_id for s in ordered],
        states=[s.state for s in ordered],
        since=[instant(s.since_us) for s in ordered],
        last=[instant(s.last_us) for s in ordered],
        alert_ids=[s.alert_id for s in ordered],
        details=[Jsonb(s.detail) for s in ordered],
    )


def insert_alert(connection: Connection, **columns: Any) -> int:
    """Store a new alert; its id. The columns are those of ``insert_alert.sql``."""
    return int(fetch_value(connection, "insert_alert", **_json(columns)))


def update_alert(connection: Connection, **columns: Any) -> None:
    execute(connection, "update_alert", **_json(columns))


def withdraw_alert(connection: Connection, alert_id: int) -> None:
    execute(connection, "withdraw_alert", id=alert_id)


def note_event(
    connection: Connection, alert_id: int, event: str, event_at: dt.datetime | None, detail: dict[str, Any]
) -> None:
    execute(connection, "note_alert_event", alert_id=alert_id, event=event, event_at=event_at, detail=Jsonb(detail))


def put_in_outbox(
    connection: Connection, channels: Sequence[str], alert_id: int, payload: dict[str, Any], now: dt.datetime
) -> None:
    execute(connection, "put_in_outbox", channels=list(channels), alert_id=alert_id, payload=Jsonb(payload), now=now)


def announce(connection: Connection) -> None:
    """Wake those who show live changes, when the transaction commits."""
    connection.execute("NOTIFY parkwatch_live")


def newest_readings(connection: Connection, point_ids: list[int]) -> dict[int, int]:
    """For each point that was ever heard the stamp of its newest reading, in microseconds."""
    return dict(connection.execute(query("find_newest_readings"), {"point_ids": point_ids}).fetchall())


def list_open_tracks(connection: Connection) -> list[tuple[str, int, int]]:
    """Tracks that are pending, firing or recovering: (rule, point, enterprise)."""
    return connection.execute(query("list_open_tracks")).fetchall()


def mark_no_data(connection: Connection, keys: Sequence[TrackKey], now: dt.datetime) -> int:
    """Mark tracks whose point is silent; how many alerts that marked."""
    return execute(connection, "mark_no_data", **_columns(keys), now=now)


def claim_messages(
    connection: Connection, channel: str, now: dt.datetime, leased_until: dt.datetime, limit: int
) -> list[Message]:
    """Take what is due on a channel, oldest first; nobody else gets it before ``leased_until``."""
    rows = fetch(connection, Message, "claim_outbox", channel=channel, now=now, leased_until=leased_until, limit=limit)
    return sorted(rows, key=lambda row: row.id)


def finish_messages(connection: Connection, ids: list[int], now: dt.datetime) -> None:
    execute(connection, "finish_outbox", ids=ids, now=now)


def postpone_messages(connection: Connection, ids: list[int], due_at: dt.datetime, error: str) -> None:
    execute(connection, "postpone_outbox", ids=ids, due_at=due_at, error=error[:1000])


def release_messages(connection: Connection, ids: list[int], due_at: dt.datetime) -> None:
    """Give back what was claimed but not tried."""
    execute(connection, "release_outbox", ids=ids, due_at=due_at)


def _columns(keys: Sequence[TrackKey]) -> dict[str, Any]:
    return {"rules": [rule for rule, _ in keys], "point_ids": [point for _, point in keys]}


def _json(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in columns.items()}
