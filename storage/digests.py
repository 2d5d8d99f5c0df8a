"""Which digest was told to whom, and the next one into the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from storage.connect import Connection
from storage.notifications import put_message
from storage.queries import fetch, fetch_value


@dataclass(frozen=True, slots=True)
class Untold:
    """An enterprise, and the channels on which a day's digest was not told."""

    enterprise_id: int
    enterprise: str
    channels: list[str]


def list_untold(
    connection: Connection, day: dt.date, channels: Sequence[str], zone: ZoneInfo, *, hurry: bool
) -> list[Untold]:
    """Who is to be told of a day; while there is no hurry, not those whose hours of it wait to be computed."""
    starts_at, ends_at = (dt.datetime.combine(one, dt.time(), tzinfo=zone) for one in (day, day + dt.timedelta(days=1)))
    named: dict[str, Any] = {"day": day, "channels": list(channels), "hurry": hurry, "from": starts_at, "to": ends_at}
    return fetch(connection, Untold, "list_untold_digests", **named)


def tell(connection: Connection, untold: Untold, day: dt.date, payload: dict[str, Any], now: dt.datetime) -> list[str]:
    """Put a digest into the outbox on each channel on which nobody else has done so; on which. One transaction."""
    told = []
    with connection.transaction():
        for channel in untold.channels:
            named = {"enterprise_id": untold.enterprise_id, "channel": channel, "day": day, "now": now}
            if fetch_value(connection, "claim_digest", **named) is not None:
                put_message(connection, channel, f"digest:{untold.enterprise}:{day}", payload, [], now)
                told.append(channel)
    return told
