"""Averaging periods as rules see them: ten minutes from readings, hours and days from hourly facts."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from schemas.alerts import StoredPeriod
from storage.alerts import instant
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_value, query

HOUR_LOCK = 7_275_912  # first half of an advisory lock; the second is the enterprise
TEN_MINUTE_LOCK = 7_275_913
DAY_LOCK = 7_275_914

Sample = tuple[int, float, str]


def list_ten_minutes(
    connection: Connection, point_ids: list[int], first_us: int, until_us: int, _timezone: ZoneInfo
) -> list[StoredPeriod]:
    """Windows of ten minutes that start in [first, until), from the readings."""
    return _periods(connection, "list_ten_minutes_between", point_ids, first_us, until_us)


def list_hours(
    connection: Connection, point_ids: list[int], first_us: int, until_us: int, _timezone: ZoneInfo
) -> list[StoredPeriod]:
    """Hours that start in [first, until)."""
    return _periods(connection, "list_hours_between", point_ids, first_us, until_us)


def list_days(
    connection: Connection, point_ids: list[int], first_us: int, until_us: int, timezone: ZoneInfo
) -> list[StoredPeriod]:
    """Local days that start in [first, until), from their hours."""
    return _periods(connection, "list_days_between", point_ids, first_us, until_us, timezone=timezone.key)


def list_reading_samples(
    connection: Connection, point_id: int, first_us: int, until_us: int, limit: int
) -> list[Sample]:
    """Readings of [first, until) as (microseconds, value, flag)."""
    return _samples(connection, "list_reading_samples", point_id, first_us, until_us, limit)


def list_hour_samples(connection: Connection, point_id: int, first_us: int, until_us: int, limit: int) -> list[Sample]:
    """Hourly means of [first, until) as (microseconds of the hour's end, mean, V or I)."""
    return _samples(connection, "list_hour_samples", point_id, first_us, until_us, limit)


def judged_through(connection: Connection, statistic: str) -> int | None:
    """The start of the last period whose end was judged; None before the first."""
    through: int | None = fetch_value(connection, "find_judged_through", statistic=statistic)
    return through


def set_judged_through(connection: Connection, statistic: str, start_us: int) -> None:
    execute(connection, "set_judged_through", statistic=statistic, through=instant(start_us))


def first_fact_hour(connection: Connection) -> dt.datetime | None:
    first: dt.datetime | None = fetch_value(connection, "find_first_fact_hour")
    return first


def _periods(
    connection: Connection, name: str, point_ids: list[int], first_us: int, until_us: int, **more: str
) -> list[StoredPeriod]:
    span = {"first": instant(first_us), "until": instant(until_us)}
    return fetch(connection, StoredPeriod, name, point_ids=point_ids, **span, **more)


def _samples(
    connection: Connection, name: str, point_id: int, first_us: int, until_us: int, limit: int
) -> list[Sample]:
    span = {"first": instant(first_us), "until": instant(until_us)}
    return connection.execute(query(name), {"point_id": point_id, **span, "limit": limit}).fetchall()
