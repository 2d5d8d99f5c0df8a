"""ingestors list, divide."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    from storage.connect import Connection
    from storage.shares import Share


@click.group()
def ingestors() -> None:
    """Who reads whose messages."""


@ingestors.command("list")
def list_() -> None:
    """Each ingestor with its enterprises and what moves; one line of JSON for each."""
    from storage.shares import ingestors as known
    from storage.shares import shares

    with database() as (_, connection):
        found, now = shares(connection), dt.datetime.now(dt.UTC)
        for one in known(connection):
            mine = [s for s in found if s.ingestor == one.client_id]
            print_line(
                {
                    "ingestor": one.client_id,
                    "alive": one.is_alive(now),
                    "beat_at": one.beat_at,
                    "drained": one.drained,
                    "enterprises": [s.enterprise for s in mine],
                    "moving": {s.enterprise: f"{s.stage} to {s.successor}" for s in mine if s.successor},
                }
            )


@ingestors.command()
@click.argument("ids", nargs=-1)
@click.option("--wait", default=120.0, show_default=True, help="Seconds to wait for the moves.")
def divide(ids: tuple[str, ...], wait: float) -> None:
    """Divide the enterprises among these ingestors, or all that are alive: evenly by points, with few moves.

    One that is not named passes all it reads on; then it may be stopped. Returns when the moves are made.
    """
    from ingest.division import divide as plan
    from schemas.errors import InvalidInput, Unavailable
    from storage.shares import ingestors as known
    from storage.shares import plan_moves, readers_of, shares, weights

    with database() as (_, connection):
        now = dt.datetime.now(dt.UTC)
        alive = [one.client_id for one in known(connection) if one.is_alive(now)]
        unknown = [name for name in ids if name not in alive]
        if unknown or not alive:
            what = f"{', '.join(unknown)} gave no sign of life" if unknown else "none is alive"
            raise InvalidInput(f"{what}: start it first; alive are: {', '.join(alive) or 'none'}", field="ingestor")
        loads = weights(connection)
        readers = readers_of(shares(connection), loads)
        if len(set(ids or alive)) > 1 or set(readers.values()) != set(ids or alive):
            plan_moves(connection, plan(loads, readers, sorted(set(ids or alive))))
        waiting = _wait(connection, set(ids or alive), wait)
        readers = {s.enterprise: s.ingestor for s in shares(connection)}
    if waiting:
        told = ", ".join(f"{s.enterprise} ({s.stage}) from {s.ingestor} to {s.successor}" for s in waiting)
        raise Unavailable(f"still on the way after {wait:.0f} s: {told}; an ingestor that is dead: --take-over")
    print_line({"readers": readers})


def _wait(connection: Connection, staying: set[str], seconds: float) -> list[Share]:
    """Wait until nothing moves, and those that do not stay are drained; what still moves."""
    from storage.shares import ingestors, shares

    deadline = time.monotonic() + seconds
    while True:
        moving = [share for share in shares(connection) if share.successor or share.taken_at is None]
        now = dt.datetime.now(dt.UTC)
        leavers = [i for i in ingestors(connection) if i.client_id not in staying and i.is_alive(now)]
        if not (moving or any(not leaver.drained for leaver in leavers)) or time.monotonic() > deadline:
            return moving
        time.sleep(0.2)
