"""The schedule: every job runs, failures are recorded and harm nobody, one leader at a time."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest

from parkwatch.schedule import Job, run_schedule
from storage.connect import Connection

ZONE = ZoneInfo("Asia/Shanghai")


@contextmanager
def scheduler(database_url: str, jobs: list[Job]) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=run_schedule, args=(database_url, ZONE, jobs, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def counting(name: str, times: list[str]) -> Job:
    def run(_connection: Connection, _timezone: ZoneInfo, _now: dt.datetime) -> str:
        times.append(name)
        return "counted"

    return Job(name, 0.1, run)


def outcomes(connection: Connection) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT job, outcome FROM job_runs").fetchall())


def test_a_failing_job_is_recorded_and_stops_no_other(
    database_url: str, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(connection: Connection, _timezone: ZoneInfo, _now: dt.datetime) -> str:
        with connection.transaction():
            connection.execute("SELECT 1 / 0")
        return ""

    times: list[str] = []
    with scheduler(database_url, [Job("fail", 0.1, fail), counting("count", times)]):
        wait_until(lambda: len(times) > 3)
        wait_until(lambda: outcomes(connection) >= {("fail", "failed"), ("count", "done")})
    rows = connection.execute("SELECT detail FROM job_runs WHERE job = 'fail'").fetchall()
    assert "division by zero" in rows[0][0]
    assert "job fail failed" in caplog.text
    assert connection.execute("SELECT part, well FROM heartbeats").fetchall() == [("schedule", True)]


def test_one_leads_and_the_other_takes_over(database_url: str) -> None:
    times: list[str] = []
    with scheduler(database_url, [counting("first", times)]) as stop_first:
        wait_until(lambda: "first" in times)
        with scheduler(database_url, [counting("second", times)]):
            seen = len(times)
            wait_until(lambda: len(times) > seen + 5)
            assert "second" not in times
            stop_first.set()
            wait_until(lambda: "second" in times)


def test_a_lost_lead_is_taken_again(database_url: str, connection: Connection) -> None:
    times: list[str] = []
    with scheduler(database_url, [counting("count", times)]):
        wait_until(lambda: bool(times))
        [leader] = leaders(connection)
        connection.execute("SELECT pg_terminate_backend(%s)", [leader])
        wait_until(lambda: bool(leaders(connection) - {leader}))
        seen = len(times)
        wait_until(lambda: len(times) > seen + 3)


def leaders(connection: Connection) -> set[int]:
    """Sessions of this database that hold an advisory lock."""
    rows = connection.execute(
        "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    ).fetchall()
    return {row[0] for row in rows}
