"""export: any range of readings or hourly facts as a Parquet file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from parkwatch.commands.output import database, print_line
from parkwatch.commands.times import MOMENT, aware


@click.command()
@click.option("--from", "since", type=MOMENT, required=True, help="First instant; local time where it has no offset.")
@click.option("--to", "until", type=MOMENT, required=True, help="The instant after the last.")
@click.option("--kind", type=click.Choice(["readings", "hours"]), default="readings", show_default=True)
@click.option("--enterprise", help="Only its points.")
@click.option("--point", help="Only ENTERPRISE/POINT.")
@click.option("--out", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A .parquet file.")
def export(since: datetime, until: datetime, kind: str, enterprise: str | None, point: str | None, file: Path) -> None:
    """Write readings or hourly facts of [from, to) to a Parquet file, by day, point and time."""
    from schemas.errors import InvalidInput
    from storage.access import acting_as_all
    from storage.exports import Selection, export_hours, export_readings

    write = {"readings": export_readings, "hours": export_hours}[kind]
    with database() as (settings, connection):
        start, end = aware(since, settings.timezone), aware(until, settings.timezone)
        if start >= end:
            raise InvalidInput(f"{until} is not after {since}", field="--to")
        with acting_as_all(connection):
            rows = write(connection, Selection(start, end, enterprise, point), file.absolute())
    print_line({"file": str(file), "kind": kind, "rows": rows, "bytes": file.stat().st_size})
