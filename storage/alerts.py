"""The watch's tables: states of tracks, alerts with their history, and what is still to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.alerts import StoredAlert, StoredState
from storage.arrays import array, documents, texts
from storage.connect import Connection
from storage.queries import execute, fetch, query

TrackKey = tuple[str, int]  # rule code, point id

STREAMING_LOCK = 7_275_911  # first half of an advisory lock; the second is the enterprise


@dataclass(frozen=True, slots=True)
class StoredReading:
    point_id: int
    ts_us: int
    value: float
    flag: str


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
    points = array("int4", np.array(point_ids, np.int32))
    parameters = {"point_ids": points, "first": instant(min(first_us)), "last": instant(max(last_us))}
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
        rules=texts([s.rule for s in ordered]),
        point_ids=[s.point_id for s in ordered],
        states=texts([s.state for s in ordered]),
        since=[instant(s.since_us) for s in ordered],
        last=[instant(s.last_us) for s in ordered],
        alert_ids=[s.alert_id for s in ordered],
        details=documents([s.detail for s in ordered]),
    )


def announce(connection: Connection) -> None:
    """Wake those who show live changes, when the transaction commits."""
    connection.execute("NOTIFY parkwatch_live")


def newest_readings(connection: Connection, point_ids: list[int]) -> dict[int, int]:
    """For each point that was ever heard the stamp of its newest reading, in microseconds."""
    return dict(connection.execute(query("find_newest_readings"), {"point_ids": point_ids}).fetchall())


def stale_points(connection: Connection, point_ids: list[int], settled: dt.datetime) -> dict[int, int]:
    """Since when the senders of these points are known to be gone, in microseconds; points of others are left out.

    Args:
        settled: a gateway's will counts if it came by then and nothing came since.
    """
    parameters = {"point_ids": point_ids, "settled": settled}
    return dict(connection.execute(query("find_stale_points"), parameters).fetchall())


def list_open_tracks(connection: Connection) -> list[tuple[str, int, int]]:
    """Tracks that are pending, firing or recovering: (rule, point, enterprise)."""
    return connection.execute(query("list_open_tracks")).fetchall()


def mark_no_data(connection: Connection, keys: Sequence[TrackKey], now: dt.datetime) -> int:
    """Mark tracks whose point is silent; how many alerts that marked."""
    return execute(connection, "mark_no_data", **_columns(keys), now=now)


def _columns(keys: Sequence[TrackKey]) -> dict[str, Any]:
    return {"rules": texts([rule for rule, _ in keys]), "point_ids": [point for _, point in keys]}
