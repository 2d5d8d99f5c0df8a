"""Points that nobody registered: a logger's own statistics, added when they are first seen."""

from __future__ import annotations

from dataclasses import dataclass

from storage.connect import Connection
from storage.queries import execute, fetch_dicts


@dataclass(frozen=True, slots=True)
class SeenPoint:
    """A statistic of a live point.

    Attributes:
        live_id: the key of the live point.
        part: what its code adds to the live one's after a colon: ``1h``, ``1h:zs:max``.
        kind: ``interval``, or ``gauge`` at an instant.
        interval_s: None is the live point's.
        same_unit: whether it is in the live value's HJ 212 unit; if not, its unit stays empty: it is never assumed.
    """

    live_id: int
    part: str
    kind: str
    interval_s: float | None
    same_unit: bool


def add_seen_points(connection: Connection, points: list[SeenPoint]) -> list[str]:
    """Register statistics; the addresses of the new ones. Two ingestors may do it at once: one of them adds."""
    with connection.transaction():
        rows = fetch_dicts(
            connection,
            "add_seen_points",
            live_ids=[p.live_id for p in points],
            parts=[p.part for p in points],
            kinds=[p.kind for p in points],
            intervals_s=[p.interval_s for p in points],
            same_units=[p.same_unit for p in points],
        )
        added = [str(row["address"]) for row in rows]
        changes = [f"point {address}: seen" for address in added]
        # also where another ingestor was first: the version must move for who waited for its rows
        execute(connection, "keep_registry_version", sha256="", body="", changes=changes)
    return added
