"""What changes about alerts, many at once: the alerts, their history, and what is to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from storage.arrays import documents
from storage.connect import Connection
from storage.queries import execute, query

_CHANGING = ("state", "value", "opened_at", "resolved_at", "last_at", "late", "evidence")
_FIXED = (
    "rule",
    "kind",
    "point_id",
    "scope",
    "period",
    "severity",
    "statistic",
    "limit",
    "unit",
    "clause",
    "verified",
    "rule_body",
)
_DOCUMENTS = ("evidence", "rule_body")


Place = tuple[str, int | str, dt.datetime]
"""Rule, point (or a scope and its period, if it has one) and opening of an alert."""


class Event(NamedTuple):
    """A step in the history of an alert."""

    alert_id: int
    event: str
    event_at: dt.datetime | None
    detail: dict[str, Any]


class Notice(NamedTuple):
    """People are to be told that an alert is now in a state; ``event_at`` is when that came to be."""

    alert_id: int
    state: str
    channels: list[str]
    event_at: dt.datetime


def insert_alerts(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[Place, int]:
    """Store new alerts, the columns named as in the table; their ids."""
    if not rows:
        return {}
    found = connection.execute(query("insert_alerts"), _arrays(rows, (*_CHANGING, *_FIXED))).fetchall()
    return {(rule, place, opened_at): alert_id for alert_id, rule, place, opened_at in _placed(found)}


def _placed(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, str, int | str, dt.datetime]]:
    for alert_id, rule, point_id, scope, period, opened_at in rows:
        yield alert_id, rule, (f"{scope} {period}" if period else scope) if point_id is None else point_id, opened_at


def update_alerts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        execute(connection, "update_alerts", **_arrays(rows, (*_CHANGING, "id")))


def withdraw_alerts(connection: Connection, ids: list[int]) -> None:
    if ids:
        execute(connection, "withdraw_alerts", ids=ids)


def note_events(connection: Connection, events: Sequence[Event]) -> None:
    if events:
        columns = [list(column) for column in zip(*events, strict=True)]
        ids, names, at, details = columns
        execute(connection, "note_alert_events", alert_ids=ids, events=names, at=at, details=documents(details))


def put_in_outbox(
    connection: Connection, channel: str, messages: Sequence[tuple[int, dict[str, Any]]], now: dt.datetime
) -> None:
    """One message for each alert on a channel."""
    if messages:
        ids, payloads = zip(*messages, strict=True)
        told = {"alert_ids": list(ids), "payloads": documents(payloads)}
        execute(connection, "put_in_outbox", channel=channel, now=now, **told)


def put_notices(connection: Connection, notices: Sequence[Notice]) -> None:
    """Leave notices to whoever groups them; appended only, so no transaction waits for another."""
    if notices:
        execute(
            connection,
            "put_notices",
            alert_ids=[notice.alert_id for notice in notices],
            states=[notice.state for notice in notices],
            channels=[" ".join(notice.channels) for notice in notices],
            at=[notice.event_at for notice in notices],
        )


def _arrays(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    columns = {name: [row.get(name) for row in rows] for name in names}
    return columns | {name: documents(columns[name]) for name in _DOCUMENTS if name in columns}
