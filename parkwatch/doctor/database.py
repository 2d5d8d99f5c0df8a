"""The database: does it answer, is its schema ours, does its clock agree."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from parkwatch.doctor.findings import Finding, fine, note, wrong
from parkwatch.running import database_url
from parkwatch.settings import Settings
from storage.connect import Connection, open_connection
from storage.engine import Engine, engine_of
from storage.migrate import missing_migrations
from storage.partitions import list_days

PART = "database"
CLOCKS_APART_S = 5.0


def examine(settings: Settings) -> list[Finding]:
    """Examine the database.

    Raises:
        Unavailable: it does not answer.
    """
    with closing(open_connection(database_url(settings))) as connection:
        return [_version(connection), _migrations(connection), _clock(connection, settings), _partitions(connection)]


def _version(connection: Connection) -> Finding:
    row = connection.execute("SHOW server_version").fetchone()
    return fine(PART, "answers", f"PostgreSQL {row[0] if row else '?'}")


def _migrations(connection: Connection) -> Finding:
    missing = missing_migrations(connection)
    if missing:
        why = "the parts expect the newest schema"
        return wrong(PART, "migrations", f"not applied: {', '.join(missing)}", why, "parkwatch migrate")
    return fine(PART, "migrations", "all applied")


def _clock(connection: Connection, settings: Settings) -> Finding:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    ours = dt.datetime.now(dt.UTC)
    apart_s = abs((ours - row[0]).total_seconds()) if row else 0.0
    if apart_s > CLOCKS_APART_S or ours.year < 2025:
        what = f"this clock ({ours:%F %T}Z) and the database's are {apart_s:.0f} s apart"
        why = "readings more than 5 minutes ahead of our clock are refused"
        return wrong(PART, "clock", what, why, "set the time of both hosts by NTP")
    return fine(PART, "clock", f"{ours:%F %T}Z here and in the database; days are those of {settings.timezone}")


def _partitions(connection: Connection) -> Finding:
    days = list_days(connection)
    said = f"{len(days)} days of readings have their own place"
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    if engine_of(connection) is Engine.POSTGRESQL and tomorrow not in days:
        why = "the first reading of the day makes it, and others wait for it"
        return note(PART, "partitions", f"{said}, tomorrow has none", why, "is `parkwatch schedule` running?")
    return fine(PART, "partitions", said)
