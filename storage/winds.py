"""Winds and outlets of a park as a caller may read them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from storage.alerts import instant
from storage.connect import Connection
from storage.queries import fetch, fetch_dicts, query


@dataclass(frozen=True, slots=True)
class WindMinute:
    """A minute of a mast; what it did not measure then is None."""

    station: str
    longitude: float | None
    latitude: float | None
    interval_s: float
    minute_us: int
    speed: float | None
    direction: float | None
    stability: float | None


def list_winds(connection: Connection, park: str, first_us: int, until_us: int) -> list[WindMinute]:
    """Valid minutes of [first, until) by mast and time."""
    span = {"first": instant(first_us), "until": instant(until_us)}
    return fetch(connection, WindMinute, "list_visible_winds", park=park, **span)


def list_outlets(connection: Connection, park: str, quantity: str) -> list[dict[str, Any]]:
    """The caller's outlets of a park; ``point_ids`` is None where the pollutant is not measured."""
    return fetch_dicts(connection, "list_visible_outlets_of_park", park=park, quantity=quantity)


def list_hour_means(
    connection: Connection, point_ids: list[int], first_us: int, until_us: int
) -> dict[int, list[tuple[int, float]]]:
    """Of each point its valid hours that start in [first, until): (start, mean)."""
    span = {"first": instant(first_us), "until": instant(until_us)}
    rows = connection.execute(query("list_visible_hour_means"), {"point_ids": point_ids, **span}).fetchall()
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for point_id, hour_us, mean in rows:
        found[point_id].append((hour_us, mean))
    return dict(found)


def find_place(connection: Connection, point_id: int) -> dict[str, Any] | None:
    rows = fetch_dicts(connection, "find_visible_place", id=point_id)
    return rows[0] if rows else None
