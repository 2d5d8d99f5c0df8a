"""Marks: declared, accepted, refused, withdrawn; each change re-judges what it touches, in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from schemas.errors import Conflict, NotFound
from schemas.marks import MarkKind, MarkSpan, MarkState, WaitsFor, declared_in_time
from storage.arrays import array
from storage.connect import Connection
from storage.facts import mark_readings_dirty
from storage.queries import execute, fetch_dicts, fetch_value, query
from storage.readings import instant

_MARKS_LOCK = 7_275_921  # first half of the advisory lock under which an enterprise's marks are compared


@dataclass(frozen=True, slots=True)
class MarkTarget:
    """A whole outlet, or one point: exactly one of them."""

    enterprise_id: int
    outlet: str | None = None
    point_id: int | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody, or a device, declares of [from_ts, to_ts).

    Attributes:
        author: the person who answers for it.
        declared_by: the token that it came with.
        by_bureau: the environment bureau declares it, so that nobody's acceptance is needed.
    """

    target: MarkTarget
    kind: MarkKind
    from_ts: dt.datetime
    to_ts: dt.datetime
    reason: str
    author: str
    declared_by: str
    automatic: bool = False
    by_bureau: bool = False


@dataclass(frozen=True, slots=True)
class Remarked:
    """A stretch of a point whose marks have changed."""

    point_id: int
    enterprise_id: int
    from_ts: dt.datetime
    to_ts: dt.datetime


def declare_mark(connection: Connection, declared: Declaration, now: dt.datetime, zone: ZoneInfo) -> int:
    """Keep a mark; its id. It is in force at once unless it is late or overlaps: then it waits for acceptance."""
    target = declared.target
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_MARKS_LOCK, target.enterprise_id])
        waits_for = None if declared.by_bureau or declared.automatic else _waits_for(connection, declared, now, zone)
        state = MarkState.WAITING if waits_for else MarkState.IN_FORCE
        mark_id: int = fetch_value(
            connection,
            "put_mark",
            enterprise_id=target.enterprise_id,
            outlet=target.outlet,
            point_id=target.point_id,
            kind=declared.kind.value,
            from_ts=declared.from_ts,
            to_ts=declared.to_ts,
            reason=declared.reason,
            author=declared.author,
            declared_by=declared.declared_by,
            automatic=declared.automatic,
            state=state.value,
            waits_for=waits_for and waits_for.value,
        )
        _note(connection, mark_id, "declared", declared.declared_by, declared.reason)
        if state is MarkState.IN_FORCE:
            _judge_again(connection, mark_id, declared.from_ts, declared.to_ts)
    return mark_id


def accept_mark(connection: Connection, mark_id: int, actor: str, reason: str, now: dt.datetime) -> None:
    """Put a mark that waits in force.

    Raises:
        Conflict: it does not wait.
    """
    _change(connection, mark_id, MarkState.IN_FORCE, (MarkState.WAITING,), actor, reason, now)


def refuse_mark(connection: Connection, mark_id: int, actor: str, reason: str, now: dt.datetime) -> None:
    """Refuse a mark that waits, or end one that is in force: the bureau does not take it.

    Raises:
        Conflict: it was refused or withdrawn already.
    """
    _change(connection, mark_id, MarkState.REFUSED, (MarkState.WAITING, MarkState.IN_FORCE), actor, reason, now)


def withdraw_mark(connection: Connection, mark_id: int, actor: str, reason: str, now: dt.datetime) -> None:
    """Take a mark back; it stays on record.

    Raises:
        Conflict: it was refused or withdrawn already.
    """
    _change(connection, mark_id, MarkState.WITHDRAWN, (MarkState.WAITING, MarkState.IN_FORCE), actor, reason, now)


def list_mark_spans(connection: Connection, point_ids: Sequence[int], first_us: int, last_us: int) -> list[MarkSpan]:
    """The marks in force at points that hold any instant of [first_us, last_us]."""
    points = array("int4", np.array(point_ids, np.int32))
    bounds = {"first": instant(first_us), "last": instant(last_us)}
    rows = connection.execute(query("list_mark_spans"), {"point_ids": points, **bounds})
    return [MarkSpan(point, MarkKind(kind), start, end, by_device) for point, kind, start, end, by_device in rows]


def claim_remarked(connection: Connection, limit: int) -> list[Remarked]:
    """Take stretches whose marks have changed, inside the caller's transaction."""
    return [Remarked(**row) for row in fetch_dicts(connection, "claim_remarked", limit=limit)]


def _waits_for(connection: Connection, declared: Declaration, now: dt.datetime, zone: ZoneInfo) -> WaitsFor | None:
    if not declared_in_time(declared.from_ts, now, zone):
        return WaitsFor.LATE
    target = declared.target
    overlapping = fetch_dicts(
        connection,
        "find_overlapping_marks",
        enterprise_id=target.enterprise_id,
        outlet=target.outlet,
        point_id=target.point_id,
        from_ts=declared.from_ts,
        to_ts=declared.to_ts,
    )
    return WaitsFor.OVERLAP if overlapping else None


def _change(
    connection: Connection,
    mark_id: int,
    state: MarkState,
    allowed: tuple[MarkState, ...],
    actor: str,
    reason: str,
    now: dt.datetime,
) -> None:
    with connection.transaction():
        found: list[dict[str, Any]] = fetch_dicts(connection, "lock_mark", id=mark_id)
        if not found:
            raise NotFound(f"no mark {mark_id}")
        mark = found[0]
        if mark["state"] not in allowed:
            raise Conflict(f"mark {mark_id} is {mark['state']}: only {' or '.join(allowed)} can become {state.value}")
        execute(connection, "change_mark", id=mark_id, state=state.value, allowed=list(allowed), now=now)
        _note(connection, mark_id, state.value, actor, reason)
        if MarkState.IN_FORCE in (state, mark["state"]):
            _judge_again(connection, mark_id, mark["from_ts"], mark["to_ts"])


def _judge_again(connection: Connection, mark_id: int, from_ts: dt.datetime, to_ts: dt.datetime) -> None:
    points = [row["point_id"] for row in fetch_dicts(connection, "list_marked_points", id=mark_id)]
    mark_readings_dirty(connection, points, from_ts, to_ts)
    execute(connection, "add_remarked", point_ids=points, from_ts=from_ts, to_ts=to_ts)


def _note(connection: Connection, mark_id: int, event: str, actor: str, detail: str) -> None:
    execute(connection, "note_mark_event", mark_id=mark_id, event=event, actor=actor, detail=detail)
