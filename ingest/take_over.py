"""Finishing for an ingestor that will not come back: its session is resumed, emptied, passed on and deleted."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import closing
from dataclasses import replace
from typing import Any

from ingest.division import departure
from ingest.service import run
from ingest.settings import IngestSettings
from schemas.batches import Judge
from schemas.errors import Conflict, NotFound, Unavailable
from storage.connect import Connection, open_connection
from storage.shares import forget_ingestor, ingestors, plan_moves, readers_of, shares, weights


def take_over_from(
    client_id: str, settings: IngestSettings, stop: threading.Event, judge: Judge | None
) -> dict[str, Any]:
    """Run as the ingestor ``client_id`` until it reads nothing any more; what was done.

    Raises:
        NotFound: no such ingestor was ever there.
        Conflict: it is alive.
        Unavailable: there is no other ingestor to pass its enterprises on to, or it was stopped before the end.
    """
    with closing(open_connection(settings.database_url)) as connection:
        moved = plan_departure(connection, client_id, dt.datetime.now(dt.UTC))
    own = replace(settings, client_id=client_id, enterprises=None, hj212_port=None, take_over=True)
    run(own, stop, judge)
    with closing(open_connection(settings.database_url)) as connection:
        left = [s.enterprise for s in shares(connection) if client_id in (s.ingestor, s.successor)]
        if left:
            raise Unavailable(f"stopped before the end; {client_id} still reads {', '.join(left)}: run it again")
        forget_ingestor(connection, client_id)
    return {"taken_over": client_id, "enterprises": moved}


def plan_departure(connection: Connection, client_id: str, now: dt.datetime) -> dict[str, str]:
    """Plan to divide what an ingestor reads among those alive; by enterprise who gets it."""
    known = {i.client_id: i for i in ingestors(connection)}
    if client_id not in known:
        raise NotFound(f"no ingestor {client_id}; known are: {', '.join(known) or 'none'}")
    if known[client_id].is_alive(now):
        raise Conflict(f"{client_id} gave a sign of life within 30 s: stop it first, and let nothing start it again")
    readers = readers_of(shares(connection), weights(connection))
    others = [name for name, other in known.items() if name != client_id and other.is_alive(now)]
    if client_id in readers.values() and not others:
        raise Unavailable(f"no other ingestor is alive: start one, or start {client_id} again, which loses nothing")
    if client_id not in readers.values():
        return {}
    plan = departure(readers, weights(connection), client_id, others)
    plan_moves(connection, plan)
    return plan
