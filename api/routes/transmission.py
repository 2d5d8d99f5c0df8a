"""GET /enterprises/{enterprise}/transmission: how much of what was due came, and how much of it counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from accounting.air.transmission import FORMULA, Transmission, together
from api.air_shapes import TransmissionMonth
from api.auth import GuardedRoute, KnownEnterprise, Rows
from api.service import service_of
from api.times import parse_period
from schemas.errors import InvalidInput
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["readings"])


@router.get("/enterprises/{enterprise}/transmission", response_model=TransmissionMonth)
def read_transmission(
    request: Request,
    rows: Rows,
    enterprise: KnownEnterprise,
    month: Annotated[str | None, Query(description="2026-10; this month without it")] = None,
) -> Any:
    """The transmission-effective rate of a month, by point, outlet and enterprise, with the numbers it is made of."""
    zone, now = service_of(request).zone, dt.datetime.now(dt.UTC)
    period = parse_period(month or f"{now.astimezone(zone):%Y-%m}", zone)
    if period.grain != "month":
        raise InvalidInput("is no month; write 2026-10", field="month")
    until = min(period.end, now.replace(minute=0, second=0, microsecond=0))
    found = fetch_dicts(
        rows, "count_visible_transmission", enterprise=enterprise, **{"from": period.start, "to": until}
    )
    outlets = [_outlet(outlet, list(points)) for outlet, points in groupby(found, key=lambda row: row["outlet"])]
    whole = together(_counted(row) for row in found)
    told = {"enterprise": enterprise, "month": f"{period.start.astimezone(zone):%Y-%m}", "formula": FORMULA}
    return told | _rates(whole) | {"outlets": outlets}


def _outlet(outlet: str, points: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"point": row["address"], "quantity": row["quantity"]} | _rates(_counted(row)) for row in points]
    return {"outlet": outlet} | _rates(_together(points)) | {"points": parts}


def _together(points: Iterable[dict[str, Any]]) -> Transmission:
    return together(_counted(row) for row in points)


def _counted(row: dict[str, Any]) -> Transmission:
    return Transmission(row["elapsed_hours"], row["standstill_hours"], row["transmitted_hours"], row["valid_hours"])


def _rates(counted: Transmission) -> dict[str, Any]:
    return {
        "elapsed_hours": counted.elapsed_hours,
        "standstill_hours": counted.standstill_hours,
        "due_hours": counted.due_hours,
        "transmitted_hours": counted.transmitted_hours,
        "valid_hours": counted.valid_hours,
        "transmission_rate": counted.transmission_rate,
        "effective_rate": counted.effective_rate,
        "transmission_effective_rate": counted.transmission_effective_rate,
    }
