"""GET /rejected: what was refused, why, and the bytes it came in."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.delivery_shapes import Rejected
from api.paging import Cursor, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import Instant
from schemas.reasons import Reason
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["ingest"])


@router.get("/rejected", response_model=Page[Rejected])
def list_rejected(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    reason: Reason | None = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200, description="items on a page; each carries its payload")] = 100,
) -> Any:
    """Refused readings received in [from, to), in the order of arrival; one item for each refused reading."""
    after_ts, after_id = read_cursor(cursor, dt.datetime, int)
    bounds = {"from": since, "to": to, "after_ts": after_ts, "after_id": after_id, "limit": limit + 1}
    found = fetch_dicts(rows, "list_visible_rejected", enterprise=enterprise, reason=reason and reason.value, **bounds)
    answer = page(found, limit, ["received_at", "id"], service_of(request).zone)
    return answer | {"items": [_item(item) for item in answer["items"]]}


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"payload_base64": base64.b64encode(row.pop("payload")).decode()}
