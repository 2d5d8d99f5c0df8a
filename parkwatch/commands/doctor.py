"""doctor: is everything as it should be, and if not, what to do."""

from __future__ import annotations

from collections.abc import Callable

import click

from parkwatch.commands.output import database, print_line


@click.command()
def doctor() -> None:
    """Examine database, schema, broker, clock and time zone; exits with 1 if something needs a hand."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("database", _database),
        ("migrations", _migrations),
        ("clock", _clock),
        ("broker", _broker),
        ("partitions", _partitions),
        ("parts", _parts),
    ]
    results = {name: _verdict(check) for name, check in checks}
    for name, (ok, said) in results.items():
        click.echo(f"{'ok  ' if ok else 'LOOK'} {name:<10} {said}", err=True)
    print_line({name: {"ok": ok, "detail": said} for name, (ok, said) in results.items()})
    if not all(ok for ok, _ in results.values()):
        raise click.exceptions.Exit(1)


def _verdict(check: Callable[[], str]) -> tuple[bool, str]:
    from schemas.errors import ParkWatchError
    from storage.connect import DatabaseError

    try:
        return True, check()
    except (ParkWatchError, DatabaseError) as error:
        return False, str(error).strip()


def _database() -> str:
    with database() as (_, connection):
        row = connection.execute("SHOW server_version").fetchone()
        return f"PostgreSQL {row[0] if row else '?'} answers"


def _migrations() -> str:
    from schemas.errors import Unavailable
    from storage.migrate import missing_migrations

    with database() as (_, connection):
        missing = missing_migrations(connection)
    if missing:
        raise Unavailable(f"{', '.join(missing)} not applied: run `parkwatch migrate`")
    return "all applied"


def _clock() -> str:
    import datetime as dt

    from schemas.errors import Unavailable

    with database() as (settings, connection):
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        ours = dt.datetime.now(dt.UTC)
    apart_s = abs((ours - row[0]).total_seconds()) if row else 0.0
    if apart_s > 5.0 or ours.year < 2025:
        raise Unavailable(
            f"this clock ({ours:%F %T}Z) and the database's are {apart_s:.0f} s apart: set the time by NTP"
        )
    return f"{ours:%F %T}Z here and in the database; days are those of {settings.timezone}"


def _broker() -> str:
    import socket
    from urllib.parse import urlsplit

    from parkwatch.running import mqtt_url
    from parkwatch.settings import read_settings
    from schemas.errors import Unavailable

    address = urlsplit(mqtt_url(read_settings()))
    port = address.port or (8883 if address.scheme == "mqtts" else 1883)
    try:
        with socket.create_connection((address.hostname or "", port), timeout=5.0):
            return f"{address.hostname}:{port} answers"
    except OSError as error:
        raise Unavailable(f"{address.hostname}:{port}: {error}: is the broker running?") from error


def _partitions() -> str:
    with database() as (_, connection):
        row = connection.execute(
            "SELECT count(*), pg_size_pretty(pg_database_size(current_database())) FROM pg_inherits "
            "WHERE inhparent = 'readings'::regclass"
        ).fetchone()
    return f"{row[0]} partitions of readings, database {row[1]}" if row else "none"


def _parts() -> str:
    import datetime as dt

    from schemas.errors import Unavailable
    from storage.heartbeats import heartbeats

    now = dt.datetime.now(dt.UTC)
    with database() as (_, connection):
        ages = {beat.part: (now - beat.beat_at).total_seconds() for beat in heartbeats(connection)}
    silent = [f"{part} for {age_s:.0f} s" for part, age_s in ages.items() if age_s > 30.0]
    if silent or not ages:
        raise Unavailable(f"no sign of life from {', '.join(silent) or 'any part'}: is `parkwatch serve` running?")
    return f"{', '.join(ages)} alive"
