"""Refused messages and receipts are forgotten in time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from parkwatch.schedule import Job
from storage.connect import Connection
from storage.rejected import forget


@dataclass(frozen=True, slots=True)
class Keep:
    """Days that refused messages, with their bytes, and receipts are kept."""

    rejected_days: int = 180
    receipts_days: int = 30


def forget_job(keep: Keep) -> Job:
    """The job that deletes what is older."""

    def run(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        rejected, receipts = forget(
            connection, now - dt.timedelta(days=keep.rejected_days), now - dt.timedelta(days=keep.receipts_days)
        )
        if not rejected and not receipts:
            return ""
        return f"{rejected} refused messages and {receipts} receipts forgotten"

    return Job("forget_refused", 3_600.0, run)
