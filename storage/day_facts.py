"""Facts of local days and months, made from hourly facts wherever these have changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from schemas.errors import Conflict
from storage.connect import Connection
from storage.queries import execute, fetch_value, query

POINT_LOCK = 727_591  # first key of the advisory lock on a point whose days are being made
_CALENDAR_LOCK = 7_275_900_003

Span = tuple[int, dt.datetime, dt.datetime]
"""A point and ``[start, end)``."""


def mark_point_days(connection: Connection, spans: Sequence[Span], timezone: str) -> None:
    """The local days that these spans touch are to be made again."""
    if spans:
        columns = {
            "point_ids": [point for point, _, _ in spans],
            "firsts": [first for _, first, _ in spans],
            "lasts": [last for _, _, last in spans],
        }
        execute(connection, "mark_point_days", **columns, timezone=timezone)


def make_point_days(connection: Connection, zone: ZoneInfo, limit: int) -> int:
    """Make the facts of at most ``limit`` marked days and of their months, in one transaction; how many days.

    Any number of workers may do so at once: each point is made by one of them at a time. The same hours give the same
    rows, not even a new version of one.
    """
    with connection.transaction():
        claim = {"marks": limit, "lock": POINT_LOCK, "timezone": zone.key}
        days = connection.execute(query("claim_point_days"), claim).fetchall()
        if days:
            _make(connection, days, zone)
    return len(days)


def keep_calendar(connection: Connection, zone: ZoneInfo) -> bool:
    """Have the facts of days be those of this zone; whether all of them are to be made, again or for the first time.

    Raises:
        Conflict: another zone was set, and hours that its days would need are no longer kept.
    """
    if fetch_value(connection, "find_fact_calendar") == zone.key:
        return False
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_CALENDAR_LOCK])
        before = fetch_value(connection, "find_fact_calendar")
        if before == zone.key:
            return False
        if before is not None and fetch_value(connection, "find_retention_line", level="hours") is not None:
            raise Conflict(
                f"facts of days are those of {before} and hours of old days are no longer kept: "
                f"they cannot become days of {zone.key}; set PARKWATCH_TIMEZONE back"
            )
        execute(connection, "set_fact_calendar", timezone=zone.key)
        execute(connection, "delete_calendar_facts")
        execute(connection, "mark_all_point_days", timezone=zone.key)
    return True


def _make(connection: Connection, days: Sequence[tuple[int, dt.date]], zone: ZoneInfo) -> None:
    columns = {"point_ids": [point for point, _ in days], "days": [day for _, day in days], "timezone": zone.key}
    fetch_value(connection, "put_daily_facts", **columns)
    months = sorted({(point, day.replace(day=1)) for point, day in days})
    columns = {"point_ids": [p for p, _ in months], "months": [month for _, month in months], "timezone": zone.key}
    fetch_value(connection, "put_monthly_facts", **columns)
