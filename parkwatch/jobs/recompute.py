"""Whole months again, on request, while the service runs: by the same code and under the same locks as live."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounting.periods import bounds_of
from parkwatch.jobs.drain_hours import Judge, drain
from storage.connect import Connection
from storage.facts import mark_readings_dirty
from storage.queries import fetch_dicts, fetch_value

Show = Callable[[int, int], None]
"""Called with what is done and what there is."""

_RETRY_S = 0.2  # another worker holds the points that are left


@dataclass(frozen=True, slots=True)
class _Stretch:
    points: list[int]
    from_ts: dt.datetime
    to_ts: dt.datetime


def recompute_hours(
    connection: Connection,
    scope: str,
    from_month: dt.date,
    to_month: dt.date,
    timezone: ZoneInfo,
    *,
    judge: Judge | None = None,
    show: Show | None = None,
) -> int:
    """Make the hourly facts of a scope's points again, ``to_month`` included; how many hours.

    The marks are worked off together with whoever else drains them; facts that come out as they are stored are not
    touched.
    """
    points = [row["id"] for row in fetch_dicts(connection, "list_scope_points", scope=scope)]
    stretch = _Stretch(points, bounds_of(from_month, timezone).starts_at, bounds_of(to_month, timezone).ends_at)
    total = mark_readings_dirty(connection, points, stretch.from_ts, stretch.to_ts)
    while waiting := _waiting(connection, stretch):
        if show:
            show(max(total - waiting, 0), total)
        if not drain(connection, dt.datetime.now(dt.UTC), timezone=timezone, judge=judge):
            time.sleep(_RETRY_S)
    if show:
        show(total, total)
    return total


def _waiting(connection: Connection, stretch: _Stretch) -> int:
    bounds = {"from": stretch.from_ts, "to": stretch.to_ts}
    count: int = fetch_value(connection, "count_dirty_of_points", point_ids=stretch.points, **bounds)
    return count
