"""GET /instruments: certificates and green-power trades."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Instrument, Page
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])


@router.get("/instruments", response_model=Page[Instrument])
def list_instruments(
    request: Request, rows: Rows, enterprise: OwnEnterprise, cursor: Cursor = None, limit: Limit = 100
) -> Any:
    """Instruments of your enterprises, by id."""
    (after,) = read_cursor(cursor, str)
    found = fetch_dicts(rows, "list_visible_instruments", enterprise=enterprise, after=after, limit=limit + 1)
    return page(found, limit, ["id"], service_of(request).zone)
