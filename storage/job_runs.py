"""What the scheduled jobs did and when."""

from __future__ import annotations

import datetime as dt

from storage.connect import Connection
from storage.queries import execute


def record_run(
    connection: Connection, job: str, started_at: dt.datetime, finished_at: dt.datetime, *, done: bool, detail: str
) -> None:
    """Keep one run of a job."""
    execute(
        connection,
        "insert_job_run",
        job=job,
        started_at=started_at,
        finished_at=finished_at,
        outcome="done" if done else "failed",
        detail=detail,
    )


def forget_runs(connection: Connection, before: dt.datetime) -> int:
    """Delete the records of runs that ended before a moment; how many."""
    return execute(connection, "delete_job_runs", before=before)
