"""What the server can do: the only module that knows TimescaleDB and Citus from plain PostgreSQL."""

from __future__ import annotations

import datetime as dt
import time
from enum import StrEnum

from psycopg import sql

from schemas.errors import InvalidInput, Unavailable
from storage.connect import Connection


class Engine(StrEnum):
    POSTGRESQL = "postgresql"
    TIMESCALEDB = "timescaledb"
    CITUS = "citus"

    @property
    def layouts(self) -> tuple[str, ...]:
        """The engines whose migrations it takes: Citus spreads the layout of plain PostgreSQL over servers."""
        return (Engine.POSTGRESQL, self) if self is Engine.CITUS else (self,)


def offered_engine(connection: Connection) -> Engine:
    """Citus where somebody made this database part of a cluster, TimescaleDB where the server can create it."""
    if _is_clustered(connection):
        return Engine.CITUS
    row = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'").fetchone()
    return Engine.POSTGRESQL if row is None else Engine.TIMESCALEDB


def engine_of(connection: Connection) -> Engine:
    """The engine that a migrated database was laid out for."""
    row = connection.execute("SELECT relkind FROM pg_class WHERE oid = 'readings'::regclass").fetchone()
    if row != ("p",):
        return Engine.TIMESCALEDB
    return Engine.CITUS if _is_clustered(connection) else Engine.POSTGRESQL


def _is_clustered(connection: Connection) -> bool:
    return connection.execute("SELECT FROM pg_extension WHERE extname = 'citus'").fetchone() is not None


def prepare(connection: Connection, engine: Engine) -> None:
    """Make the server ready for the migrations of an engine."""
    if engine is Engine.TIMESCALEDB:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")


def examine_dumpable(connection: Connection) -> None:
    """See whether a dump would be of one instant.

    Raises:
        Unavailable: the snapshot of a Citus coordinator says nothing of its workers.
    """
    if engine_of(connection) is Engine.CITUS:
        raise Unavailable(
            "a dump of a Citus cluster is not of one instant: archive the log of every server and restore all to one "
            "point (docs/how-to/grow-to-a-province.md); `parkwatch export` works"
        )


def before_restore(connection: Connection) -> None:
    """Make the server ready for a dump."""
    if offered_engine(connection) is Engine.TIMESCALEDB:
        connection.execute("SELECT timescaledb_pre_restore()")


def after_restore(connection: Connection) -> None:
    """Undo ``before_restore``."""
    if offered_engine(connection) is Engine.TIMESCALEDB:
        connection.execute("SELECT timescaledb_post_restore()")


def prepare_writer(connection: Connection) -> None:
    """Let a connection correct readings in columns, however many rows that opens."""
    if engine_of(connection) is Engine.TIMESCALEDB:
        connection.execute("SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0")


def comparison_queries(connection: Connection) -> tuple[str, str]:
    """The queries that find and supersede readings whose instant is taken."""
    if engine_of(connection) is Engine.CITUS:
        return "find_existing_spread_readings", "supersede_spread_readings"
    return "find_existing_readings", "supersede_readings"


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


def admit_role(connection: Connection, role: str) -> None:
    """Let a role that is only ever entered reach all readings: Citus asks its workers by a login of that very role.

    It has no password; what lets it in is the workers' trust in the coordinator.
    """
    kept_out = "SELECT FROM pg_roles WHERE rolname = %s AND NOT rolcanlogin"
    if engine_of(connection) is Engine.CITUS and connection.execute(kept_out, [role]).fetchone() is not None:
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(role)))


def prepare_reader(connection: Connection, role: str, *, sees_all: bool) -> None:
    """Make a login that types SQL fit for the engine.

    Raises:
        InvalidInput: Citus cannot hold it to some rows: a view's rights and barrier end where a query is sent on.
    """
    if engine_of(connection) is not Engine.CITUS:
        return
    if not sees_all:
        reason = "on Citus a login that types SQL sees every enterprise: give one the API, or a database of its own"
        raise InvalidInput(reason, field=role)
    # else one dashboard opens more connections to a worker than the login may have
    few = sql.SQL("ALTER ROLE {} SET citus.max_adaptive_executor_pool_size = 1")
    connection.execute(few.format(sql.Identifier(role)))


def settle_commits(connection: Connection, seconds: float = 5.0) -> None:
    """Wait until whatever was committed by now is seen in every table.

    The coordinator of a Citus cluster shows a commit a moment before its workers do: what was marked there as changed
    would be claimed, and computed without the readings that changed it.

    Raises:
        Unavailable: a worker has not finished a commit in time, or does not answer.
    """
    if engine_of(connection) is not Engine.CITUS:
        return
    unfinished, deadline = _prepared(connection), time.monotonic() + seconds
    while unfinished:
        if time.monotonic() > deadline:
            raise Unavailable(f"workers have not finished {', '.join(sorted(unfinished))}; the cluster sees to it")
        time.sleep(0.005)
        unfinished &= _prepared(connection)


def _prepared(connection: Connection) -> set[str]:
    """Transactions that workers have prepared and not yet committed."""
    asked = "SELECT string_agg(gid, ' ') FROM pg_prepared_xacts WHERE database = current_database()"
    rows = connection.execute("SELECT success, result FROM run_command_on_workers(%s)", [asked]).fetchall()
    if not all(success for success, _ in rows):
        raise Unavailable("a worker of the cluster does not answer")
    return {gid for _, found in rows for gid in (found or "").split()}


def ailing_workers(connection: Connection) -> list[str]:
    """Pairs of servers of a Citus cluster that do not reach each other, one sentence each."""
    if engine_of(connection) is not Engine.CITUS:
        return []
    rows = connection.execute(
        "SELECT from_nodename, from_nodeport, to_nodename, to_nodeport FROM citus_check_cluster_node_health() "
        "WHERE result IS NOT TRUE ORDER BY 1, 2, 3, 4"
    )
    return [f"{a}:{b} does not reach {c}:{d}" for a, b, c, d in rows]


def chunk_days(connection: Connection) -> list[dt.date]:
    """The UTC days that have a chunk of readings, on TimescaleDB."""
    chunks = "SELECT (range_start AT TIME ZONE 'UTC')::date FROM timescaledb_information.chunks"
    return [day for (day,) in connection.execute(f"{chunks} WHERE hypertable_name = 'readings'")]


def drop_chunk(connection: Connection, start: dt.datetime, end: dt.datetime) -> None:
    """Drop the chunk of readings in [start, end), on TimescaleDB."""
    drop = "SELECT drop_chunks('readings', older_than => %s::timestamptz, newer_than => %s::timestamptz)"
    connection.execute(drop, [end, start])
