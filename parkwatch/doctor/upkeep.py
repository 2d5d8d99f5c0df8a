"""The database in the long run: settings that lose data, space, dead rows, what hinders cleaning, jobs, backups."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import closing
from zoneinfo import ZoneInfo

from parkwatch.doctor.findings import Finding, fine, note, wrong
from parkwatch.jobs.all_jobs import all_jobs
from parkwatch.running import database_url
from parkwatch.settings import Settings
from storage.connect import Connection, open_connection
from storage.engine import Engine, ailing_workers, engine_of, failing_policies, offered_engine
from storage.queries import fetch_dicts, fetch_value

PART = "database"
FEW_DAYS = 30.0  # of space left
MISSED_RUNS, PATIENCE_S = 3.0, 900.0  # so many intervals, and so long, after which a job is late
_RISKS = {
    "fsync": "a power cut destroys the database",
    "full_page_writes": "a power cut destroys pages of the database",
    "synchronous_commit": "readings that were acknowledged are lost in a crash",
    "default_transaction_read_only": "nothing can be written",
    "data_checksums": "damage by the disk stays unseen",
}


def examine(settings: Settings) -> list[Finding]:
    """Examine what makes a database fail after months.

    Raises:
        Unavailable: it does not answer.
    """
    with closing(open_connection(database_url(settings))) as connection:
        return [
            _engine(connection),
            *_settings(connection),
            _space(connection, settings),
            _bloat(connection),
            *_hindrances(connection),
            *_jobs(connection, {job.name: job.every_s for job in all_jobs(settings)}),
            *_policies(connection),
            *_cluster(connection),
            _backup(connection),
        ]


def _engine(connection: Connection) -> Finding:
    laid_out, offered = engine_of(connection), offered_engine(connection)
    if laid_out is Engine.POSTGRESQL and offered is Engine.TIMESCALEDB:
        why = "readings are not compressed: eight to ten times the space"
        change = "a new database on this server, filled by `parkwatch export` and `import`"
        return note(PART, "engine", "laid out as plain PostgreSQL on a server with TimescaleDB", why, change)
    return fine(PART, "engine", f"laid out for {laid_out.value}")


def _settings(connection: Connection) -> list[Finding]:
    found = []
    for row in fetch_dicts(connection, "find_risky_settings"):
        name, why = row["name"], _RISKS[row["name"]]
        if name == "data_checksums":
            found.append(note(PART, name, f"{name} = {row['setting']}", why, "pg_checksums --enable, while stopped"))
        else:
            opposite = "off" if name == "default_transaction_read_only" else "on"
            change = f"{name} = {opposite} in postgresql.conf"
            found.append(wrong(PART, name, f"{name} = {row['setting']}", why, change))
    return found or [fine(PART, "settings", "what is committed survives a crash")]


def _space(connection: Connection, settings: Settings) -> Finding:
    today = dt.datetime.now(ZoneInfo(settings.timezone)).date()
    (row,) = fetch_dicts(connection, "select_growth", today=today)
    size_gb = row["bytes"] / 1e9
    a_day = row["bytes"] / row["readings"] * row["readings_a_day"] if row["readings"] else 0.0
    grows = f"{size_gb:.1f} GB, {a_day / 1e9:.2f} GB more a day"
    if settings.database_url is not None:
        return fine(PART, "space", f"{grows}; the free space of its disk cannot be seen from here: watch it there")
    free = float(shutil.disk_usage(settings.data_dir).free)
    days = free / a_day if a_day else float("inf")
    said = f"{grows}; {free / 1e9:.0f} GB free" + (f", enough for {days:.0f} days" if a_day else "")
    if days < FEW_DAYS or free < 1e9:
        why = "when the disk is full, readings wait at the broker, and then at the gateways"
        return wrong(PART, "space", said, why, "a bigger disk, or PARKWATCH_KEEP_READINGS_DAYS")
    return fine(PART, "space", said)


def _bloat(connection: Connection) -> Finding:
    rows = fetch_dicts(connection, "find_bloat")
    if rows:
        worst = ", ".join(f"{row['table']} {row['dead']} of {row['dead'] + row['live']}" for row in rows)
        why = "queries read dead rows and the disk fills with them"
        return note(PART, "bloat", f"dead rows: {worst}", why, "is autovacuum on? VACUUM (ANALYZE) these tables")
    return fine(PART, "bloat", "no table has many dead rows")


def _hindrances(connection: Connection) -> list[Finding]:
    found = []
    for row in fetch_dicts(connection, "find_holders"):
        age = f", open for {row['age_s'] / 3600:.1f} h" if row["age_s"] else ", nobody reads it"
        why = "the server may clean nothing that is newer, and keeps its log: the disk fills"
        found.append(wrong(PART, "cleaning", row["holder"] + age, why, "end it; drop a slot whose replica is gone"))
    used = float(fetch_value(connection, "find_wraparound") or 0)
    if used > 0.5:
        why = "at 100 % the server takes no more writes"
        found.append(wrong(PART, "wraparound", f"{used:.0%} of transaction numbers used", why, "VACUUM FREEZE"))
    for row in fetch_dicts(connection, "find_invalid_indexes"):
        why = "it costs every write and answers nothing"
        name = row["indexrelid"]
        found.append(note(PART, "index", f"{name} is not finished", why, f"REINDEX INDEX {name}"))
    return found


def _jobs(connection: Connection, every_s: dict[str, float]) -> list[Finding]:
    runs = [row for row in fetch_dicts(connection, "list_job_ages") if row["job"] != "backup"]
    found = []
    for row in runs:
        interval_s = every_s.get(row["job"], float("inf"))  # a job of an older release is never late
        late_s = max(MISSED_RUNS * interval_s, PATIENCE_S)
        if not row["done"] or row["age_s"] > late_s:
            since = "never" if row["age_s"] is None else f"{row['age_s'] / 60:.0f} min ago"
            what = f"job {row['job']} last succeeded {since}" + (f": {row['detail']}" if row["detail"] else "")
            why = "what it computes is not up to date"
            found.append(wrong(PART, f"job {row['job']}", what, why, "its log: `parkwatch schedule`"))
    return found or [fine(PART, "jobs", f"{len(runs)} jobs, all in time")]


def _policies(connection: Connection) -> list[Finding]:
    why = "old readings stay uncompressed: eight to ten times the space"
    return [
        wrong(PART, "policies", what, why, "SELECT * FROM timescaledb_information.job_errors")
        for what in failing_policies(connection)
    ]


def _cluster(connection: Connection) -> list[Finding]:
    why = "readings of the points that are kept there can be neither written nor read"
    change = "start it, or mend the line between them; citus_check_cluster_node_health()"
    return [wrong(PART, "cluster", what, why, change) for what in ailing_workers(connection)]


def _backup(connection: Connection) -> Finding:
    ages = [row["age_s"] for row in fetch_dicts(connection, "list_job_ages") if row["job"] == "backup"]
    if not ages or ages[0] is None:
        what = "`parkwatch backup` has not run in the last 30 days"
        why = "a lost disk is lost data, unless the server is backed up by other means"
        return note(PART, "backup", what, why, "parkwatch backup FOLDER")
    return fine(PART, "backup", f"the last one {ages[0] / 3600:.0f} h ago")
