"""registry apply."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    from storage.connect import Connection


@click.group()
def registry() -> None:
    """Parks, enterprises, points, meters, instruments and rules."""


@registry.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change and change nothing.")
def apply(file: Path, dry_run: bool) -> None:
    """Make what the registry owns match FILE (YAML); history stays, and what the API or imports made is left alone."""
    from alerts.packs import load_packs
    from storage.registry import apply_registry

    text = _text(file)
    with database() as (settings, connection):
        changes = apply_registry(
            connection, text, source=file.name, dry_run=dry_run, timezone=settings.timezone, packs=load_packs()
        )
        if changes and not dry_run:
            _wait_taken(connection)
    for change in changes:
        click.echo(change, err=True)
    print_line({"changes": changes, "applied": not dry_run})


def _wait_taken(connection: Connection, seconds: float = 10.0) -> None:
    """Wait until ingestors have subscribed to what is new, so that its first message finds a reader."""
    import time

    from storage.shares import assign_new, is_taken

    assign_new(connection)
    deadline = time.monotonic() + seconds
    while not is_taken(connection) and time.monotonic() < deadline:
        time.sleep(0.1)
    if not is_taken(connection):
        click.echo("nobody reads some enterprises yet: is ingest running? See parkwatch doctor", err=True)


def _text(file: Path) -> str:
    from schemas.errors import InvalidInput

    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text; save it as UTF-8", source=file.name) from error
