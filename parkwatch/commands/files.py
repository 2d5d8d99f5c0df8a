"""import: tables of readings, through the same examination as the stream, and of instruments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    from storage.connect import Connection


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["readings", "instruments"]), default="readings", show_default=True)
@click.option("--enterprise", help="The enterprise whose points the table names; without it they are ENTERPRISE/POINT.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML that says which column is which point; without it the columns are ts,point,value[,flag].",
)
def import_file(file: Path, kind: str, enterprise: str | None, mapping: Path | None) -> None:
    """Import a CSV FILE of readings, or a CSV or XLSX FILE of instruments.

    Importing it again stores nothing twice. The running ingest does the work.
    """
    import msgspec

    from schemas.csv_mapping import parse_mapping
    from storage.gateways import examine_enterprise
    from storage.imports import add_import

    spec = None
    if mapping:
        spec = msgspec.to_builtins(parse_mapping(mapping.read_text(encoding="utf-8"), mapping.name))
    with database() as (_, connection):
        if enterprise:
            examine_enterprise(connection, enterprise)
        number = add_import(connection, kind, enterprise, file.name, spec, file.read_bytes())
        done = _wait_for(connection, number)
    print_line({"import": number, "state": done["state"], **(done["result"] or {})})
    if done["state"] == "failed":
        raise click.exceptions.Exit(1)


def _wait_for(connection: Connection, number: int) -> dict[str, Any]:
    """Wait until ingest has executed the import, with the count so far on the terminal."""
    import time

    from storage.imports import find_import

    shown = ""
    while True:
        job = find_import(connection, number) or {}
        if job["state"] in ("done", "failed"):
            return job
        received = (job["result"] or {}).get("received", 0)
        text = f"import {number}: {received} readings" if job["started_at"] else f"import {number}: waiting for ingest"
        if text != shown:
            click.echo(text, err=True)
            shown = text
        time.sleep(0.5)
