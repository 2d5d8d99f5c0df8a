"""Who reads whose messages: the enterprises divided among the ingestors.

A move is always made by the one who has the enterprise: ``wanted`` (planned), ``offered`` (it has caught up),
``secured`` (the successor has subscribed and keeps what comes, unread), and then passed on when all that the former
reader had of it is committed. So no two read the same enterprise at the same time, and the order of a point holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts, fetch_value

EVERYTHING = "+"
_LOCK = 7_275_900_011


@dataclass(frozen=True, slots=True)
class Share:
    """An enterprise (or ``EVERYTHING``), its ingestor, and the one it is to go to."""

    enterprise: str
    ingestor: str
    taken_at: dt.datetime | None = None
    successor: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Ingestor:
    client_id: str
    subscribed: list[str]
    drained: bool
    beat_at: dt.datetime | None

    def is_alive(self, now: dt.datetime, within_s: float = 30.0) -> bool:
        """Whether it gave a sign of life lately."""
        return self.beat_at is not None and (now - self.beat_at).total_seconds() < within_s


def shares(connection: Connection) -> list[Share]:
    return fetch(connection, Share, "list_shares")


def ingestors(connection: Connection) -> list[Ingestor]:
    return fetch(connection, Ingestor, "list_ingestors")


def enroll(connection: Connection, client_id: str, enterprises: list[str] | None) -> list[Share]:
    """Claim what nobody has: these enterprises, or everything where the table is empty; all shares as they are then."""
    with _in_turn(connection):
        if enterprises:
            execute(connection, "claim_enterprises", client_id=client_id, enterprises=enterprises)
        else:
            execute(connection, "claim_all", client_id=client_id)
        return shares(connection)


def keep_whole(connection: Connection, client_id: str) -> list[Share]:
    """Enterprises that nobody reads find an ingestor; one that reads all of them reads everything."""
    found = shares(connection)
    lonely = len(found) > 1 and {(s.ingestor, s.successor) for s in found} == {(client_id, None)}
    if not lonely and not assign_new(connection):
        return found
    with _in_turn(connection):
        execute(connection, "join_shares", client_id=client_id)
    return shares(connection)


def assign_new(connection: Connection) -> list[str]:
    """Give enterprises that nobody reads to the ingestors with the fewest; their codes."""
    return [row["enterprise"] for row in fetch_dicts(connection, "assign_new_enterprises")]


def plan_moves(connection: Connection, successors: dict[str, str]) -> None:
    """Plan who shall read which enterprise; what is at the right place stays."""
    with _in_turn(connection):
        execute(connection, "split_share_of_all")
        assign_new(connection)
        for enterprise, successor in sorted(successors.items()):
            execute(connection, "plan_move", enterprise=enterprise, successor=successor)


def weights(connection: Connection) -> dict[str, int]:
    """Every enterprise with its number of points."""
    return {row["enterprise"]: row["points"] for row in fetch_dicts(connection, "list_enterprise_weights")}


def readers_of(found: list[Share], enterprises: Iterable[str]) -> dict[str, str]:
    """Who is to read each enterprise when all moves are made."""
    readers = {s.enterprise: s.successor or s.ingestor for s in found}
    return dict.fromkeys(enterprises, readers[EVERYTHING]) if EVERYTHING in readers else readers


def say_subscribed(connection: Connection, client_id: str, enterprises: list[str], *, drained: bool) -> None:
    """Note what an ingestor's session holds, and whether nothing is left of what it held."""
    execute(connection, "put_ingestor", client_id=client_id, subscribed=enterprises, drained=drained)
    execute(connection, "note_taken", client_id=client_id, enterprises=enterprises)


def offer(connection: Connection, client_id: str) -> None:
    execute(connection, "offer_shares", client_id=client_id)


def secure(connection: Connection, client_id: str, enterprise: str) -> None:
    execute(connection, "secure_share", client_id=client_id, enterprise=enterprise)


def pass_on(connection: Connection, client_id: str, enterprise: str) -> bool:
    """Make the successor the reader; False if the plan has changed meanwhile."""
    return execute(connection, "pass_share", client_id=client_id, enterprise=enterprise) == 1


def forget_ingestor(connection: Connection, client_id: str) -> None:
    """Strike an ingestor that reads nothing off the list."""
    execute(connection, "forget_ingestor", client_id=client_id)


def is_taken(connection: Connection) -> bool:
    """Whether every share has its subscription at the broker."""
    return fetch_value(connection, "find_untaken_share") is None


@contextmanager
def _in_turn(connection: Connection) -> Iterator[None]:
    """A transaction that no other change of the plan is in at the same time."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield
