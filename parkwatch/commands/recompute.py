"""recompute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    import datetime as dt

_MONTH = click.DateTime(["%Y-%m"])


@click.command()
@click.option("--scope", default="city", show_default=True, help="city, park:P, industry:I or enterprise:E.")
@click.option("--from", "from_month", type=_MONTH, required=True, help="First month, as 2026-10.")
@click.option("--to", "to_month", type=_MONTH, help="Last month; default: the first.")
def recompute(scope: str, from_month: dt.datetime, to_month: dt.datetime | None) -> None:
    """Make green power and emissions of whole months again from the hourly facts."""
    import datetime as dt

    from parkwatch.jobs.compute_accounts import recompute as run

    last = to_month or from_month
    with database() as (settings, connection):
        now = dt.datetime.now(dt.UTC)
        days = run(connection, scope, from_month.date(), last.date(), now, settings.timezone, _progress)
    print_line({"scope": scope, "days": days})


def _progress(done: int, months: int) -> None:
    click.echo(f"{done} of {months} months", err=True)
