"""simulate live, backfill, replay, faulty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    from parkwatch.settings import Settings
    from simulators.gateway import Credentials, Totals
    from simulators.letters import Fault
    from simulators.park import Park


@click.group()
def simulate() -> None:
    """The demo park: gateways that publish over MQTT."""


@simulate.command()
@click.option("--hours", type=click.FloatRange(0), default=0.0, help="Begin this many hours ago; default: now.")
def live(hours: float) -> None:
    """Publish as time goes by, until Ctrl-C."""
    from parkwatch.processes import stopping_signals
    from simulators.live import hours_ago, run_live

    since = hours_ago(hours) if hours else None
    with _door() as (url, credentials, park), stopping_signals() as stop:
        print_line(_figures(run_live(url, credentials, park, stop, since=since)))


@simulate.command()
@click.option("--days", type=click.IntRange(1), help="Only so many days; default: since the first of last month.")
def backfill(days: int | None) -> None:
    """Publish the history up to now through the same door, newest day first, and wait for all receipts."""
    import datetime as dt

    from parkwatch.processes import stopping_signals
    from simulators.backfill import run_backfill

    with _door() as (url, credentials, park), stopping_signals() as stop:
        until = dt.datetime.now(dt.UTC)
        totals = run_backfill(url, credentials, park, until, stop, days=days, progress=_progress)
    print_line(_figures(totals))


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@simulate.command()
@click.argument("file", type=_FILE)
@click.option("--mapping", type=_FILE, required=True, help="YAML that says which column is which point.")
@click.option("--enterprise", required=True, help="Whose points the mapping names; it must be in the registry.")
@click.option("--gateway", default="replay", show_default=True, help="The gateway that sends.")
def replay(file: Path, mapping: Path, enterprise: str, gateway: str) -> None:
    """Publish a CSV FILE over MQTT as its logger would, and wait for all receipts; prints what became of it."""
    from parkwatch.processes import stopping_signals
    from simulators.replay import read_table
    from simulators.replay import replay as publish

    table = read_table(file, mapping)
    with _login() as (url, credentials, _), stopping_signals() as stop:
        totals = publish(url, credentials, enterprise, gateway, table, stop)
    print_line(_figures(totals) | {"by_point": table.readings_by_point})


@simulate.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Fixes every message and its faults.")
@click.option("--minutes", type=click.IntRange(1), default=1440, show_default=True, help="Of the park's time, to now.")
@click.option("--rate", type=click.FloatRange(0, 1), default=0.03, show_default=True, help="Share of faulty messages.")
@click.option("--fault", "chosen", multiple=True, metavar="KIND=RATE", help="Another rate for one kind; repeatable.")
@click.option("--truth", type=click.Path(path_type=Path), required=True, help="Where to write what was sent (new).")
@click.option("--receipts/--no-receipts", default=True, help="Keep messages until the receipt, or believe the broker.")
def faulty(seed: int, minutes: int, rate: float, chosen: tuple[str, ...], truth: Path, receipts: bool) -> None:
    """Publish with every fault there is, and keep the truth for `check balance --truth`.

    On a park without other senders: what they send is no part of this truth.
    """
    from contextlib import closing

    from parkwatch.processes import stopping_signals
    from simulators.faulty import Storm, run_faulty
    from simulators.letters import rates
    from simulators.sent import Sent

    storm = Storm(seed, minutes, rates(rate, dict(map(_fault, chosen))), receipts=receipts)
    with _door() as (url, credentials, park), stopping_signals() as stop, closing(Sent(truth)) as sent:
        totals, struck = run_faulty(url, credentials, park, storm, sent, stop)
    print_line(_figures(totals) | {"faults": {fault.value: n for fault, n in sorted(struck.items())}})


def _fault(text: str) -> tuple[Fault, float]:
    from schemas.errors import InvalidInput
    from simulators.letters import Fault

    kind, _, rate = text.partition("=")
    try:
        return Fault(kind), float(rate)
    except ValueError:
        known = ", ".join(Fault)
        raise InvalidInput(f"{text!r}: write KIND=RATE with a kind of {known}", field="--fault") from None


def _progress(sent: int, planned: int) -> None:
    filled = round(30 * min(1.0, sent / max(planned, 1)))
    click.echo(f"backfill [{'#' * filled}{'.' * (30 - filled)}] {sent:,} of about {planned:,} readings", err=True)


def _figures(totals: Totals) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(totals)


@contextmanager
def _door() -> Iterator[tuple[str, Credentials, Park]]:
    """Where the simulator publishes, how its gateways get their logins, and the park."""
    from parkwatch.demo_park import demo_park

    with _login() as (url, credentials, settings):
        yield url, credentials, demo_park(settings.data_dir)


@contextmanager
def _login() -> Iterator[tuple[str, Credentials, Settings]]:
    """Where gateways publish, and how they get their logins."""
    from parkwatch.gateway_logins import kept_login
    from parkwatch.logins import Gateway
    from parkwatch.running import mqtt_url

    with database() as (settings, connection):

        def credentials(enterprise: str, code: str) -> tuple[str, str]:
            login = kept_login(settings, connection, Gateway(enterprise, code))
            return login.username, login.password

        yield mqtt_url(settings), credentials, settings
