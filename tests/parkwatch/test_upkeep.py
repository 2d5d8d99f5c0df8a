"""What the doctor says of a database that will fail in a month."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from parkwatch.backup import back_up, note_backup
from parkwatch.doctor.findings import Finding, Level
from parkwatch.doctor.upkeep import examine
from parkwatch.settings import Settings
from storage.connect import Connection
from storage.job_runs import record_run

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(tmp_path, database_url)


def by_check(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(settings)}


def test_the_tests_own_server_would_lose_data_in_a_power_cut(settings: Settings, connection: Connection) -> None:
    risky = connection.execute("SHOW fsync").fetchone() == ("off",)
    found = by_check(settings)
    assert ("fsync" in found) == risky
    if risky:
        assert found["fsync"].level is Level.WRONG
        assert "power cut" in found["fsync"].why
        assert found["fsync"].change == "fsync = on in postgresql.conf"


def test_a_job_that_fails_and_one_that_is_late(settings: Settings, connection: Connection) -> None:
    two_hours_ago, a_week_ago = NOW - dt.timedelta(hours=2), NOW - dt.timedelta(days=7)
    record_run(connection, "make_days", NOW, NOW, done=True, detail="")
    record_run(connection, "drain_hours", two_hours_ago, two_hours_ago, done=True, detail="")
    record_run(connection, "make_partitions", two_hours_ago, two_hours_ago, done=True, detail="")  # runs once an hour
    record_run(connection, "of_an_older_release", a_week_ago, a_week_ago, done=True, detail="")
    record_run(connection, "broken", NOW, NOW, done=False, detail="ValueError: 7")
    found = by_check(settings)
    assert {name for name in found if name.startswith("job ")} == {"job drain_hours", "job broken"}
    assert found["job broken"].what == "job broken last succeeded never: ValueError: 7"
    assert re.search(r" 1[23]\d min ago", found["job drain_hours"].what)


def test_a_slot_that_nobody_reads(settings: Settings, connection: Connection) -> None:
    connection.execute("SELECT pg_create_physical_replication_slot('gone', true)")
    try:
        assert by_check(settings)["cleaning"].what == "replication slot gone, nobody reads it"
    finally:
        connection.execute("SELECT pg_drop_replication_slot('gone')")


def test_dead_rows_and_an_unfinished_index(settings: Settings, connection: Connection) -> None:
    connection.execute("CREATE TABLE churn AS SELECT i FROM generate_series(1, 60000) i")
    connection.execute("CREATE INDEX churn_i ON churn (i)")
    connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'churn_i'::regclass")
    connection.execute("DELETE FROM churn")
    connection.execute("SELECT pg_stat_force_next_flush()")
    found = by_check(settings)
    assert found["index"].change == "REINDEX INDEX churn_i"
    assert "public.churn 60000 of 60000" in found["bloat"].what


def test_a_backup_is_noted(settings: Settings, connection: Connection, database_url: str, tmp_path: Path) -> None:
    assert by_check(settings)["backup"].level is Level.NOTE
    note_backup(database_url, back_up(database_url, tmp_path / "backup"))
    assert by_check(settings)["backup"].what == "the last one 0 h ago"


def test_space_left_is_told_in_days(settings: Settings, connection: Connection, database_url: str) -> None:
    yesterday = NOW.date() - dt.timedelta(days=1)
    connection.execute(
        "INSERT INTO ledger VALUES ('ENT01', %s, 700000000000000, 700000000000000, 0, 0, 0)", [yesterday]
    )
    assert "cannot be seen from here" in by_check(settings)["space"].what
