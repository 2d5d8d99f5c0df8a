"""The schedule: jobs at their intervals, run by one leader; a second scheduler waits and takes over."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from schemas.errors import Unavailable
from storage.connect import Connection, OperationalError, Pool, open_connection, open_pool
from storage.heartbeats import beat
from storage.job_runs import forget_runs, record_run
from storage.leadership import still_leads, try_to_lead

log = logging.getLogger(__name__)

THREADS = 4
LOOK_S = 2.0  # between looks at the lead; the heartbeat comes with each
KEEP_RUNS = dt.timedelta(days=30)
QUIET_RUN_S = 60.0  # a run that did nothing is recorded this often, as a sign of life


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its interval.

    Args:
        run: does the work on a connection, as of ``now``; what it did in words, empty for nothing.
        alone: it may wait long for somebody outside, so it has a thread and a connection of its own.
    """

    name: str
    every_s: float
    run: Callable[[Connection, ZoneInfo, dt.datetime], str]
    alone: bool = False


def run_schedule(database_url: str, timezone: ZoneInfo, jobs: Sequence[Job], stop: threading.Event) -> None:
    """Lead or wait to lead until ``stop`` is set; running jobs are finished first. A lost database is awaited."""
    while not stop.is_set():
        try:
            with closing(open_connection(database_url, application="parkwatch-schedule")) as lead:
                _wait_and_lead(lead, database_url, timezone, jobs, stop)
        except (OperationalError, Unavailable) as error:
            log.warning("the database is away, trying again: %s", error)
            stop.wait(LOOK_S)


def _wait_and_lead(
    lead: Connection, database_url: str, timezone: ZoneInfo, jobs: Sequence[Job], stop: threading.Event
) -> None:
    waiting = False
    while not try_to_lead(lead):
        if not waiting:
            log.info("another scheduler leads; waiting to take over")
            waiting = True
        if stop.wait(LOOK_S):
            return
    log.info("leading %d jobs", len(jobs))
    alone = sum(job.alone for job in jobs)
    with open_pool(database_url, size=THREADS + alone, application="parkwatch-schedule") as pool:
        _lead(lead, pool, timezone, jobs, stop)


def _lead(lead: Connection, pool: Pool, timezone: ZoneInfo, jobs: Sequence[Job], stop: threading.Event) -> None:
    scheduler = BackgroundScheduler(
        timezone=timezone,
        executors={
            "default": ThreadPoolExecutor(THREADS),
            **{job.name: ThreadPoolExecutor(1) for job in jobs if job.alone},
        },
        # an interval that was missed is made up for by one run, however late
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in (*jobs, Job("forget_job_runs", 86_400, _forget_runs)):
        runner = JobRunner(job, pool, timezone)
        scheduler.add_job(
            runner.run,
            "interval",
            seconds=job.every_s,
            id=job.name,
            executor=job.name if job.alone else "default",
            next_run_time=_now(),
        )
    scheduler.start()
    try:
        while still_leads(lead):
            beat(lead, "schedule", True, _now())
            if stop.wait(LOOK_S):
                return
        log.warning("the lead is lost with its connection")
    finally:
        scheduler.shutdown(wait=True)


class JobRunner:
    """Runs a job again and again: a failure is logged and recorded, and stops neither it nor the others."""

    def __init__(self, job: Job, pool: Pool, timezone: ZoneInfo) -> None:
        self._job, self._pool, self._timezone = job, pool, timezone
        self._recorded_at: dt.datetime | None = None

    def run(self) -> None:
        started_at = _now()
        try:
            with self._pool.connection() as connection:
                said = self._job.run(connection, self._timezone, started_at)
        except Exception as error:
            log.exception("job %s failed", self._job.name)
            self._record(started_at, done=False, detail=f"{type(error).__name__}: {error}"[:2000])
        else:
            if said or self._is_due(started_at):
                self._record(started_at, done=True, detail=said)

    def _is_due(self, now: dt.datetime) -> bool:
        return self._recorded_at is None or (now - self._recorded_at).total_seconds() >= QUIET_RUN_S

    def _record(self, started_at: dt.datetime, *, done: bool, detail: str) -> None:
        with suppress(OperationalError), self._pool.connection() as connection:
            record_run(connection, self._job.name, started_at, _now(), done=done, detail=detail)
            self._recorded_at = started_at


def _forget_runs(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
    forgotten = forget_runs(connection, now - KEEP_RUNS)
    return f"{forgotten} old runs forgotten" if forgotten else ""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
