"""GET /receipts: what became of each message, for a gateway that missed the answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.delivery_shapes import Receipt
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import Instant
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["ingest"])


@router.get("/receipts", response_model=Page[Receipt])
def list_receipts(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    gateway: str | None = None,
    message_id: Annotated[str | None, Query(alias="id", description="the message's own id")] = None,
    sha256: Annotated[str | None, Query(description="of the payload's bytes, hexadecimal")] = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Receipts in the order of commit."""
    (after,) = read_cursor(cursor, int)
    narrowed = {"enterprise": enterprise, "gateway": gateway, "message_id": message_id, "sha256": sha256}
    found = fetch_dicts(
        rows, "list_visible_receipts", **narrowed, **{"from": since, "to": to}, after=after, limit=limit + 1
    )
    answer = page(found, limit, ["id"], service_of(request).zone)
    return answer | {"items": [item["body"] | _envelope(item) for item in answer["items"]]}


def _envelope(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("enterprise", "gateway", "committed_at")}
