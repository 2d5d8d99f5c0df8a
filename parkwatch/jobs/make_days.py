"""Marked days into facts of days and months: newest first, a batch a transaction."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from parkwatch.schedule import Job
from storage.connect import Connection
from storage.day_facts import keep_calendar, make_point_days

BATCH_DAYS = 2000
_TIME = dt.timedelta(seconds=20)  # then the schedule may stop it


def make_days_job() -> Job:
    """The job that makes what is marked. What it has not made yet is read from hours, so it need not hurry."""

    def run(connection: Connection, timezone: ZoneInfo, _now: dt.datetime) -> str:
        said = ["all days of the calendar are made again"] if keep_calendar(connection, timezone) else []
        days, until = 0, dt.datetime.now(dt.UTC) + _TIME
        while dt.datetime.now(dt.UTC) < until and (made := make_point_days(connection, timezone, BATCH_DAYS)):
            days += made
        if days:
            said.append(f"{days} days made")
        return ", ".join(said)

    return Job("make_days", 15.0, run)
