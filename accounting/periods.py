"""Local days, months and years as instants, and which of them is the shortest that contains an interval."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from zoneinfo import ZoneInfo

from schemas.accounts import MonthBounds
from schemas.errors import InvalidInput


class Grain(IntEnum):
    """Lengths of a period, in order; ``NEVER`` is longer than all."""

    HOUR = 0
    DAY = 1
    MONTH = 2
    YEAR = 3
    NEVER = 4

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Period:
    """``[starts_at, ends_at)``, aware."""

    grain: Grain
    starts_at: dt.datetime
    ends_at: dt.datetime


def zone_of(timezone: str) -> ZoneInfo:
    """The zone of a name.

    Raises:
        InvalidInput: unknown, or its days do not begin on a full UTC hour.
    """
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(f"{timezone!r} is no time zone; a name such as Asia/Shanghai is meant") from error
    offset = dt.datetime(2026, 1, 1, tzinfo=zone).utcoffset()
    if offset is None or offset % dt.timedelta(hours=1):
        raise InvalidInput(f"{timezone} is not offset by whole hours; hourly facts cannot be cut into its days")
    return zone


def start_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Local midnight that begins a day, in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(dt.UTC)


def day_of(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return instant.astimezone(zone).date()


def day_period(day: dt.date, zone: ZoneInfo) -> Period:
    return Period(Grain.DAY, start_of(day, zone), start_of(day + dt.timedelta(days=1), zone))


def month_period(day: dt.date, zone: ZoneInfo) -> Period:
    first = day.replace(day=1)
    return Period(Grain.MONTH, start_of(first, zone), start_of(next_month(first), zone))


def year_period(day: dt.date, zone: ZoneInfo) -> Period:
    first = dt.date(day.year, 1, 1)
    return Period(Grain.YEAR, start_of(first, zone), start_of(dt.date(day.year + 1, 1, 1), zone))


def next_month(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


def bounds_of(month: dt.date, zone: ZoneInfo) -> MonthBounds:
    """A month, named by its first day, as days and instants."""
    period = month_period(month, zone)
    return MonthBounds(month, next_month(month), period.starts_at, period.ends_at, year_period(month, zone).starts_at)


def container(from_ts: dt.datetime, to_ts: dt.datetime, zone: ZoneInfo) -> Grain:
    """The shortest of day, month and year that contains an interval; an end at midnight closes the day before."""
    day = day_of(from_ts, zone)
    for period in (day_period(day, zone), month_period(day, zone), year_period(day, zone)):
        if to_ts <= period.ends_at:
            return period.grain
    return Grain.NEVER
