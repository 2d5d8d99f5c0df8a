"""GET /readings: raw, by page and never thinned, or in steps."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.auth import GuardedRoute, OwnPoint, Rows
from api.formats import CSV, PARQUET, answer, choose
from api.paging import Cursor, page, read_cursor
from api.service import service_of
from api.shapes import Page, Reading, Step
from api.times import Instant, range_of
from storage.connect import Connection
from storage.queries import fetch_dicts
from storage.steps import read_steps

router = APIRouter(route_class=GuardedRoute, tags=["readings"])

STEPS = {
    "1m": dt.timedelta(minutes=1),
    "15m": dt.timedelta(minutes=15),
    "1h": dt.timedelta(hours=1),
    "1d": dt.timedelta(days=1),
}
_RAW = ["ts", "value", "flag"]
_STEPPED = ["ts", "mean", "min", "max", "n", "n_valid"]
_FORMATS: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {}, PARQUET: {}}}}


@router.get("/readings", response_model=Page[Reading] | Page[Step], responses=_FORMATS)
def list_readings(
    request: Request,
    rows: Rows,
    point: OwnPoint,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    step: Literal["raw", "1m", "15m", "1h", "1d", "auto"] = "raw",
    max_points: Annotated[int, Query(ge=1, le=10_000, description="items on a page of steps")] = 1000,
    limit: Annotated[int, Query(ge=1, le=50_000, description="items on a page of raw readings")] = 1000,
    cursor: Cursor = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Readings of a point in [from, to), ascending; the last 24 hours unless said.

    ``raw`` is every reading. In a step, ``mean`` is the mean of valid minute means, null for a counter; amounts of
    ``interval`` points belong to the step that ends with them. ``auto`` is the finest step that needs no more than
    ``max_points``.
    """
    media = choose(accept)
    start, end = range_of(since, to)
    zone = service_of(request).zone
    (after,) = read_cursor(cursor, dt.datetime)
    if step == "raw":
        found = _raw(rows, point["id"], start, end, after, limit)
        return answer(media, _RAW, page(found, limit, ["ts"], zone))
    width = _width(step, end - start, max_points)
    if after is not None:
        start = max(start, _next(after, width, zone))
    steps = read_steps(rows, point["id"], (start, end), width, zone, max_points + 1)
    found = [{name: getattr(step, name) for name in _STEPPED} for step in steps]
    return answer(media, _STEPPED, page(found, max_points, ["ts"], zone))


def _raw(
    rows: Connection, point_id: int, start: dt.datetime, end: dt.datetime, after: dt.datetime | None, limit: int
) -> list[dict[str, Any]]:
    if after is not None:
        start = max(start, after + dt.timedelta(microseconds=1))  # the resolution of a stamp
    parameters = {"point_id": point_id, "from": start, "to": end, "limit": limit + 1}
    return fetch_dicts(rows, "list_visible_readings", **parameters)


def _width(step: str, span: dt.timedelta, max_points: int) -> dt.timedelta:
    if step != "auto":
        return STEPS[step]
    return next((width for width in STEPS.values() if span <= width * max_points), STEPS["1d"])


def _next(start: dt.datetime, width: dt.timedelta, zone: dt.tzinfo) -> dt.datetime:
    """The end of a step; a day's is the next local midnight, whatever the day's length."""
    if width < STEPS["1d"]:
        return start + width
    return (start.astimezone(zone) + width).astimezone(dt.UTC)
