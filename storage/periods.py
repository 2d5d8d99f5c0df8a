"""Closed months: what they were closed on, and the restatements that wait or were applied.

A closed month's accounts are never changed by late data. The job makes them again in a transaction that it undoes,
and keeps the difference as a restatement for a person to decide (docs/explanation/numbers.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from psycopg.types.json import Jsonb

from schemas.accounts import GapStep, MonthBounds, OwnedInstrument
from schemas.errors import Conflict, InvalidInput
from storage import accounts
from storage.access import acting_as_all
from storage.connect import Connection
from storage.facts import mark_readings_dirty
from storage.queries import execute, execute_many, fetch_dicts, fetch_value

Figures = Mapping[tuple[str, str, str, str], dict[str, Any]]
"""Figures by subject, scope, grain and rule."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed month and what it was closed on."""

    month: dt.date
    instruments: list[OwnedInstrument]
    gaps: list[GapStep]


@dataclass(frozen=True, slots=True)
class OpenRestatement:
    """A difference that waits for a person, or, where one has asked for it, for the job."""

    id: int
    requested: bool
    days: list[dt.date]


def lock_period(connection: Connection, month: dt.date) -> None:
    """Be the only one that settles, closes or restates a month of its year until the transaction ends."""
    fetch_value(connection, "lock_period", month=month)


def list_closings(connection: Connection, from_month: dt.date, to_month: dt.date) -> dict[dt.date, Closing]:
    """The closed months in ``[from, to)``."""
    rows = fetch_dicts(connection, "list_closings", from_month=from_month, to_month=to_month)
    return {row["month"]: _closing(**row) for row in rows}


def list_periods(connection: Connection, timezone: str) -> list[dict[str, Any]]:
    """All months that have accounts, newest first."""
    with acting_as_all(connection):
        named = {"timezone": timezone, "month": None, "before": None, "limit": None}
        return fetch_dicts(connection, "list_visible_periods", **named)


def close_period(connection: Connection, bounds: MonthBounds, actor: str, comment: str, now: dt.datetime) -> None:
    """Close a month: from now on its accounts change only by a restatement.

    Raises:
        Conflict: it is not over, has no accounts, is closed already, or waits to be computed.
    """
    name = f"{bounds.month:%Y-%m}"
    if now < bounds.ends_at:
        raise Conflict(f"{name} is not over: a month is closed after its last day")
    with connection.transaction():
        lock_period(connection, bounds.month)
        if list_closings(connection, bounds.month, bounds.next_month):
            raise Conflict(f"{name} is closed already; a change of it is a restatement")
        if not fetch_value(connection, "find_month_balance", starts_at=bounds.starts_at):
            raise Conflict(f"{name} has no accounts: there is nothing to close")
        _refuse_unsettled(connection, bounds, name)
        execute(
            connection,
            "insert_closing",
            month=bounds.month,
            closed_by=actor,
            comment=comment,
            **_basis(connection, bounds),
        )


def request_restatement(connection: Connection, month: dt.date, reason: str, actor: str) -> int:
    """Have the waiting restatement of a closed month applied; the schedule does it within seconds. Its number.

    Raises:
        InvalidInput: no reason.
        Conflict: the month is not closed, or nothing waits to be restated.
    """
    if not reason.strip():
        raise InvalidInput("say why the closed month changes", field="reason")
    with connection.transaction():
        if not list_closings(connection, month, month + dt.timedelta(days=1)):
            raise Conflict(f"{month:%Y-%m} is not closed: its accounts follow the data without a restatement")
        number: int | None = fetch_value(
            connection, "request_restatement", month=month, reason=reason.strip(), actor=actor
        )
        if number is None:
            raise Conflict(f"{month:%Y-%m} has no restatement that waits for a decision: it would come out as it is")
    return number


def mark_month(connection: Connection, month: dt.date, today: dt.date) -> int:
    """Have the accounts of a month made again; how many days."""
    return execute(connection, "mark_month_dirty", month=month, today=today)


def mark_scope_hours(connection: Connection, scope: str, bounds: MonthBounds) -> int:
    """Have all hours of a month of the points of a scope computed again; how many."""
    points = [row["id"] for row in fetch_dicts(connection, "list_scope_points", scope=scope)]
    return mark_readings_dirty(connection, points, bounds.starts_at, bounds.ends_at)


def read_figures(connection: Connection, bounds: MonthBounds) -> Figures:
    """The figures of a month and of its year as they stand."""
    rows = fetch_dicts(
        connection, "select_month_figures", month_starts=bounds.starts_at, year_starts=bounds.year_starts_at
    )
    return {(row["subject"], row["scope"], row["grain"], row["rule"]): row["figures"] for row in rows}


def find_restatement(connection: Connection, month: dt.date) -> OpenRestatement | None:
    """The restatement of a month that is not applied yet."""
    rows = fetch_dicts(connection, "find_open_restatement", month=month)
    return OpenRestatement(rows[0]["id"], rows[0]["state"] == "requested", rows[0]["days"]) if rows else None


def keep_difference(
    connection: Connection, month: dt.date, days: list[dt.date], changed_rows: int, old: Figures, new: Figures
) -> None:
    """Keep what a closed month would be now; nothing where it would come out as it is.

    Args:
        days: all that have changed since it was closed.
    """
    if not changed_rows:
        execute(connection, "delete_open_restatement", month=month)
        return
    number: int = fetch_value(connection, "put_open_restatement", month=month, days=days, changed_rows=changed_rows)
    _put_lines(connection, number, old, new)


def apply_restatement(
    connection: Connection, number: int, bounds: MonthBounds, changed_rows: int, old: Figures, new: Figures
) -> None:
    """Write down that a restatement was applied, with the figures before and after."""
    _put_lines(connection, number, old, new)
    execute(connection, "apply_restatement", id=number, changed_rows=changed_rows)
    execute(connection, "renew_closing", month=bounds.month, **_basis(connection, bounds))


def frozen_instruments(live: Sequence[OwnedInstrument], closings: Mapping[dt.date, Closing]) -> list[OwnedInstrument]:
    """Instruments with those of closed months as they were when these were closed; each counts once, there first."""
    frozen = [item for closing in closings.values() for item in closing.instruments]
    taken = {name for item in frozen for name in (item.id, *item.serials)}
    kept = [item for item in live if item.month not in closings and taken.isdisjoint((item.id, *item.serials))]
    return sorted([*kept, *frozen], key=lambda i: i.id)


def frozen_gaps(
    live: Sequence[GapStep], closings: Mapping[dt.date, Closing], spans: Mapping[dt.date, MonthBounds]
) -> list[GapStep]:
    """Gaps with those that lie in closed months only as they were when these were closed."""

    def inside(gap: GapStep) -> bool:
        """Whether every month that the gap touches is closed."""
        touched = [spans[month] for month in closings if _touches(gap, spans[month])]
        parts = [min(gap.to_ts, span.ends_at) - max(gap.from_ts, span.starts_at) for span in touched]
        return sum(parts, dt.timedelta()) == gap.to_ts - gap.from_ts

    frozen = {(g.point_id, g.from_ts): g for c in closings.values() for g in c.gaps if inside(g)}
    kept = [gap for gap in live if not inside(gap)]
    return sorted([*kept, *frozen.values()], key=lambda g: (g.point_id, g.from_ts))


def _touches(gap: GapStep, span: MonthBounds) -> bool:
    return gap.from_ts < span.ends_at and gap.to_ts > span.starts_at


def _refuse_unsettled(connection: Connection, bounds: MonthBounds, name: str) -> None:
    days = {"from_day": bounds.month, "to_day": bounds.next_month}
    waiting = fetch_value(connection, "count_unsettled_marks", from_ts=bounds.starts_at, to_ts=bounds.ends_at, **days)
    if waiting:
        raise Conflict(f"{waiting} hours or days of {name} wait to be computed; try again in some seconds")


def _basis(connection: Connection, bounds: MonthBounds) -> dict[str, Jsonb]:
    """What a month rests on that is not in its balances."""
    instruments = accounts.list_instruments(connection, bounds.month, bounds.next_month)
    gaps = accounts.list_gap_steps(connection, bounds.starts_at, bounds.ends_at)
    return {
        "instruments": Jsonb([{name: _plain(v) for name, v in asdict(item).items()} for item in instruments]),
        "gaps": Jsonb([{name: _plain(v) for name, v in asdict(gap).items()} for gap in gaps]),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _closing(month: dt.date, instruments: list[dict[str, Any]], gaps: list[dict[str, Any]]) -> Closing:
    return Closing(month, [_instrument(**row) for row in instruments], [_gap(**row) for row in gaps])


def _instrument(vintage: str | None, month: str, serials: list[str], **plain: Any) -> OwnedInstrument:
    generated = None if vintage is None else dt.date.fromisoformat(vintage)
    return OwnedInstrument(vintage=generated, month=dt.date.fromisoformat(month), serials=tuple(serials), **plain)


def _gap(from_ts: str, to_ts: str, **plain: Any) -> GapStep:
    return GapStep(from_ts=dt.datetime.fromisoformat(from_ts), to_ts=dt.datetime.fromisoformat(to_ts), **plain)


def _put_lines(connection: Connection, number: int, old: Figures, new: Figures) -> None:
    execute(connection, "delete_restatement_lines", id=number)
    lines = []
    for key in sorted(new):
        before, after = old.get(key, {}), new[key]
        differing = sorted(name for name in after if before.get(name) != after[name])
        if differing:
            parts = {
                "old": Jsonb({n: before.get(n) for n in differing}),
                "new": Jsonb({n: after[n] for n in differing}),
            }
            names = ("subject", "scope", "grain", "rule")
            lines.append({"restatement_id": number, **dict(zip(names, key, strict=True)), **parts})
    execute_many(connection, "insert_restatement_line", lines)
