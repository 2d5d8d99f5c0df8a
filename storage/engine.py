"""What the server can do: the only module that knows TimescaleDB from plain PostgreSQL."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from storage.connect import Connection


class Engine(StrEnum):
    POSTGRESQL = "postgresql"
    TIMESCALEDB = "timescaledb"


def offered_engine(connection: Connection) -> Engine:
    """TimescaleDB where the server has it installed or can create it, else plain PostgreSQL."""
    row = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'").fetchone()
    return Engine.POSTGRESQL if row is None else Engine.TIMESCALEDB


def engine_of(connection: Connection) -> Engine:
    """The engine that a migrated database was laid out for."""
    row = connection.execute("SELECT relkind FROM pg_class WHERE oid = 'readings'::regclass").fetchone()
    return Engine.POSTGRESQL if row == ("p",) else Engine.TIMESCALEDB


def prepare(connection: Connection, engine: Engine) -> None:
    """Make the server ready for the migrations of an engine."""
    if engine is Engine.TIMESCALEDB:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")


def before_restore(connection: Connection) -> None:
    """Make the server ready for a dump."""
    if offered_engine(connection) is Engine.TIMESCALEDB:
        connection.execute("SELECT timescaledb_pre_restore()")


def after_restore(connection: Connection) -> None:
    """Undo ``before_restore``."""
    if offered_engine(connection) is Engine.TIMESCALEDB:
        connection.execute("SELECT timescaledb_post_restore()")


def prepare_writer(connection: Connection) -> None:
    """Let a connection correct readings in columns, however many: by plans that see which points they open."""
    if engine_of(connection) is Engine.TIMESCALEDB:
        connection.execute("SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
        connection.execute("SET plan_cache_mode = force_custom_plan")  # a generic plan would open every point's rows


def set_compression(connection: Connection, after: dt.timedelta) -> bool:
    """Have days of readings turned into columns once they are so old; False where that is so, or cannot be."""
    if engine_of(connection) is not Engine.TIMESCALEDB:
        return False
    row = connection.execute(
        "SELECT (config ->> 'compress_after')::interval FROM timescaledb_information.jobs "
        "WHERE hypertable_name = 'readings' AND config ? 'compress_after'"
    ).fetchone()
    if row == (after,):
        return False
    with connection.transaction():
        connection.execute("CALL remove_columnstore_policy('readings', if_exists => true)")
        connection.execute("CALL add_columnstore_policy('readings', after => %s::interval)", [after])
    return True


def failing_policies(connection: Connection) -> list[str]:
    """What is wrong with jobs of the engine's own, one sentence each."""
    if engine_of(connection) is not Engine.TIMESCALEDB:
        return []
    rows = connection.execute(
        "SELECT j.application_name, s.last_run_status, CASE WHEN isfinite(s.next_start) THEN s.next_start END AS due, "
        "(SELECT err_message FROM timescaledb_information.job_errors e WHERE e.job_id = j.job_id "
        " ORDER BY start_time DESC LIMIT 1) "
        "FROM timescaledb_information.jobs j JOIN timescaledb_information.job_stats s USING (job_id) "
        "WHERE j.scheduled AND (s.last_run_status = 'Failed' "
        " OR (isfinite(s.next_start) AND s.next_start < now() - interval '1 day')) ORDER BY 1"
    )
    return [_policy_words(*row) for row in rows]


def _policy_words(name: str, status: str | None, due: dt.datetime, error: str | None) -> str:
    if status == "Failed":
        return f"{name} failed: {error or 'see the log of the server'}"
    return f"{name} was due at {due:%F %H:%M}Z and did not run: are timescaledb.max_background_workers used up?"


def chunk_days(connection: Connection) -> list[dt.date]:
    """The UTC days that have a chunk of readings, on TimescaleDB."""
    chunks = "SELECT (range_start AT TIME ZONE 'UTC')::date FROM timescaledb_information.chunks"
    return [day for (day,) in connection.execute(f"{chunks} WHERE hypertable_name = 'readings'")]


def drop_chunk(connection: Connection, start: dt.datetime, end: dt.datetime) -> None:
    """Drop the chunk of readings in [start, end), on TimescaleDB."""
    drop = "SELECT drop_chunks('readings', older_than => %s::timestamptz, newer_than => %s::timestamptz)"
    connection.execute(drop, [end, start])
