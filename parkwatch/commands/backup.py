"""backup, restore: the whole database as a folder of files, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from parkwatch.commands.output import print_line
from parkwatch.settings import Settings, read_settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Back up the database into the new FOLDER, while everything goes on working.

    All of one instant, with a manifest by which `restore` proves that nothing is missing. Logins of the broker and the
    registry's file are not in the database: keep them beside it.
    """
    from parkwatch.backup import back_up, note_backup

    settings = read_settings()
    with _database(settings) as url:
        manifest = back_up(url, folder.absolute(), settings.postgres_bindir)
        note_backup(url, manifest)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    rows = manifest.contents.rows
    print_line({"folder": str(folder), "made_at": manifest.made_at, "readings": rows["readings"], "bytes": size})


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Where the database holds readings: set it aside, under another name.")
def restore(folder: Path, replace: bool) -> None:
    """Restore the database from the backup in FOLDER; ParkWatch must be stopped.

    It is restored beside the database in use, counted, its books balanced, and only then takes its place.
    """
    from parkwatch.backup import restore as run
    from parkwatch.running import find_running
    from schemas.errors import Conflict

    settings = read_settings()
    if settings.database_url is None and find_running(settings.data_dir):
        raise Conflict(f"ParkWatch is running over {settings.data_dir}: stop it first")
    with _database(settings) as url:
        print_line(run(url, folder.absolute(), replace=replace, bindir=settings.postgres_bindir))


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The database that is set or runs; else the embedded server, started for this command alone."""
    from parkwatch.postgres import Postgres
    from parkwatch.running import database_url, find_running

    if settings.database_url or find_running(settings.data_dir):
        yield database_url(settings)
        return
    with Postgres(settings.data_dir / "postgres", bindir=settings.postgres_bindir) as server:
        yield server.url
