"""What the watch has come to, to be held against what was sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from storage.connect import Connection
from storage.queries import fetch, fetch_value


@dataclass(frozen=True, slots=True)
class StandingAlert:
    """An alert that was not withdrawn; stamps in microseconds since the epoch."""

    rule: str
    point: str
    kind: str
    state: str
    opened_us: int
    resolved_us: int | None
    value: float


def standing_alerts(connection: Connection, clocked: list[str]) -> list[StandingAlert]:
    """All alerts that are not withdrawn, those of missing data only of the enterprises ``clocked``."""
    return fetch(connection, StandingAlert, "list_standing_alerts", clocked=clocked)


def unsettled_hours(connection: Connection, before: dt.datetime) -> int:
    """How many hours of air points that begin before an instant wait to be computed."""
    return int(fetch_value(connection, "count_unsettled_hours", before=before))
