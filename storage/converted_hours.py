"""Hours of concentrations on the terms of rules: computed under a lock of their point, kept with their conversion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.metering import HourlyFacts
from storage.arrays import Array, array, documents, texts
from storage.connect import Connection
from storage.queries import query
from storage.readings import instant

_COLUMNS = {
    "n": "int4", "n_valid": "int4", "mean": "float8", "min": "float8", "max": "float8", "covered_s": "float8",
    "valid": "bool",
}  # fmt: skip
_CONVERSION_LOCK = 7_275_922  # first half of an advisory lock; the second is the point


@dataclass(frozen=True, slots=True)
class ConvertedHour:
    """An hour of one series of a point; ``hour_us`` is its start."""

    point_id: int
    series: str
    hour_us: int


@dataclass(frozen=True, slots=True)
class SeriesHours:
    """Hours of one series of a point, and for each of them how it was converted."""

    series: str
    facts: HourlyFacts
    conversions: list[dict[str, Any]]


def lock_conversions(connection: Connection, point_ids: Iterable[int]) -> None:
    """Convert the hours of these points alone until the transaction ends: the last to write has read the newest."""
    points = sorted(set(point_ids))
    connection.execute(query("lock_watched"), {"space": _CONVERSION_LOCK, "enterprise_ids": points}).fetchall()


def put_converted_hours(connection: Connection, made: Sequence[SeriesHours]) -> list[ConvertedHour]:
    """Write hours, each once; those that are new or other than before."""
    if not made:
        return []

    def column(kind: str, name: str) -> Array:
        return array(kind, np.concatenate([getattr(hours.facts, name) for hours in made]))

    parameters = {name: column(kind, name) for name, kind in _COLUMNS.items()}
    keys = {
        "point_ids": column("int4", "point_id"),
        "hours_us": column("int8", "hour_us"),
        "series": texts([hours.series for hours in made for _ in hours.conversions]),
    }
    told = documents([conversion for hours in made for conversion in hours.conversions])
    rows = connection.execute(query("put_converted_hours"), keys | parameters | {"conversions": told}).fetchall()
    return [ConvertedHour(*row) for row in rows]


def list_converted_samples(
    connection: Connection, point_id: int, series: str, first_us: int, until_us: int, limit: int
) -> list[tuple[int, float, str]]:
    """Hourly means of a series in [first, until) as (microseconds of the hour's end, mean, V or I)."""
    span = {"first": instant(first_us), "until": instant(until_us), "limit": limit}
    return connection.execute(
        query("list_converted_samples"), {"point_id": point_id, "series": series, **span}
    ).fetchall()
