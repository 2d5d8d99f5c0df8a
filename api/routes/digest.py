"""GET /enterprises/{enterprise}/digest: what the enterprise is told every morning, as the data stand now."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from alerts.digest.assemble import assemble
from alerts.digest.load import load
from api.auth import GuardedRoute, KnownEnterprise, Rows
from api.digest_shapes import Digest
from api.service import service_of
from schemas.errors import InvalidInput
from storage.notifications import read_policy

router = APIRouter(route_class=GuardedRoute, tags=["readings"])


@router.get("/enterprises/{enterprise}/digest", response_model=Digest)
def read_digest(
    request: Request,
    rows: Rows,
    enterprise: KnownEnterprise,
    day: Annotated[dt.date | None, Query(description="a local day; yesterday without it")] = None,
) -> Any:
    """The daily digest of an enterprise: rates, gaps, marks, refusals, alerts, and what to do until when."""
    service, now = service_of(request), dt.datetime.now(dt.UTC)
    today = now.astimezone(service.zone).date()
    wanted = day or today - dt.timedelta(days=1)
    if not dt.date(1970, 1, 1) <= wanted <= today:
        raise InvalidInput("has not begun, or is before 1970; a digest is of a day that was", field="day")
    with service.pool.connection() as connection:
        policy = read_policy(connection)
    return assemble(load(rows, enterprise, wanted, now, service.zone, policy.correction_days))
