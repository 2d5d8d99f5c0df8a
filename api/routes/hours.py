"""GET /hours: hourly facts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.auth import GuardedRoute, OwnPoint, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Hour, Page
from api.times import Instant, range_of
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["readings"])


@router.get("/hours", response_model=Page[Hour])
def list_hours(
    request: Request,
    rows: Rows,
    point: OwnPoint,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 1000,
) -> Any:
    """Facts of the hours that begin in [from, to), ascending; the last 24 hours unless said."""
    start, end = range_of(since, to)
    (after,) = read_cursor(cursor, dt.datetime)
    if after is not None:
        start = max(start, after + dt.timedelta(microseconds=1))
    parameters = {"point_id": point["id"], "from": start, "to": end, "limit": limit + 1}
    return page(fetch_dicts(rows, "list_visible_hours", **parameters), limit, ["hour"], service_of(request).zone)
