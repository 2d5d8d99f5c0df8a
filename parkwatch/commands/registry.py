"""registry apply."""

from __future__ import annotations

from pathlib import Path

import click

from parkwatch.commands.output import database, print_line


@click.group()
def registry() -> None:
    """Parks, enterprises, points, meters, instruments and rules."""


@registry.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change and change nothing.")
def apply(file: Path, dry_run: bool) -> None:
    """Make what the registry owns match FILE (YAML); history stays, and what the API or imports made is left alone."""
    from storage.registry import apply_registry

    text = _text(file)
    with database() as (settings, connection):
        changes = apply_registry(connection, text, source=file.name, dry_run=dry_run, timezone=settings.timezone)
    for change in changes:
        click.echo(change, err=True)
    print_line({"changes": changes, "applied": not dry_run})


def _text(file: Path) -> str:
    from schemas.errors import InvalidInput

    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text; save it as UTF-8", source=file.name) from error
