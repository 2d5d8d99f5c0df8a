"""GET /energy-use: every medium by month, as standard coal in two columns, and water per tonne of product."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from accounting.standard_coal import energy_use
from api.auth import GuardedRoute, OwnScope, Rows
from api.energy_shapes import EnergyUse
from api.energy_use import factors_at, media_by_month
from api.service import service_of
from api.shapes import Page
from api.times import parse_period, write_period
from schemas.errors import InvalidInput

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])


@router.get("/energy-use", response_model=Page[EnergyUse])
def list_energy_use(
    request: Request,
    rows: Rows,
    scope: OwnScope,
    period: Annotated[str, Query(description="a year or a month", examples=["2026", "2026-10"])],
) -> Any:
    """Energy and water of a scope, month by month; the calorific and the supply-rate column are never added up."""
    zone = service_of(request).zone
    wanted = parse_period(period, zone)
    if wanted.grain not in ("year", "month"):
        raise InvalidInput("energy use is by month; write 2026 or 2026-10", field="period")
    now = dt.datetime.now(dt.UTC)
    items = []
    for start, metered in media_by_month(rows, scope, wanted.start, wanted.end, now, zone).items():
        last_day = min((start.astimezone(zone) + dt.timedelta(days=27)).date(), now.astimezone(zone).date())
        use = energy_use(metered, factors_at(rows, last_day), one_enterprise=scope.startswith("enterprise:"))
        items.append({"period": write_period("month", start, zone), "scope": scope, **asdict(use)})
    return {"items": items, "next": None}
