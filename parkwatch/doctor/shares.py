"""The shares of the ingestors: is every enterprise read, and by one."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from parkwatch.doctor.findings import Finding, fine, note, wrong
from parkwatch.running import database_url
from parkwatch.settings import Settings
from storage.connect import open_connection
from storage.shares import EVERYTHING, Ingestor, Share, ingestors, shares, weights

PART = "ingest"


def examine(settings: Settings) -> list[Finding]:
    """Examine who reads whose messages.

    Raises:
        Unavailable: the database does not answer.
    """
    with closing(open_connection(database_url(settings))) as connection:
        found = (shares(connection), ingestors(connection), sorted(weights(connection)))
    return judge(*found, dt.datetime.now(dt.UTC))


def judge(found: list[Share], known: list[Ingestor], enterprises: list[str], now: dt.datetime) -> list[Finding]:
    """What the table and the ingestors' own words mean."""
    living = {one.client_id: one for one in known if one.is_alive(now)}
    readers = {share.enterprise: share for share in found}
    findings = [
        *_holes(readers, living, enterprises),
        *_doubles(found, living),
        *_silent(found, living),
        *_moving(found),
    ]
    return findings or [fine(PART, "shares", _told(found))]


def _told(found: list[Share]) -> str:
    counts = {s.ingestor: sum(o.ingestor == s.ingestor for o in found) for s in found}
    told = (
        f"{name} reads {'everything' if EVERYTHING in {s.enterprise for s in found} else n}"
        for name, n in counts.items()
    )
    return "; ".join(told)


def _holes(readers: dict[str, Share], living: dict[str, Ingestor], enterprises: list[str]) -> list[Finding]:
    """Enterprises that nobody subscribes to, in the table or at the broker."""
    everything = readers.get(EVERYTHING)
    unread = []
    for enterprise in enterprises or [EVERYTHING]:
        share = everything or readers.get(enterprise)
        reader = living.get(share.ingestor) if share else None
        if share is None or (reader and not share.stage and share.enterprise not in reader.subscribed):
            unread.append(enterprise)
    why = "the broker throws away what nobody subscribes to"
    change = "is an ingestor connected, with a login that may read every topic? Then: parkwatch ingestors divide"
    return [wrong(PART, "unread", f"nobody reads {', '.join(unread)}", why, change)] if unread else []


def _doubles(found: list[Share], living: dict[str, Ingestor]) -> list[Finding]:
    """Enterprises that two subscribe to, though none is moving."""
    moving = {share.enterprise for share in found if share.successor}
    holders: dict[str, list[str]] = {}
    for one in living.values():
        for enterprise in one.subscribed:
            holders.setdefault(enterprise, []).append(one.client_id)
    if EVERYTHING in holders and len(holders) > 1:
        others = {name for e, names in holders.items() if e != EVERYTHING for name in names} - set(holders[EVERYTHING])
        holders[EVERYTHING] = [*holders[EVERYTHING], *sorted(others)]
    twice = {e: names for e, names in holders.items() if len(names) > 1 and e not in moving}
    told = "; ".join(f"{e} by {' and '.join(names)}" for e, names in sorted(twice.items()))
    why = "every message counts as received twice, and corrections may be judged out of order"
    change = "parkwatch ingestors divide"
    return [wrong(PART, "read twice", told, why, change)] if twice else []


def _silent(found: list[Share], living: dict[str, Ingestor]) -> list[Finding]:
    """Ingestors that read something and give no sign of life."""
    dead = sorted({share.ingestor for share in found} - set(living))
    why = "its messages wait at the broker, for this id alone"
    change = "start it again: nothing is lost; if it will never come back: parkwatch ingest --take-over "
    return [wrong(PART, "silent", f"{name} gives no sign of life", why, change + name) for name in dead]


def _moving(found: list[Share]) -> list[Finding]:
    moves = [f"{s.enterprise} ({s.stage}) from {s.ingestor} to {s.successor}" for s in found if s.successor]
    if not moves:
        return []
    return [note(PART, "moving", ", ".join(moves), "a move takes seconds; one that stays waits for its former reader")]
