"""Which parts of the system are alive."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from storage.connect import Connection
from storage.queries import execute, fetch


@dataclass(frozen=True, slots=True)
class Heartbeat:
    part: str
    beat_at: dt.datetime
    well: bool


def beat(connection: Connection, part: str, well: bool, now: dt.datetime) -> None:
    """Say that a part is alive, and whether it can do its work."""
    execute(connection, "beat", part=part, well=well, now=now)


def heartbeats(connection: Connection) -> list[Heartbeat]:
    """Every part that was ever alive."""
    return fetch(connection, Heartbeat, "select_heartbeats")
