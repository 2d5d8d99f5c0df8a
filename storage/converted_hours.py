"""Hours of concentrations on the terms of rules: computed under a lock of their point, kept with their conversion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from schemas.metering import HourlyFacts
from storage.connect import Connection
from storage.queries import query
from storage.readings import instant

_CONVERSION_LOCK = 7_275_922  # first half of an advisory lock; the second is the point


@dataclass(frozen=True, slots=True)
class ConvertedHour:
    """An hour of one series of a point; ``hour_us`` is its start."""

    point_id: int
    series: str
    hour_us: int


def lock_conversions(connection: Connection, point_ids: Iterable[int]) -> None:
    """Convert the hours of these points alone until the transaction ends: the last to write has read the newest."""
    points = sorted(set(point_ids))
    connection.execute(query("lock_watched"), {"space": _CONVERSION_LOCK, "enterprise_ids": points}).fetchall()


def put_converted_hours(
    connection: Connection, series: str, facts: HourlyFacts, conversions: list[dict[str, Any]]
) -> list[ConvertedHour]:
    """Write hours of a series; those that are new or other than before."""
    columns = ("n", "n_valid", "mean", "min", "max", "covered_s", "valid")
    parameters = {name: getattr(facts, name).tolist() for name in columns}
    keys = {"point_ids": facts.point_id.tolist(), "hours_us": facts.hour_us.tolist(), "series": series}
    told = {"conversions": [Jsonb(conversion) for conversion in conversions]}
    rows = connection.execute(query("put_converted_hours"), keys | parameters | told).fetchall()
    return [ConvertedHour(point_id, series, hour_us) for point_id, hour_us in rows]


def list_converted_samples(
    connection: Connection, point_id: int, series: str, first_us: int, until_us: int, limit: int
) -> list[tuple[int, float, str]]:
    """Hourly means of a series in [first, until) as (microseconds of the hour's end, mean, V or I)."""
    span = {"first": instant(first_us), "until": instant(until_us), "limit": limit}
    return connection.execute(
        query("list_converted_samples"), {"point_id": point_id, "series": series, **span}
    ).fetchall()
