"""TimescaleDB turns old days into columns by a policy of its own; this job sets the policy and watches it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from parkwatch.schedule import Job
from schemas.errors import Unavailable
from storage.connect import Connection
from storage.engine import failing_policies, set_compression


def columnstore_job(after_days: int) -> Job:
    """The job that keeps the policy as it is set, and fails as long as a job of the engine's fails."""

    def run(connection: Connection, _timezone: ZoneInfo, _now: dt.datetime) -> str:
        changed = set_compression(connection, dt.timedelta(days=after_days))
        failing = failing_policies(connection)
        if failing:
            raise Unavailable("; ".join(failing))
        return f"days of readings turn into columns after {after_days} days" if changed else ""

    return Job("columnstore", 300.0, run)
