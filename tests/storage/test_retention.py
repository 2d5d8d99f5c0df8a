"""What is dropped, what is kept although it is old, and that facts and books do not notice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from parkwatch.balance import ledger_differences
from parkwatch.jobs.keep_levels import keep_levels_job, partitions_job
from storage.connect import Connection
from storage.day_facts import keep_calendar, make_point_days
from storage.engine import Engine, engine_of
from storage.partitions import list_days
from storage.retention import KeepLevels
from tests.storage.test_facts import NOW, SHANGHAI, Park

JULY = dt.datetime(2026, 7, 1, tzinfo=SHANGHAI)
LATER = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
KEEP = KeepLevels(readings=30, hours=30)


def minute_of(day: dt.date, hour: float) -> float:
    """As ``Park.send`` counts: from DAY, 5 October."""
    at = dt.datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + dt.timedelta(hours=hour)
    return (at - dt.datetime(2026, 10, 5, tzinfo=SHANGHAI)) / dt.timedelta(minutes=1)


@pytest.fixture
def park(connection: Connection) -> Park:
    """From July to September: a counter, two gauges; everything computed, nothing closed."""
    found = Park(connection)
    keep_calendar(connection, SHANGHAI)
    days = [JULY.date() + dt.timedelta(days=i) for i in range(92)]
    counter, gauge, other = (
        found.add_point(),
        found.add_point("V01", "gauge", role="stack"),
        found.add_point("T01", "gauge", role="stack"),
    )
    for point in (counter, gauge, other):
        rows = [(minute_of(day, hour), float(i * 24 + hour)) for i, day in enumerate(days) for hour in (1, 1.01, 9, 23)]
        found.send(point, rows)
    compute(found)
    return found


def compute(park: Park) -> None:
    park.drain()
    while make_point_days(park.connection, SHANGHAI, 1000):
        pass
    park.connection.execute("DELETE FROM dirty_days")


def close(park: Park, *months: int) -> None:
    for month in months:
        park.connection.execute(
            "INSERT INTO period_closings (month, closed_by, instruments, gaps) VALUES (%s, 'me', '[]', '[]')",
            [dt.date(2026, month, 1)],
        )


def point_of(park: Park, code: str) -> int:
    row = park.connection.execute("SELECT id FROM points WHERE code = %s", [code]).fetchone()
    assert row is not None
    return int(row[0])


def run(park: Park, keep: KeepLevels = KEEP) -> str:
    return keep_levels_job(keep).run(park.connection, SHANGHAI, LATER)


def run_all(park: Park, keep: KeepLevels = KEEP) -> list[str]:
    """Until nothing more is dropped; what was said."""
    said = [run(park, keep)]
    while "dropped" in said[-1]:
        said.append(run(park, keep))
    return said


def rows(park: Park, table: str) -> list[tuple[Any, ...]]:
    return park.connection.execute(f"SELECT xmin::text, t::text FROM {table} t ORDER BY 2".encode()).fetchall()  # noqa: S608


def local_days(park: Park, point: int | None = None) -> list[dt.date]:
    found = park.connection.execute(
        "SELECT DISTINCT (ts AT TIME ZONE 'UTC')::date FROM readings WHERE coalesce(point_id = %s, true) ORDER BY 1",
        [point],
    )
    return [day for (day,) in found]


def test_without_a_setting_nothing_is_dropped(park: Park) -> None:
    close(park, 7, 8, 9)
    before = rows(park, "readings")
    assert run(park, KeepLevels()) == ""
    assert rows(park, "readings") == before


def test_a_month_that_is_not_closed_is_kept_and_all_after_it(park: Park) -> None:
    assert run_all(park) == ["readings are kept from 2026-06-30: 2026-07 is not closed"]
    close(park, 7, 9)
    said = run_all(park)
    assert said[0].startswith("342 readings of 29 days dropped, the last 2026-07-28")
    assert said[-1] == "readings are kept from 2026-07-31: 2026-08 is not closed"
    assert local_days(park)[0] == dt.date(2026, 7, 29), "two days of margin"


def test_facts_and_books_stay_as_they_were(park: Park) -> None:
    close(park, 7, 8)
    before = [rows(park, table) for table in ("hourly_facts", "daily_facts", "monthly_facts", "meter_steps")]
    assert all(before)
    assert ledger_differences(park.connection) == []
    run_all(park, KeepLevels(readings=30))
    assert list_days(park.connection)[0] == dt.date(2026, 8, 29)
    assert ledger_differences(park.connection) == []
    park.connection.execute("INSERT INTO dirty_hours (point_id, hour) SELECT point_id, hour FROM hourly_facts")
    compute(park)
    assert [rows(park, table) for table in ("hourly_facts", "daily_facts", "monthly_facts", "meter_steps")] == before


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "INSERT INTO restatements (month, state, days, changed_rows) VALUES ('2026-07-01', 'pending', '{}', 1)",
            "a restatement of 2026-07 is open",
        ),
        ("INSERT INTO dirty_hours (point_id, hour) VALUES (1, '2026-07-03T00:00Z')", "hours wait to be computed"),
        ("INSERT INTO dirty_days (enterprise_id, day) VALUES (1, '2026-07-03')", "accounts of a day wait"),
    ],
)
def test_what_waits_keeps_its_readings(park: Park, statement: str, reason: str) -> None:
    close(park, 7, 8)
    park.connection.execute(statement.encode())
    run_all(park)
    row = park.connection.execute("SELECT reason FROM retention_lines WHERE level = 'readings'").fetchone()
    assert row == (reason,)
    assert local_days(park)[0] <= dt.date(2026, 7, 1)


def test_what_an_alert_rests_on_is_kept(park: Park) -> None:
    close(park, 7, 8)
    insert = (
        'INSERT INTO alerts (rule, kind, point_id, state, severity, statistic, value, "limit", unit, clause, verified,'
        " opened_at, resolved_at, last_at, rule_body)"
        " SELECT %s, %s, id, %s, 'x', 'mean_1h', 1, 1, 'u', '', true, %s, %s, %s, '{}'"
        " FROM points WHERE code = 'V01'"
    )
    opened = dt.datetime(2026, 7, 10, 3, tzinfo=dt.UTC)
    ended = opened + dt.timedelta(hours=2)
    park.connection.execute(insert, ["r1", "exceedance", "resolved", opened, ended, ended])
    gone = opened + dt.timedelta(days=10)
    park.connection.execute(insert, ["r2", "exceedance", "withdrawn", gone, gone, gone])
    warned = opened + dt.timedelta(days=20)
    park.connection.execute(insert, ["r3", "warning", "resolved", warned, warned, warned])
    points: dict[str, int] = dict(park.connection.execute("SELECT code, id FROM points").fetchall())
    run_all(park)
    around = [dt.date(2026, 7, day) for day in (9, 10, 11)]
    warning = [dt.date(2026, 7, day) for day in (29, 30, 31)]
    kept = {
        code: [day for day in local_days(park, point) if day < dt.date(2026, 8, 28)] for code, point in points.items()
    }
    assert kept == {"E01": [], "V01": around + warning, "T01": around}
    assert ledger_differences(park.connection) == []
    hours = park.connection.execute(
        "SELECT p.code, count(*) FROM hourly_facts f JOIN points p ON p.id = f.point_id"
        " WHERE hour < '2026-07-25Z' GROUP BY 1"
    ).fetchall()
    assert dict(hours) == {"E01": 73, "V01": 6}, "accounts and alerts keep their hours"


def test_a_reading_for_a_dropped_day_is_stored_and_changes_no_fact(park: Park) -> None:
    close(park, 7, 8)
    run_all(park, KeepLevels(readings=30))
    before = rows(park, "hourly_facts")
    late = minute_of(dt.date(2026, 7, 5), 2)
    park.send(point_of(park, "E01"), [(late, 5.0)])  # the writer knows the partition that is gone
    compute(park)
    assert rows(park, "hourly_facts") == before
    assert local_days(park)[0] == dt.date(2026, 7, 4)
    assert run_all(park, KeepLevels(readings=30))[-1].startswith("readings are kept from 2026-08-31")
    assert local_days(park)[0] == dt.date(2026, 7, 4)
    assert ledger_differences(park.connection) == []


def test_days_go_after_their_hours_and_months_stay(park: Park) -> None:
    close(park, 7, 8)
    keep = KeepLevels(30, 30, 30)
    run_all(park, keep)
    first = park.connection.execute("SELECT min(day) FROM daily_facts").fetchone()
    assert first == (dt.date(2026, 8, 30),)
    assert len(rows(park, "monthly_facts")) == 9
    gauges = park.connection.execute(
        "SELECT min(hour) FROM hourly_facts WHERE point_id <> %s", [point_of(park, "E01")]
    ).fetchone()
    assert gauges is not None
    assert gauges[0] >= dt.datetime(2026, 8, 29, tzinfo=dt.UTC)


def test_a_day_somebody_writes_to_is_dropped_later(park: Park, database_url: str) -> None:
    from contextlib import closing

    from storage.connect import open_connection

    close(park, 7, 8)
    with closing(open_connection(database_url)) as other, other.transaction():
        other.execute("UPDATE readings SET flag = 'N' WHERE ts < '2026-07-02'")
        assert run(park, KeepLevels(readings=30)).startswith("a day is being written to, trying again later")
    assert "dropped" in run(park, KeepLevels(readings=30))


def test_partitions_are_made_ahead(connection: Connection) -> None:
    job, partitioned = partitions_job(), engine_of(connection) is not Engine.TIMESCALEDB
    assert job.run(connection, SHANGHAI, NOW) == ("4 partitions made" if partitioned else "")
    assert job.run(connection, SHANGHAI, NOW) == ""
    ahead = [NOW.date() + dt.timedelta(days=i) for i in range(4)]
    assert list_days(connection) == (ahead if partitioned else [])  # TimescaleDB makes chunks as they are needed
