"""GET /green-power: consumption, its green terms and the shares they make."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from api.auth import GuardedRoute, OwnScope, Rows
from api.energy_shapes import GreenPower
from api.paging import Cursor, Limit
from api.results import result_page
from api.service import service_of
from api.shapes import Page
from api.times import parse_period

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])


@router.get("/green-power", response_model=Page[GreenPower])
def list_green_power(
    request: Request,
    rows: Rows,
    scope: OwnScope,
    period: Annotated[str, Query(examples=["2026", "2026-10", "2026-10-05", "2026-10-05T13"])],
    by: Literal["period", "hour", "day", "month"] = "period",
    rule: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 1000,
) -> Any:
    """Green power of a scope by the named or the default rule, as computed; a period without a result is no item."""
    zone = service_of(request).zone
    return result_page(
        rows, "list_visible_green_power", scope, parse_period(period, zone), by, rule, cursor, limit, zone
    )
