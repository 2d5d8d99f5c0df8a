"""Partitions ahead of their readings, and the end of what is kept of readings, hours and days."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from parkwatch.schedule import Job
from storage.connect import Connection, OperationalError
from storage.partitions import ensure_days
from storage.retention import KeepLevels, draw_readings_line, drop_day, drop_days, drop_hours, droppable_days

AHEAD_DAYS = 3  # today and what a weekend without this job needs
_DAYS_AT_ONCE = 30


def partitions_job() -> Job:
    """The job that makes partitions before anybody writes to them; a writer that finds none makes it itself."""

    def run(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        made = ensure_days(connection, now.astimezone(dt.UTC).date(), AHEAD_DAYS + 1)
        return f"{made} partitions made" if made else ""

    return Job("make_partitions", 3_600.0, run)


def keep_levels_job(keep: KeepLevels) -> Job:
    """The job that drops what is older than the settings say and nothing needs."""

    def run(connection: Connection, timezone: ZoneInfo, now: dt.datetime) -> str:
        said = []
        if keep.readings is not None:
            said.append(_drop_readings(connection, keep.readings, timezone, now))
        if keep.hours is not None and (hours := drop_hours(connection, keep.hours, now, _DAYS_AT_ONCE)):
            said.append(f"{hours} hours dropped")
        if keep.days is not None and (days := drop_days(connection, keep.days, now, timezone)):
            said.append(f"{days} days dropped")
        return ", ".join(filter(None, said))

    return Job("keep_levels", 3_600.0, run)


def _drop_readings(connection: Connection, keep_days: int, zone: ZoneInfo, now: dt.datetime) -> str:
    line = draw_readings_line(connection, keep_days, now, zone)
    if line is None:
        return ""
    days = droppable_days(connection, line)[:_DAYS_AT_ONCE]
    try:
        dropped = sum(drop_day(connection, day) for day in days)
    except OperationalError as error:
        return f"a day is being written to, trying again later: {error}".strip()
    if not days:
        return (
            f"readings are kept from {line.at:%Y-%m-%d}: {line.reason}"
            if line.at < now - dt.timedelta(keep_days)
            else ""
        )
    return f"{dropped} readings of {len(days)} days dropped, the last {days[-1]}"
