"""GET /ledger: the books of what arrived."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.delivery_shapes import LedgerDay
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["ingest"])


@router.get("/ledger", response_model=Page[LedgerDay])
def list_ledger(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    day: dt.date | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """received = stored + duplicate + corrected + rejected, by local day of the commit and enterprise."""
    after_day, after_enterprise = read_cursor(cursor, dt.date, str)
    place = {"after_day": after_day, "after_enterprise": after_enterprise, "limit": limit + 1}
    found = fetch_dicts(rows, "list_visible_ledger", day=day, enterprise=enterprise, **place)
    return page(found, limit, ["day", "enterprise"], service_of(request).zone)
