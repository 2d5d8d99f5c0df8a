"""rules: what rules would have found over the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkwatch.commands.output import database, print_line
from parkwatch.commands.times import MOMENT, aware

if TYPE_CHECKING:
    from schemas.rules import Rule

_MOST_READINGS = 30_000_000


@click.group()
def rules() -> None:
    """Rules of the watch."""


@rules.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "since", type=MOMENT, required=True, help="First instant; local time where it has no offset.")
@click.option("--to", "until", type=MOMENT, required=True, help="The instant after the last.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="So many episodes are listed.")
def backtest(file: Path, since: dt.datetime, until: dt.datetime, limit: int) -> None:
    """Run the rules of a YAML file (one rule, or those under `rules:`) over [from, to); one JSON line for each.

    Nothing is written: a rule can be tried before it is enabled.
    """
    from zoneinfo import ZoneInfo

    from alerts.backtest import backtest as run
    from alerts.backtest import report
    from alerts.grains import us
    from alerts.history import Span
    from schemas.errors import InvalidInput
    from storage.access import acting_as_all, read_as_visible
    from storage.rules import list_visible_rules, list_visible_watched_points

    tried = list(_read(file))
    with database() as (settings, connection):
        start, end = aware(since, settings.timezone), aware(until, settings.timezone)
        if start >= end:
            raise InvalidInput(f"{until} is not after {since}", field="--to")
        span = Span(us(start), us(end), dt.datetime.now(dt.UTC), ZoneInfo(settings.timezone))
        with acting_as_all(connection):
            connection.execute("SET TRANSACTION READ ONLY")
            in_force, points = list_visible_rules(connection), list_visible_watched_points(connection)
            read_as_visible(connection)
            for rule in tried:
                print_line(report(run(connection, rule, in_force, points, span, _MOST_READINGS), limit))


def _read(file: Path) -> Iterator[Rule]:
    import yaml

    from schemas.errors import InvalidInput
    from schemas.rule_bodies import parse_rule

    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"is no YAML: {error}", source=str(file)) from error
    bodies = document.get("rules", [document]) if isinstance(document, dict) else []
    if not isinstance(bodies, list) or not bodies:
        raise InvalidInput("holds no rule: write the fields of one, or a list under rules:", source=str(file))
    for i, body in enumerate(bodies):
        yield parse_rule(body, f"{file}: rules[{i}]")
