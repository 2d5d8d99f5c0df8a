"""Notices, groups, messages, silences and the policy in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from schemas.notifications import Policy, Silence, parse_matchers, parse_policy
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts, fetch_value

MOST_MEMBERS = 20_000  # of one look at a group
_LOCK = 7_275_915


@dataclass(frozen=True, slots=True)
class TakenNotice:
    """A notice with the labels of its alert."""

    alert_id: int
    state: str
    channels: list[str]
    event_at: dt.datetime
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """What goes out together on a channel."""

    channel: str
    key: str
    labels: dict[str, str]
    sent_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class GroupMember:
    """An alert in a group, with the newest thing that was said of it."""

    alert_id: int
    state: str
    labels: dict[str, str]
    pending: bool
    told_state: str | None
    told_at: dt.datetime | None
    held: str | None
    acknowledged: bool
    explained: bool
    opened_lately: int
    told: dict[str, Any]


WaitingGroup = tuple[str, str, dict[str, str], dt.datetime, dt.datetime]


def lock_dispatch(connection: Connection) -> bool:
    """Group alone until the transaction ends; False where somebody else does."""
    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK]).fetchone()
    return bool(row and row[0])


def read_policy(connection: Connection) -> Policy:
    body = fetch_value(connection, "find_notification_policy")
    return parse_policy(body) if body is not None else Policy()


def replace_policy(connection: Connection, body: dict[str, Any]) -> bool:
    """Make the stored policy the registry's; whether it changed. None stored is an empty one."""
    if not body and fetch_value(connection, "find_notification_policy") is None:
        return False
    return execute(connection, "put_notification_policy", body=Jsonb(body)) > 0


def take_notices(connection: Connection, limit: int) -> list[TakenNotice]:
    return fetch(connection, TakenNotice, "take_notices", limit=limit)


def sent_at_of(connection: Connection, channels: Sequence[str], keys: Sequence[str]) -> dict[tuple[str, str], Any]:
    rows = fetch_dicts(connection, "find_notification_groups", channels=list(channels), keys=list(keys))
    return {(row["channel"], row["key"]): row for row in rows}


def put_groups(connection: Connection, rows: Sequence[WaitingGroup]) -> None:
    """Groups (channel, key, labels, waiting since, due); one that is due sooner stays so."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    channels, keys, labels, first, due = columns
    execute(
        connection,
        "put_notification_groups",
        channels=channels,
        keys=keys,
        labels=[Jsonb(label) for label in labels],
        first=first,
        due=due,
    )


def put_pending(connection: Connection, rows: Sequence[tuple[str, int, str]]) -> None:
    """Alerts (channel, alert, group key) with something to tell."""
    channels, ids, keys = (list(column) for column in zip(*rows, strict=True))
    execute(connection, "put_pending_notifications", channels=channels, alert_ids=ids, keys=keys)


def is_group_due(connection: Connection, now: dt.datetime) -> bool:
    return bool(fetch_value(connection, "find_due_group", now=now))


def list_due_groups(connection: Connection, now: dt.datetime, full: Sequence[str]) -> list[Group]:
    """The groups of a round; those of ``full`` channels, which can tell nothing, are few and come last."""
    return fetch(connection, Group, "list_due_groups", now=now, full=list(full))


def list_members(connection: Connection, group: Group, lately: dt.datetime) -> list[GroupMember]:
    """The alerts of a group that may be told of: pending ones, and firing ones that were told."""
    place = {"channel": group.channel, "key": group.key}
    return fetch(connection, GroupMember, "list_group_members", **place, lately=lately, limit=MOST_MEMBERS)


def mark_told(connection: Connection, channel: str, ids: list[int], states: list[str], now: dt.datetime) -> None:
    execute(connection, "mark_told", channel=channel, alert_ids=ids, states=states, now=now)


def mark_held(
    connection: Connection, channel: str, ids: list[int], reasons: list[str | None], pending: list[bool]
) -> None:
    execute(connection, "mark_held", channel=channel, alert_ids=ids, reasons=reasons, pending=pending)


def close_group(connection: Connection, group: Group, due_at: dt.datetime | None, sent_at: dt.datetime | None) -> None:
    execute(
        connection, "close_notification_group", channel=group.channel, key=group.key, due_at=due_at, sent_at=sent_at
    )


def put_message(
    connection: Connection,
    channel: str,
    dedupe_key: str,
    payload: dict[str, Any],
    alerts: Sequence[tuple[int, str]],
    now: dt.datetime,
) -> None:
    """A message on a channel that tells of alerts, each in its state; once for a dedupe key."""
    execute(
        connection,
        "put_message",
        channel=channel,
        dedupe_key=dedupe_key,
        payload=Jsonb(payload),
        now=now,
        alert_ids=[alert_id for alert_id, _ in alerts],
        states=[state for _, state in alerts],
    )


def count_waiting(connection: Connection) -> dict[str, int]:
    """Messages on each channel that are not delivered and not given up."""
    return {row["channel"]: row["waiting"] for row in fetch_dicts(connection, "count_outbox_waiting")}


def list_silences(connection: Connection, now: dt.datetime) -> list[Silence]:
    """The silences in force."""
    return [
        Silence(row["id"], parse_matchers(row["matchers"]), row["from_ts"], row["to_ts"])
        for row in fetch_dicts(connection, "list_silences_in_force", now=now)
    ]


def list_unacknowledged(connection: Connection, step: int, since: dt.datetime, limit: int) -> list[TakenNotice]:
    """Firing alerts that nobody acknowledged, made before a time, which this step was not taken for."""
    return fetch(connection, TakenNotice, "list_unacknowledged", step=step, since=since, limit=limit)


def note_escalations(connection: Connection, step: int, alert_ids: list[int], now: dt.datetime) -> None:
    execute(connection, "note_escalations", step=step, alert_ids=alert_ids, now=now)
