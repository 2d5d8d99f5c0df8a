"""GET /reviews: meter steps that nothing explains."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.auth import GuardedRoute, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page, Review
from api.times import Instant
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["readings"])


@router.get("/reviews", response_model=Page[Review])
def list_reviews(
    request: Request,
    rows: Rows,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Unexplained steps of your counters that touch [from, to), oldest first: missing energy until someone decides."""
    after_ts, after_point = read_cursor(cursor, dt.datetime, str)
    bounds = {"from": since, "to": to, "after_ts": after_ts, "after_point": after_point, "limit": limit + 1}
    return page(
        fetch_dicts(rows, "list_visible_reviews", **bounds), limit, ["from_ts", "point"], service_of(request).zone
    )
