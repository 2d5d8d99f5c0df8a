"""What ingest remembers for its languages: edge nodes, stale points, what decoders noted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from storage.connect import Connection
from storage.queries import execute, execute_many, fetch_dicts


@dataclass(frozen=True, slots=True)
class StoredNode:
    """An edge node as it is stored; ``births`` are JSON, None where they are unchanged."""

    births: bytes | None
    seq: int | None
    bd_seq: int | None
    asked_us: int | None


def find_node(connection: Connection, enterprise: str, edge: str) -> StoredNode | None:
    """What was committed of an edge node."""
    rows = fetch_dicts(connection, "select_sparkplug_node", enterprise=enterprise, edge=edge)
    if not rows:
        return None
    row = rows[0]
    bd_seq = None if row["bd_seq"] is None else int(row["bd_seq"])
    return StoredNode(bytes(row["births"]), row["seq"], bd_seq, row["asked_us"])


def put_node(connection: Connection, enterprise: str, edge: str, node: StoredNode, now: dt.datetime) -> None:
    """Remember an edge node."""
    execute(
        connection,
        "put_sparkplug_node",
        enterprise=enterprise,
        edge=edge,
        births=node.births,
        seq=node.seq,
        bd_seq=node.bd_seq,
        asked_us=node.asked_us,
        now=now,
    )


def note_staleness(connection: Connection, stale: list[int], alive: list[int], now: dt.datetime) -> None:
    """Mark points (keys) whose sender died, and clear those that speak again."""
    if stale:
        execute(connection, "mark_points_stale", point_ids=sorted(stale), now=now)
    if alive:
        execute(connection, "clear_stale_points", point_ids=sorted(alive))


def add_notes(connection: Connection, notes: Counter[tuple[str, str]]) -> None:
    """Add to the counts by language and kind."""
    rows = [{"language": language, "kind": kind, "noted": notes[language, kind]} for language, kind in sorted(notes)]
    if rows:
        execute_many(connection, "add_decoder_notes", rows)
