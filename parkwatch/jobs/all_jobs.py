"""Every job of the schedule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from alerts.arrivals import FactsJudge
from alerts.notify.channels import Webhook
from parkwatch.jobs.compute_accounts import compute
from parkwatch.jobs.drain_hours import drain_job
from parkwatch.jobs.forget_refused import Keep, forget_job
from parkwatch.jobs.keep_levels import keep_levels_job, partitions_job
from parkwatch.jobs.make_days import make_days_job
from parkwatch.jobs.seal_evidence import seal_job
from parkwatch.jobs.watch_alerts import watch_jobs
from parkwatch.schedule import Job
from storage.connect import Connection
from storage.retention import KeepLevels


def all_jobs(timezone: ZoneInfo, webhooks: Mapping[str, str], keep: Keep, levels: KeepLevels) -> list[Job]:
    """The jobs in the order in which they matter.

    Args:
        webhooks: addresses by name.
        keep: how long refused messages and receipts are kept.
        levels: how long readings, hours and days are kept.
    """
    return [
        drain_job(FactsJudge(timezone)),
        make_days_job(),
        Job("compute_accounts", 10.0, _compute_accounts),
        *watch_jobs(timezone, {name: Webhook(url) for name, url in webhooks.items()}),
        seal_job(),
        forget_job(keep),
        partitions_job(),
        keep_levels_job(levels),
    ]


def _compute_accounts(connection: Connection, timezone: ZoneInfo, now: dt.datetime) -> str:
    days = compute(connection, now, timezone.key)
    return f"{days} days computed" if days else ""
