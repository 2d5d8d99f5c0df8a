"""GET /targets."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, Rows
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page, Target
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])


@router.get("/targets", response_model=Page[Target])
def list_targets(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """What the plans ask for, each with its source."""
    (after,) = read_cursor(cursor, str)
    return page(
        fetch_dicts(rows, "list_visible_targets", after=after, limit=limit + 1),
        limit,
        ["code"],
        service_of(request).zone,
    )
