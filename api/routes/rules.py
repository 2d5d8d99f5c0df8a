"""GET /rules: what the watch looks for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page, Rule
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])


@router.get("/rules", response_model=Page[Rule])
def list_rules(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """The rules of the watch, by code."""
    (after,) = read_cursor(cursor, str)
    return page(
        fetch_dicts(rows, "list_visible_rules", after=after, limit=limit + 1), limit, ["code"], service_of(request).zone
    )
