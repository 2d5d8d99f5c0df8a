"""What commands print on standard output, and the connection most of them need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from parkwatch.settings import Settings, read_settings

if TYPE_CHECKING:
    from storage.connect import Connection


def print_line(result: dict[str, Any]) -> None:
    """One line of JSON."""
    click.echo(json.dumps(result, ensure_ascii=False, default=str))


@contextmanager
def database() -> Iterator[tuple[Settings, Connection]]:
    """The settings, and a connection to the database that is set or runs."""
    from parkwatch.running import database_url
    from storage.connect import open_connection

    settings = read_settings()
    with closing(open_connection(database_url(settings))) as connection:
        yield settings, connection
