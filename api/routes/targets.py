"""GET /targets: what the plans ask for, and how it stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, Rows
from api.energy_shapes import Target
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.target_progress import progress_of
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])


@router.get("/targets", response_model=Page[Target])
def list_targets(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """What the plans ask for, each with its source, the year to date, the run rate still required and a forecast.

    The forecast is a trend extrapolation of the months measured so far, with its interval, method and history.
    """
    zone = service_of(request).zone
    (after,) = read_cursor(cursor, str)
    answer = page(fetch_dicts(rows, "list_visible_targets", after=after, limit=limit + 1), limit, ["code"], zone)
    today = dt.datetime.now(zone).date()
    return answer | {"items": [target | progress_of(rows, target, today, zone) for target in answer["items"]]}
