"""Every job of the schedule."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from alerts.arrivals import FactsJudge
from alerts.scopes import ScopeJudge
from parkwatch.jobs.columnstore import columnstore_job
from parkwatch.jobs.compute_accounts import compute
from parkwatch.jobs.drain_hours import drain_job
from parkwatch.jobs.forget_refused import Keep, forget_job
from parkwatch.jobs.keep_levels import keep_levels_job, partitions_job
from parkwatch.jobs.make_days import make_days_job
from parkwatch.jobs.seal_evidence import seal_job
from parkwatch.jobs.watch_alerts import channels_of, watch_jobs
from parkwatch.schedule import Job
from parkwatch.settings import Settings
from storage.connect import Connection
from storage.retention import KeepLevels


def all_jobs(settings: Settings) -> list[Job]:
    """The jobs in the order in which they matter."""
    timezone = ZoneInfo(settings.timezone)
    return [
        drain_job(FactsJudge(timezone)),
        make_days_job(),
        _accounts_job(ScopeJudge(timezone)),
        *watch_jobs(timezone, channels_of(settings.webhooks, settings.apprise)),
        seal_job(),
        forget_job(Keep(settings.keep_rejected_days, settings.keep_receipts_days)),
        partitions_job(),
        keep_levels_job(KeepLevels(settings.keep_readings_days, settings.keep_hours_days, settings.keep_days_days)),
        columnstore_job(settings.compress_after_days),
    ]


def _accounts_job(judge: ScopeJudge) -> Job:
    def run(connection: Connection, timezone: ZoneInfo, now: dt.datetime) -> str:
        days = compute(connection, now, timezone.key, judge)
        return f"{days} days computed" if days else ""

    return Job("compute_accounts", 10.0, run)
