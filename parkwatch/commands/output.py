"""What commands print on standard output, and the connection most of them need."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
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
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; call it with what is done and what there is."""
    with click.progressbar(length=1, label=what, file=sys.stderr, show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield show


@contextmanager
def database() -> Iterator[tuple[Settings, Connection]]:
    """The settings, and a connection to the database that is set or runs."""
    from parkwatch.running import database_url
    from storage.connect import open_connection

    settings = read_settings()
    with closing(open_connection(database_url(settings))) as connection:
        yield settings, connection
