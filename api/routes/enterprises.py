"""GET /enterprises."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Enterprise, Page
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["registry"])


@router.get("/enterprises", response_model=Page[Enterprise])
def list_enterprises(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """Your enterprises, by code."""
    (after,) = read_cursor(cursor, str)
    found = fetch_dicts(rows, "list_visible_enterprises", after=after, limit=limit + 1)
    return page(found, limit, ["code"], service_of(request).zone)
