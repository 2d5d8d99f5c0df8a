"""GET /points: what is measured, its newest reading, and what the watch says of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request

from alerts.select import Track
from alerts.standing import is_judged, limits_of, tracks_on_values, unjudged_of
from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page, Point
from schemas.air import INPUT_OF_QUANTITY
from schemas.points import Role
from schemas.rules import WatchedPoint
from storage.queries import fetch_dicts
from storage.rules import list_visible_rules

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
    watched = [_watched(item) for item in answer["items"]]
    owners = sorted({point.enterprise for point in watched})
    inputs = {"quantities": sorted(INPUT_OF_QUANTITY), "enterprises": owners}
    beside = [_watched(row) for row in fetch_dicts(rows, "list_visible_outlet_inputs", **inputs)]
    tracks = tracks_on_values(list_visible_rules(rows), watched, beside)
    return answer | {"items": [_point(item, tracks.get(item["id"], []), zone) for item in answer["items"]]}


def _watched(row: dict[str, Any]) -> WatchedPoint:
    return WatchedPoint(**{field.name: row[field.name] for field in fields(WatchedPoint)})


def _point(row: dict[str, Any], tracks: list[Track], zone: ZoneInfo) -> dict[str, Any]:
    ts, value, flag = (row.pop(f"latest_{name}") for name in ("ts", "value", "flag"))
    latest = None if ts is None else {"ts": ts, "value": value, "flag": flag}
    reasons = row.pop("reasons")
    judged = (
        ts is not None
        and flag == "N"
        and row["mark"] is None
        and is_judged(tracks, row["states"], _us(ts), value, zone)
    )
    status = "normal" if row["status"] == "not_judged" and judged else row["status"]
    return {"point": row.pop("address"), **row, "latest": latest, "limits": limits_of(tracks), "status": status} | {
        "unjudged": unjudged_of(tracks, reasons)
    }


def _us(ts: dt.datetime) -> int:
    return (ts - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
