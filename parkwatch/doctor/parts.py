"""The parts of the service: which gave a sign of life."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from parkwatch.doctor.findings import Finding, fine, wrong
from parkwatch.running import database_url
from parkwatch.settings import Settings
from storage.connect import open_connection
from storage.heartbeats import heartbeats

PART = "parts"
SILENT_S = 30.0


def examine(settings: Settings) -> list[Finding]:
    """Examine the heartbeats.

    Raises:
        Unavailable: the database does not answer.
    """
    with closing(open_connection(database_url(settings))) as connection:
        beats = heartbeats(connection)
    now = dt.datetime.now(dt.UTC)
    if not beats:
        why = "nothing is taken in, computed or watched"
        return [wrong(PART, "alive", "no part was ever alive", why, "parkwatch serve, or docker compose up -d")]
    return [_alive(beat.part, (now - beat.beat_at).total_seconds(), beat.well) for beat in beats]


def _alive(part: str, age_s: float, well: bool) -> Finding:
    if age_s > SILENT_S:
        why = "what it does is not done; messages for an ingestor wait at the broker"
        return wrong(PART, part, f"no sign of life for {age_s:.0f} s", why, f"start it again, or see its log: {part}")
    if not well:
        why = "messages wait at the broker"
        return wrong(PART, part, "alive, but without its broker", why, "is the broker up, and its login right?")
    return fine(PART, part, f"alive {age_s:.0f} s ago")
