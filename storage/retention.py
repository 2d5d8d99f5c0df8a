"""What is no longer kept, level by level, and never what something still needs.

A *line* is drawn where the settings and all who need readings allow it; facts of hours before it stand for good. Days of
readings go once they lie ``MARGIN`` behind the line, so that the hours after it are still computed from whole neighbours.

| needed by | kept |
|---|---|
| a month that is not closed, or is being restated | its readings, and all that are younger |
| hours and accounts that wait to be computed | the same |
| an alert, open or ended, unless withdrawn | readings and hours of its point from a day before to a day after; for an exceedance also of the enterprise's other gauges |
| accounts, which may be made again at any time | hours of every electricity, fuel and heat point |
| the books | how many readings were dropped, by enterprise and day |

A reading that arrives for a dropped day is stored and stays; it changes no fact.
"""  # noqa: E501  a table

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from storage.connect import Connection
from storage.facts import ACCOUNTED_ROLES
from storage.partitions import drop_days_through, hold_day, list_days
from storage.queries import execute, fetch_value, query

MARGIN = dt.timedelta(days=2)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeepLevels:
    """Days that each level is kept; None is for ever. No level is kept shorter than a finer one."""

    readings: int | None = None
    hours: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """``at``: facts before it stand for good. ``reason``: what keeps it from being later."""

    at: dt.datetime
    reason: str


def draw_readings_line(connection: Connection, keep_days: int, now: dt.datetime, zone: ZoneInfo) -> Line | None:
    """Draw the line of readings; None where there is nothing before it. It only moves forward."""
    days = list_days(connection)
    if not days:
        return None
    months = _months(connection, days, zone)
    needs = {"wanted": now - dt.timedelta(days=keep_days), "months": months, "timezone": zone.key}
    row = connection.execute(query("find_readings_line"), needs).fetchone()
    return None if row is None else _draw(connection, "readings", Line(*row))


def droppable_days(connection: Connection, line: Line) -> list[dt.date]:
    """Days of readings that lie far enough behind a line, ascending."""
    return [day for day in list_days(connection) if _start(day) + _DAY + MARGIN <= line.at]


def drop_day(connection: Connection, day: dt.date) -> int:
    """Drop a day's readings but for what alerts rest on, in one transaction; how many.

    All days before it must have been dropped. Nobody else waits but who writes to this very day.

    Raises:
        OperationalError: somebody is writing to it at this moment; try again later.
    """
    span = {"start": _start(day), "end": _start(day) + _DAY}
    execute(connection, "stage_evidence")
    with connection.transaction():
        hold_day(connection, day)
        connection.execute("TRUNCATE evidence_readings")
        execute(connection, "copy_evidence", **span)
        dropped: int = fetch_value(connection, "note_dropped_readings", day=day, **span)
        drop_days_through(connection, day)
        execute(connection, "note_dropped_before", level="readings", at=span["end"])
        execute(connection, "restore_evidence")
    return dropped


def drop_hours(connection: Connection, keep_days: int, now: dt.datetime, most: int) -> int:
    """Delete hours before their line, ``most`` days of them at once; how many. They never go before their readings."""
    readings = fetch_value(connection, "find_retention_line", level="readings")
    if readings is None:
        return 0
    line = _draw(connection, "hours", _earlier(now - dt.timedelta(days=keep_days), readings - MARGIN))
    first = fetch_value(connection, "find_undropped_hour")
    if first is None or first >= line.at:
        return 0
    until = min(line.at, first + most * _DAY)
    accounted = sorted(role.value for role in ACCOUNTED_ROLES)
    with connection.transaction():
        deleted = execute(connection, "delete_settled_hours", **{"from": first, "to": until, "accounted": accounted})
        execute(connection, "note_dropped_before", level="hours", at=until)
    return deleted


def drop_days(connection: Connection, keep_days: int, now: dt.datetime, zone: ZoneInfo) -> int:
    """Delete facts of days before their line; how many. They never go before their hours."""
    hours = fetch_value(connection, "find_retention_line", level="hours")
    if hours is None:
        return 0
    line = _draw(connection, "days", _earlier(now - dt.timedelta(days=keep_days), hours))
    return execute(connection, "delete_settled_days", before=line.at.astimezone(zone).date())


def _months(connection: Connection, days: list[dt.date], zone: ZoneInfo) -> list[dt.date]:
    """First days of the local months that days of readings touch; the oldest day counts from its first reading."""
    begin = _start(days[0])
    first = fetch_value(connection, "find_first_instant", **{"from": begin, "to": begin + _DAY})
    instants = [first or begin, *(_start(day) + _DAY for day in days), *(_start(day) for day in days[1:])]
    return sorted({instant.astimezone(zone).date().replace(day=1) for instant in instants})


def _draw(connection: Connection, level: str, line: Line) -> Line:
    return Line(fetch_value(connection, "draw_line", level=level, at=line.at, reason=line.reason), line.reason)


def _earlier(wanted: dt.datetime, finer: dt.datetime) -> Line:
    return Line(wanted, "kept so long by the setting") if wanted <= finer else Line(finer, "the finer level is kept")


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
