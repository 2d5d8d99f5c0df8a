"""review: meter steps that nothing explains, and what explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    import datetime as dt


def _instant(_context: click.Context, _option: click.Parameter, value: str) -> dt.datetime:
    import datetime as dt

    try:
        stamp = dt.datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time such as 2026-10-05T08:00:00+08:00") from None
    if stamp.tzinfo is None:
        raise click.BadParameter(f"{value!r} has no offset; write it as 2026-10-05T08:00:00+08:00")
    return stamp


@click.group()
def review() -> None:
    """Meter steps that nothing explains: missing energy until someone decides."""


@review.command(name="list")
@click.option("--limit", default=1000, show_default=True, help="The oldest so many.")
def list_reviews(limit: int) -> None:
    """Unexplained steps, oldest first."""
    from storage.queries import fetch_dicts

    with database() as (_, connection):
        print_line({"items": fetch_dicts(connection, "list_unexplained_steps", limit=limit)})


@review.command()
@click.argument("point")
@click.option("--from", "valid_from", callback=_instant, required=True, help="When it happened, with an offset.")
@click.option("--first", type=float, help="What the register showed from then on.")
@click.option("--last", type=float, help="What the register that left showed.")
@click.option("--width", type=float, help="Where the register wraps to 0.")
@click.option("--multiplier", type=float, default=1.0, show_default=True, help="CT x PT.")
@click.option("--reason", help="Such as the number of the replacement protocol.")
def resolve(
    point: str,
    valid_from: dt.datetime,
    first: float | None,
    last: float | None,
    width: float | None,
    multiplier: float,
    reason: str | None,
) -> None:
    """Declare what happened to the meter of a POINT, written ENTERPRISE/POINT.

    The service computes again what depends on it.
    """
    from schemas.registry import EpochSpec
    from storage.epochs import declare_epoch

    spec = EpochSpec(valid_from=valid_from, width=width, multiplier=multiplier, first=first, last=last, reason=reason)
    with database() as (_, connection):
        marked = declare_epoch(connection, point, spec)
    print_line({"point": point, "from": valid_from, "hours_marked": marked})
