"""recompute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line, progress

if TYPE_CHECKING:
    import datetime as dt

_MONTH = click.DateTime(["%Y-%m"])


@click.command()
@click.option("--scope", default="city", show_default=True, help="city, park:P, industry:I or enterprise:E.")
@click.option("--from", "from_month", type=_MONTH, required=True, help="First month, as 2026-10.")
@click.option("--to", "to_month", type=_MONTH, help="Last month; default: the first.")
@click.option("--hours", is_flag=True, help="The hourly facts too, from the readings, of the points of the scope.")
def recompute(scope: str, from_month: dt.datetime, to_month: dt.datetime | None, hours: bool) -> None:
    """Make green power and emissions of whole months again from the hourly facts, while the service runs.

    Unchanged data give the same rows to the last bit. A closed month is only compared: what differs waits for a
    restatement.
    """
    import datetime as dt

    from accounting.periods import zone_of
    from alerts.arrivals import FactsJudge
    from alerts.scopes import ScopeJudge
    from parkwatch.jobs.compute_accounts import recompute as run
    from parkwatch.jobs.recompute import recompute_hours

    first, last = from_month.date(), (to_month or from_month).date()
    found: dict[str, int | str] = {"scope": scope}
    with database() as (settings, connection):
        zone = zone_of(settings.timezone)
        if hours:
            judge = FactsJudge(zone)
            with progress("hours") as show:
                found["hours"] = recompute_hours(connection, scope, first, last, zone, judge=judge, show=show)
        with progress("months") as show:
            now = dt.datetime.now(dt.UTC)
            found["days"] = run(connection, scope, first, last, now, settings.timezone, show, ScopeJudge(zone))
    print_line(found)
