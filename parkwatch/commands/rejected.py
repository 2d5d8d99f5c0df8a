"""rejected list, rejected replay: what was refused, and taking it in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parkwatch.commands.output import database, print_line
from parkwatch.commands.times import MOMENT, aware

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storage.connect import Connection


def _selection(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--to", "until", type=MOMENT, help="Received before; local time where it has no offset."),
        click.option("--from", "since", type=MOMENT, help="Received since."),
        click.option("--reason", help="Only messages with this reason."),
        click.option("--enterprise", help="Only this enterprise, as its topic said."),
    ):
        command = option(command)
    return command


@click.group()
def rejected() -> None:
    """Refused messages: look through them, and take them in again after a fix."""


@rejected.command("list")
@_selection
@click.option("--all", "everything", is_flag=True, help="Also those that were replayed already.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True)
def list_them(everything: bool, limit: int, **selection: Any) -> None:
    """List refused messages, oldest first."""
    with database() as (settings, connection):
        found = _find(connection, settings.timezone, selection, None if everything else False, limit=limit)
    print_line({"items": found, "complete": len(found) < limit})


@rejected.command()
@click.argument("ids", nargs=-1, type=int)
@_selection
@click.option("--all", "everything", is_flag=True, help="Everything that was not replayed yet.")
def replay(ids: tuple[int, ...], everything: bool, **selection: Any) -> None:
    """Take refused messages in again: those of the numbers IDS, or all that the options select.

    The same bytes go the same way as when they came; the ledger counts a new delivery, and what is refused again is
    kept again under a new number.
    """
    from zoneinfo import ZoneInfo

    from alerts.arrivals import ReadingsJudge
    from ingest.replay import replay as run

    if not ids and not everything and not any(selection.values()):
        raise click.UsageError("say which: numbers from `rejected list`, an option that selects, or --all")
    with database() as (settings, connection):
        timezone = ZoneInfo(settings.timezone)
        found = _find(connection, settings.timezone, selection, False, ids=list(ids) or None)
        print_line(run(connection, [row["id"] for row in found], timezone, ReadingsJudge(timezone)))


def _find(
    connection: Connection,
    timezone: str,
    selection: dict[str, Any],
    replayed: bool | None,
    *,
    ids: list[int] | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    from storage.rejected import list_payloads

    return list_payloads(
        connection,
        ids=ids,
        enterprise=selection["enterprise"],
        reason=selection["reason"],
        since=_moment(selection["since"], timezone),
        until=_moment(selection["until"], timezone),
        replayed=replayed,
        limit=limit,
    )


def _moment(given: datetime | None, timezone: str) -> datetime | None:
    return aware(given, timezone) if given else None
