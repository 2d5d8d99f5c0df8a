"""GET /exports: readings or hourly facts of many points as one Parquet file."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.formats import PARQUET
from api.times import Instant, range_of
from schemas.errors import InvalidInput
from storage.exports import Selection, export_hours, export_readings

router = APIRouter(route_class=GuardedRoute, tags=["readings"])

LONGEST = {"readings": dt.timedelta(days=31), "hours": dt.timedelta(days=366)}
_WRITERS = {"readings": export_readings, "hours": export_hours}


@router.get("/exports", response_class=FileResponse, responses={200: {"content": {PARQUET: {}}}})
def export(
    rows: Rows,
    enterprise: OwnEnterprise,
    kind: Literal["readings", "hours"] = "readings",
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
) -> FileResponse:
    """All that you may see in [from, to), or one enterprise's; the last 24 hours unless said.

    ``readings``: point, ts, value, flag, at most 31 days. ``hours``: the columns of /hours, at most 366 days.
    """
    start, end = range_of(since, to)
    if end - start > LONGEST[kind]:
        raise InvalidInput(f"{kind} are exported for at most {LONGEST[kind].days} days at a time", field="to")
    with tempfile.NamedTemporaryFile(suffix=".parquet", delete=False) as place:
        file = Path(place.name)
    try:
        _WRITERS[kind](rows, Selection(start, end, enterprise), file)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    name = f"{kind}-{enterprise or 'all'}-{start:%Y%m%dT%H%MZ}-{end:%Y%m%dT%H%MZ}.parquet"
    return FileResponse(file, media_type=PARQUET, filename=name, background=BackgroundTask(file.unlink))
