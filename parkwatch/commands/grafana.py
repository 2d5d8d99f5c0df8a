"""grafana role, provision."""

from __future__ import annotations

from pathlib import Path

import click

from parkwatch.commands.output import database, print_line

_SECRET = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def grafana() -> None:
    """Grafana, which reads the database by a role of its own."""


@grafana.command()
@click.argument("name")
@click.option("--password-file", type=_SECRET, required=True, help="File with its password, 12 characters or more.")
@click.option("--enterprise", help="Let it see this enterprise only.")
def role(name: str, password_file: Path, enterprise: str | None) -> None:
    """Make or renew the database role NAME that reads the visible views and nothing else."""
    from storage.readers import put_reader

    with database() as (_, connection):
        put_reader(connection, name, _text(password_file), enterprise=enterprise)
    print_line({"role": name, "enterprise": enterprise})


@grafana.command()
@click.argument("url")
@click.option("--token-file", type=_SECRET, required=True, help="File with a service account's token.")
@click.option("--host", help="host:port of the database as Grafana reaches it; makes or renews the data source.")
@click.option("--name", default="parkwatch", show_default=True, help="Of the database.")
@click.option("--user", default="grafana", show_default=True, help="The role that `grafana role` made.")
@click.option("--password-file", type=_SECRET, help="File with that role's password.")
@click.option("--sslmode", default="require", show_default=True, help="As in libpq.")
@click.option("--timescaledb/--postgresql", default=True, show_default=True, help="What the database is.")
def provision(
    url: str,
    token_file: Path,
    host: str | None,
    name: str,
    user: str,
    password_file: Path | None,
    sslmode: str,
    timescaledb: bool,
) -> None:
    """Put the dashboards into the Grafana at URL, and the data source with --host; again changes nothing."""
    from dashboards.provision import Source
    from dashboards.provision import provision as put

    if (host is None) != (password_file is None):
        raise click.UsageError("--host and --password-file belong together")
    source = None
    if host is not None and password_file is not None:
        source = Source(host, name, user, _text(password_file), timescaledb, sslmode)
    done = put(url, _text(token_file), source)
    print_line({"datasource": done.datasource, "folder": done.folder, "dashboards": done.dashboards})


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip()
