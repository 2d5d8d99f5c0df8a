"""period: close months, and restate closed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    import datetime as dt

_MONTH = click.DateTime(["%Y-%m"])


@click.group()
def period() -> None:
    """Months of the accounts: open, closed, restated."""


@period.command(name="list")
def list_periods() -> None:
    """Months that have accounts, newest first."""
    from storage.periods import list_periods as read

    with database() as (settings, connection):
        print_line({"items": read(connection, settings.timezone)})


@period.command()
@click.argument("month", type=_MONTH)
@click.option("--comment", default="", help="Kept with the closing.")
def close(month: dt.datetime, comment: str) -> None:
    """Close a MONTH that is over: late data change nothing in it any more without a restatement."""
    import datetime as dt

    from accounting.periods import bounds_of, zone_of
    from storage.periods import close_period

    with database() as (settings, connection):
        bounds = bounds_of(month.date(), zone_of(settings.timezone))
        close_period(connection, bounds, _operator(), comment, dt.datetime.now(dt.UTC))
    print_line({"period": f"{month:%Y-%m}", "state": "closed"})


@period.command()
@click.argument("month", type=_MONTH)
@click.option("--reason", required=True, help="Why; it stands beside the old and the new figures for good.")
def restate(month: dt.datetime, reason: str) -> None:
    """Apply the restatement of a closed MONTH that waits."""
    import datetime as dt

    from accounting.periods import zone_of
    from alerts.scopes import ScopeJudge
    from parkwatch.jobs.compute_accounts import compute
    from storage.periods import request_restatement

    with database() as (settings, connection):
        number = request_restatement(connection, month.date(), reason, _operator())
        judge = ScopeJudge(zone_of(settings.timezone))
        compute(connection, dt.datetime.now(dt.UTC), settings.timezone, judge)
    print_line({"period": f"{month:%Y-%m}", "restatement": number, "state": "applied"})


def _operator() -> str:
    """Who stands at the command line."""
    import getpass

    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return "operator"
