"""GET /points: what is measured, its newest reading, and what the watch says of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page, Point
from schemas.points import Role
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["registry"])


@router.get("/points", response_model=Page[Point])
def list_points(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    role: Role | None = None,
    medium: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Any:
    """Your points, by address. A status is an open alert's, else no_data, not_judged or normal."""
    (after,) = read_cursor(cursor, str)
    zone = service_of(request).zone
    found = fetch_dicts(
        rows,
        "list_visible_points",
        now=dt.datetime.now(dt.UTC),
        enterprise=enterprise,
        role=role and role.value,
        medium=medium,
        after=after,
        limit=limit + 1,
    )
    answer = page(found, limit, ["address"], zone)
    return answer | {"items": [_point(item) for item in answer["items"]]}


def _point(row: dict[str, Any]) -> dict[str, Any]:
    ts, value, flag = (row.pop(f"latest_{name}") for name in ("ts", "value", "flag"))
    latest = None if ts is None else {"ts": ts, "value": value, "flag": flag}
    return {"point": row.pop("address"), **row, "latest": latest}
