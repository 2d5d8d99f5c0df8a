"""Energy and water of a scope by month, out of the hourly facts that the caller may see."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from accounting.standard_coal import Metered
from schemas.accounts import Factor
from storage.connect import Connection
from storage.queries import fetch, fetch_dicts

_PARTS = ("medium", "role", "name", "unit", "feedstock", "amount", "hours_due", "hours_complete")


def enterprises_of(rows: Connection, scope: str) -> list[dict[str, Any]]:
    """Code, name, park and industry of the enterprises of a scope."""
    return fetch_dicts(rows, "list_visible_scope_enterprises", scope=scope)


def media_by_month(
    rows: Connection, scope: str, start: dt.datetime, end: dt.datetime, now: dt.datetime, zone: ZoneInfo
) -> dict[dt.datetime, list[Metered]]:
    """What every medium's meters said, by the beginning of each local month in [start, end) that has begun."""
    months: dict[dt.datetime, list[Metered]] = defaultdict(list)
    codes = [enterprise["code"] for enterprise in enterprises_of(rows, scope)]
    bounds = {"from": start, "to": min(end, now), "now": now, "timezone": zone.key}
    for row in fetch_dicts(rows, "sum_visible_media", enterprises=codes, **bounds):
        months[row["starts_at"]].append(Metered(**{name: row[name] for name in _PARTS}))
    return months


def factors_at(rows: Connection, day: dt.date) -> list[Factor]:
    """Factors that were published by a day, verified or not."""
    return [f for f in fetch(rows, Factor, "list_visible_factors") if max(f.published_on, f.valid_from) <= day]
