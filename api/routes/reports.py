"""GET /reports/{month}: the monthly energy and green-power report as PDF or XLSX, in Chinese or English."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.auth import GuardedRoute, OwnScope, Rows
from api.formats import choose
from api.reports.draw import MEDIA, draw
from api.reports.load import load_report
from api.service import service_of
from api.times import parse_period
from schemas.errors import InvalidInput, NotFound

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])

_CONTENT = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA}


@router.get("/reports/{month}", response_class=Response, responses={200: {"content": _CONTENT}})
def read_report(
    request: Request,
    rows: Rows,
    scope: OwnScope,
    month: Annotated[str, Path(examples=["2026-10"])],
    language: Annotated[Literal["zh", "en"], Query()] = "zh",
) -> Response:
    """The report of a scope and month; 404 where nothing was computed for it. PDF unless Accept asks for XLSX."""
    zone = service_of(request).zone
    media = choose(request.headers.get("Accept"), MEDIA)
    try:
        period = parse_period(month, zone)
    except InvalidInput:
        period = None
    if period is None or period.grain != "month":
        raise NotFound(f"no report {month!r}; a month is written 2026-10")
    report = load_report(rows, scope, period.start.date(), dt.datetime.now(dt.UTC), zone)
    name = f"parkwatch-{scope.replace(':', '-')}-{month}-{language}.{MEDIA[media]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(draw(report, media, language), 200, headers, media)
