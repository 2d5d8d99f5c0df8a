"""Results of the accounts, by period."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from api.paging import page, read_cursor
from api.times import Period, write_period
from storage.connect import Connection
from storage.queries import fetch_dicts


def result_page(
    rows: Connection,
    query: str,
    scope: str,
    period: Period,
    by: str,
    rule: str | None,
    cursor: str | None,
    limit: int,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """One page of a result table's rows of a scope in a period, ``by`` hour, day, month or the period itself."""
    grain = period.grain_of(by)
    (after,) = read_cursor(cursor, dt.datetime)
    start = period.start if after is None else max(period.start, after + dt.timedelta(microseconds=1))
    bounds = {"from": start, "to": period.end, "limit": limit + 1}
    found = fetch_dicts(rows, query, scope=scope, grain=grain, rule=rule, **bounds)
    answer = page(found, limit, ["starts_at"], zone)
    return answer | {"items": [{"period": write_period(grain, i["starts_at"], zone), **i} for i in answer["items"]]}
