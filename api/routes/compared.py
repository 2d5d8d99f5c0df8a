"""GET /hours/compared: a logger's own hours beside ours, and whether the two judge alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from accounting.air.agreement import Agreement, compare
from alerts.select import Track
from alerts.standing import tracks_on_values
from alerts.units import factor
from api.air_shapes import ComparedHour
from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import Instant, range_of
from schemas.air import INPUT_OF_QUANTITY
from schemas.points import Basis
from schemas.rules import RuleKind, Statistic, WatchedPoint
from storage.connect import Connection
from storage.queries import fetch_dicts
from storage.rules import list_visible_rules

router = APIRouter(route_class=GuardedRoute, tags=["readings"])


@router.get("/hours/compared", response_model=Page[ComparedHour])
def list_compared(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    point: Annotated[str | None, Query(description="the live point, ENTERPRISE/POINT")] = None,
    disagreeing: Annotated[bool, Query(description="leave out what agrees; a page may then hold fewer items")] = False,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Any:
    """Hours of [from, to) that a logger has reported, with ours; the last 24 hours unless said."""
    start, end = range_of(since, to)
    after_hour, after_point = read_cursor(cursor, dt.datetime, str)
    place = {"after_hour": after_hour, "after_point": after_point, "limit": limit + 1}
    span = {"from": start, "to": end, "enterprise": enterprise, "point": point}
    found = fetch_dicts(rows, "list_visible_compared_hours", **span, **place)
    answer = page(found, limit, ["hour", "logger_point"], service_of(request).zone)
    tracks = _tracks(rows, answer["items"])
    items = [_item(row, tracks.get(row["id"], [])) for row in answer["items"]]
    return answer | {"items": [item for item in items if not disagreeing or item["disagrees"]]}


def _tracks(rows: Connection, found: list[dict[str, Any]]) -> dict[int, list[Track]]:
    points = {row["id"]: _watched(row) for row in found}
    inputs = {"quantities": sorted(INPUT_OF_QUANTITY), "enterprises": sorted({p.enterprise for p in points.values()})}
    beside = [_watched(row) for row in fetch_dicts(rows, "list_visible_outlet_inputs", **inputs)]
    return tracks_on_values(list_visible_rules(rows), points.values(), beside)


def _watched(row: Mapping[str, Any]) -> WatchedPoint:
    return WatchedPoint(**{field.name: row[field.name] for field in fields(WatchedPoint)})


def _item(row: Mapping[str, Any], tracks: list[Track]) -> dict[str, Any]:
    unit = "mg/m3" if row["of_oxygen"] and row["reported_basis"] != Basis.REF_O2 else row["unit"]
    scale = factor(row["logger_unit"] or unit, unit)
    track = next((t for t in tracks if _judges(t, of_oxygen=row["of_oxygen"])), None)
    above = None if track is None else track.limits.limit
    known = scale is not None
    found = compare(row["ours"] if known else None, row["logger"] * scale if scale is not None else None, above)
    return _told(row, found, unit) | {"rule": track and track.code, "above": above}


def _judges(track: Track, *, of_oxygen: bool) -> bool:
    """Whether a track's limit is on what the logger reports: its live value's basis, or reference oxygen."""
    hourly = track.statistic is Statistic.MEAN_1H and track.kind is RuleKind.EXCEEDANCE and track.refusal is None
    on_oxygen = track.rule.basis is Basis.REF_O2
    as_reported = track.series is None and (not on_oxygen or track.point.reported_basis == Basis.REF_O2)
    fits = on_oxygen and not track.of_rate if of_oxygen else as_reported
    return hourly and track.limits.sign > 0 and fits


def _told(row: Mapping[str, Any], found: Agreement, unit: str) -> dict[str, Any]:
    return {
        "hour": row["hour"],
        "point": f"{row['enterprise']}/{row['code']}",
        "logger_point": row["logger_point"],
        "unit": unit,
        "ours": found.ours if found.ours is not None else row["ours"],
        "logger": found.logger if found.logger is not None else row["logger"],
        "difference": found.difference,
        "same_value": found.same_value,
        "same_verdict": found.same_verdict,
        "disagrees": found.disagrees,
    }
