"""token create, link, list, revoke."""

from __future__ import annotations

import dataclasses
import datetime as dt

import click

from parkwatch.commands.output import database, print_line
from schemas.access import AccessRole

_ROLE = click.Choice([role.value for role in AccessRole])


@click.group()
def token() -> None:
    """Tokens for the API and one-time links for browsers."""


@token.command()
@click.option("--role", type=_ROLE, required=True)
@click.option("--enterprise", help="The enterprise's code; role enterprise needs it.")
@click.option("--name", default="", help="What it is for, to know it again in the list.")
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="How long it is valid.")
def create(role: str, enterprise: str | None, name: str, days: int) -> None:
    """Make a token and print it; it cannot be shown again."""
    from storage.tokens import create_token

    with database() as (_, connection):
        click.echo(create_token(connection, AccessRole(role), enterprise, name, dt.timedelta(days=days)))


@token.command()
@click.option("--role", type=_ROLE, default=AccessRole.WALL.value, show_default=True)
@click.option("--enterprise", help="The enterprise's code; role enterprise needs it.")
@click.option("--name", default="", help="What it is for.")
def link(role: str, enterprise: str | None, name: str) -> None:
    """Make a link that signs one browser in, once, within an hour, and print it."""
    from parkwatch.running import http_url
    from storage.tokens import create_link

    with database() as (settings, connection):
        secret = create_link(connection, AccessRole(role), enterprise, name)
        click.echo(f"{http_url(settings)}/login?link={secret}")


@token.command(name="list")
def list_() -> None:
    """List tokens, without their secrets."""
    from storage.tokens import list_tokens

    with database() as (_, connection):
        print_line({"items": [dataclasses.asdict(token) for token in list_tokens(connection)]})


@token.command()
@click.argument("token_id", type=int)
def revoke(token_id: int) -> None:
    """End a token now; `token list` shows the numbers."""
    from storage.tokens import revoke_token

    with database() as (_, connection):
        revoke_token(connection, token_id)
    print_line({"revoked": token_id})
