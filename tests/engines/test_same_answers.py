"""Two engines, one answer: the same days, every table, every query file and every dashboard, compared row by row."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg.abc import Query

from storage.access import SEES_ALL
from storage.connect import Connection
from storage.engine import Engine, comparison_queries, engine_of
from storage.queries import query
from storage.readers import put_reader
from tests.dashboards.boards import queries
from tests.dashboards.macros import Window, expand, interpolate
from tests.engines.answers import (
    CARBON_RULE,
    GREEN_RULE,
    PACKED,
    READS,
    VOLATILE,
    answer,
    both,
    depends_on_the_moment,
    is_ordered,
    parameters_of,
    reads_views,
)
from tests.engines.conftest import Engines
from tests.engines.days import NOW, START


def test_they_are_two_engines(engines: Engines) -> None:
    assert [engine_of(connection) for connection in engines.values()] == list(engines)
    chunks = engines[Engine.TIMESCALEDB].execute("SELECT count(*) FROM show_chunks('readings')").fetchone()
    partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'readings'::regclass"
    counted = engines[Engine.POSTGRESQL].execute(partitions).fetchone()
    assert chunks is not None
    assert counted is not None
    assert chunks[0] == counted[0] - 1  # what is older than 2000 has a partition of its own


TABLES = [
    "readings", "reading_revisions", "latest_readings", "hourly_facts", "meter_steps", "energy_balances", "green_power",
    "emissions", "alerts", "alert_events", "alert_states", "scope_states", "judged_periods", "ledger", "ledger_reasons",
    "rejected_payloads", "rejected_readings", "receipts", "outbox", "points", "instruments", "dirty_hours",
    "dirty_days", "daily_facts", "monthly_facts", "marks", "mark_events", "outlet_logbook", "silences", "notices",
    "notification_groups", "notifications", "outbox_alerts", "instrument_hours", "grid_invoices",
    "told_digests",
]  # fmt: skip
EMPTY = {"dirty_hours", "dirty_days", "notices"}  # the jobs have done their work
TRAILS = ("alert_events", "mark_events")
"""Of which ``at`` tells when a row was written."""


@pytest.mark.parametrize("table", TABLES)
def test_every_table(engines: Engines, table: str) -> None:
    statement = cast("Query", f"SELECT * FROM {table}")  # noqa: S608
    volatile = VOLATILE | ({"at"} if table in TRAILS else set())
    volatile |= {"id"} if table == "outbox" else set()  # digests are told in no order
    rows = both(engines, lambda c: c.execute(statement), ordered=False, exact=True, volatile=volatile)
    assert bool(rows) == (table not in EMPTY)


@pytest.fixture(scope="module")
def rows_found() -> dict[str, bool]:
    """Query files that were compared, and whether they had anything to say."""
    return {}


@pytest.mark.parametrize("file", READS, ids=lambda file: file.stem)
def test_every_query(engines: Engines, file: Path, rows_found: dict[str, bool]) -> None:
    text = file.read_text(encoding="utf-8")
    volatile = VOLATILE | ({"at"} if any(trail in text for trail in TRAILS) else set())

    def run(connection: Connection) -> psycopg.Cursor[Any]:
        if reads_views(text):
            connection.execute(cast("Query", f"SET LOCAL ROLE {SEES_ALL}"))
        name = comparison_queries(connection)[0] if file.stem == "find_existing_readings" else file.stem
        return connection.execute(query(name), parameters_of(file))

    if depends_on_the_moment(text) or file.stem in PACKED:
        assert [len(answer(connection, run)) for connection in engines.values()]
        return
    rows_found[file.stem] = bool(both(engines, run, ordered=is_ordered(text), volatile=volatile))


def test_most_queries_found_rows(rows_found: dict[str, bool]) -> None:
    """Runs after the test above; alone it has nothing to say."""
    silent = [name for name, found in rows_found.items() if not found]
    assert len(silent) < 0.2 * len(rows_found) or not rows_found, silent


VARIABLES: dict[str, str | list[str]] = {
    "scope": "city", "green_rule": GREEN_RULE, "carbon_rule": CARBON_RULE, "enterprise": ["ENT01", "ENT08"],
    "quantity": "a24088",
}  # fmt: skip


@pytest.mark.parametrize("query", list(queries()), ids=lambda query: query.place)
@pytest.mark.parametrize("interval", ["5m", "1h"])
def test_every_dashboard(engines: Engines, query: Any, interval: str) -> None:
    sql = expand(interpolate(query.sql, VARIABLES), Window(START, NOW, interval))

    def run(connection: Connection) -> psycopg.Cursor[Any]:
        connection.execute(cast("Query", f"SET LOCAL ROLE {SEES_ALL}"))
        connection.execute("SET LOCAL search_path = visible")
        return connection.execute(cast("Query", sql))

    if not depends_on_the_moment(sql):
        both(engines, run, ordered=False)


@pytest.mark.parametrize("interval", ["5m", "1h", "6h"])
def test_time_bucket_of_grafana_groups_as_plain_sql_does(engines: Engines, interval: str) -> None:
    """With its TimescaleDB switch Grafana writes time_bucket: the groups must be those of the plain macro."""
    group = "$__timeGroupAlias(ts,'$__interval')"
    sql = f"SELECT {group}, count(*) FROM readings WHERE $__timeFilter(ts) GROUP BY 1 ORDER BY 1"  # noqa: S608
    plain, bucket = (expand(sql, Window(START, NOW, interval, timescaledb)) for timescaledb in (False, True))
    connection = engines[Engine.TIMESCALEDB]
    groups = connection.execute(cast("Query", bucket)).fetchall()
    assert [(at.timestamp(), n) for at, n in groups] == [
        (float(at), n) for at, n in connection.execute(cast("Query", plain))
    ]


def test_the_login_of_grafana_finds_what_its_switch_writes(engines: Engines) -> None:
    """time_bucket is in another schema than the views."""
    bucketed = [
        sql
        for query in queries()
        if "time_bucket(" in (sql := expand(interpolate(query.sql, VARIABLES), Window(START, NOW, "5m", True)))
    ]
    connection, name = engines[Engine.TIMESCALEDB], f"reader_{uuid.uuid4().hex[:8]}"
    with connection.transaction(force_rollback=True):
        put_reader(connection, name, uuid.uuid4().hex, enterprise=None)
        settings = "SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = %s"
        for (setting,) in connection.execute(settings, [name]).fetchall():
            connection.execute("SELECT set_config(%s, %s, true)", setting.split("=", 1))
        connection.execute(cast("Query", f"SET LOCAL ROLE {name}"))
        empty = [sql for sql in bucketed if not connection.execute(cast("Query", sql)).fetchall()]
    assert bucketed
    assert empty == []


def test_days_are_local_days(engines: Engines) -> None:
    """A day begins at 16:00 UTC on the day before, on both engines."""
    midnight = START.astimezone(dt.UTC)
    assert midnight.hour == 16
    statement = "SELECT starts_at FROM green_power WHERE scope = 'city' AND grain = 'day' GROUP BY 1 ORDER BY 1"
    days = both(engines, lambda c: c.execute(statement), ordered=True)
    assert midnight in {day[0] for day in days}
    assert {(day[0] - midnight) % dt.timedelta(days=1) for day in days} == {dt.timedelta(0)}
