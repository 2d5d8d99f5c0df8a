"""broker credentials."""

from __future__ import annotations

import click

from parkwatch.commands.output import database, print_line


@click.group()
def broker() -> None:
    """The MQTT broker."""


@broker.command()
@click.argument("enterprise")
@click.argument("gateway")
def credentials(enterprise: str, gateway: str) -> None:
    """Make or renew the login of a GATEWAY of an ENTERPRISE and print it; an earlier password ends.

    The login works when this returns. It may write pw/v1/ENTERPRISE/GATEWAY/telemetry and .../hj212 and read
    .../receipts. An external mosquitto has to be told to read its files again (SIGHUP).
    """
    from parkwatch.gateway_logins import issue
    from parkwatch.logins import Gateway

    wanted = Gateway(enterprise, gateway)
    with database() as (settings, connection):
        login = issue(settings, connection, wanted)
    if settings.mqtt_password_file:
        click.echo("written; now let the broker read its files again: send it SIGHUP", err=True)
    print_line({"username": login.username, "password": login.password})
