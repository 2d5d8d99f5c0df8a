"""doctor: is everything as it should be, and if not, what to do."""

from __future__ import annotations

from pathlib import Path

import click

from parkwatch.commands.output import print_line
from parkwatch.settings import read_settings


@click.command()
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also read this mosquitto.conf: what it says cannot all be seen from outside.",
)
@click.option("--gateway", help="Also try what this gateway's login may do: mqtt://user:password@host:port")
def doctor(config: Path | None, gateway: str | None) -> None:
    """Examine database, broker, shares of the ingestors, clock and parts; exits with 1 if something needs a hand.

    The broker is tried with a session of its own: 1,200 small messages that wait while it is away must all arrive.
    """
    from parkwatch.doctor.broker import examine_gateway
    from parkwatch.doctor.examine import examine
    from parkwatch.doctor.findings import Level
    from parkwatch.doctor.mosquitto_file import examine_file

    settings = read_settings()
    findings = examine(settings)
    if config is not None:
        findings += examine_file(config)
    if gateway is not None:
        findings += examine_gateway(settings, gateway)
    sign = {Level.FINE: "ok  ", Level.NOTE: "note", Level.WRONG: "LOOK"}
    for found in findings:
        click.echo(f"{sign[found.level]} {found.part:<9} {found.check:<14} {found.what}", err=True)
        for word, text in (("why", found.why), ("do", found.change)):
            if text:
                click.echo(f"     {word:>23}: {text}", err=True)
    sound = all(found.level is not Level.WRONG for found in findings)
    print_line({"ok": sound, "findings": [found.as_dict() for found in findings]})
    if not sound:
        raise click.exceptions.Exit(1)
