"""Yesterday's digest of each enterprise into the outbox, once on each channel, whatever dies and however many try."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts.digest.assemble import assemble
from alerts.digest.load import load
from alerts.digest.windows import due_since, newest_due
from alerts.dispatch import QUEUE_BOUND
from storage.access import acting_as_enterprise
from storage.connect import Connection, DatabaseError
from storage.digests import list_untold, tell
from storage.notifications import count_waiting, read_policy

PATIENCE = dt.timedelta(hours=1)  # for hours of the day that wait to be computed
_ROUND_S = 10.0  # the rest in the next round, so that a service that ends need not wait for it


def send_digests(connection: Connection, now: dt.datetime, zone: ZoneInfo) -> int:
    """Put the newest digest that is due into the outbox wherever it was not told; how many messages.

    Days that were missed before the newest one are not made up for. A channel that is full gets its digest when there
    is room, or the next one. What fails for an enterprise is raised when all others had their turn.
    """
    policy = read_policy(connection)
    if policy.digest_at is None:
        return 0
    at = dt.time.fromisoformat(policy.digest_at)
    day = newest_due(now, at, zone)
    hurry = now >= due_since(day, at, zone) + PATIENCE
    waiting = count_waiting(connection)
    room = Counter({name: QUEUE_BOUND - waiting.get(name, 0) for name in policy.digest_channels})
    sent, ends = 0, time.monotonic() + _ROUND_S
    failed: list[DatabaseError] = []
    for untold in list_untold(connection, day, policy.digest_channels, zone, hurry=hurry):
        channels = [name for name in untold.channels if room[name] > 0]
        if not channels:
            continue
        if time.monotonic() > ends:
            break
        try:
            with acting_as_enterprise(connection, untold.enterprise_id) as rows:
                facts = load(rows, untold.enterprise, day, now, zone, policy.correction_days)
        except DatabaseError as error:
            failed.append(error)
            continue
        told = tell(connection, replace(untold, channels=channels), day, assemble(facts), now)
        room.subtract(told)
        sent += len(told)
    if failed:
        raise failed[0]
    return sent
