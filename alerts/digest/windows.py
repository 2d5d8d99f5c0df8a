"""Until when something of a day or month can still be put right. Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from accounting.periods import next_month, start_of


def month_window(month: dt.date, days: int, closed_at: dt.datetime | None, zone: ZoneInfo) -> dt.datetime:
    """The end of a month's correction window: so many local days after its last, or when it was closed before that."""
    ends = start_of(next_month(month) + dt.timedelta(days=days), zone)
    return ends if closed_at is None else min(ends, closed_at)


def newest_due(now: dt.datetime, at: dt.time, zone: ZoneInfo) -> dt.date:
    """The newest local day whose digest is due: yesterday from ``at`` on, before that the day before it."""
    local = now.astimezone(zone)
    return local.date() - dt.timedelta(days=1 if local.time() >= at else 2)


def due_since(day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), at, tzinfo=zone)
