"""POST and GET /invoices: what the grid billed, held against the meters month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Query, Request

from accounting.invoices import Invoice, invoice_of, parse_invoices, reconcile
from accounting.periods import month_period
from api.auth import GuardedRoute, OwnEnterprise, Rows, Who
from api.energy_shapes import InvoicesKept, ReconciledMonth
from api.paging import Cursor, Limit, page, read_cursor
from api.problems import TooLarge
from api.service import service_of
from api.shapes import Page
from api.times import parse_period
from schemas.access import Caller
from schemas.errors import InvalidInput, NotFound
from storage.connect import Connection
from storage.metering_care import put_invoices
from storage.queries import fetch_dicts, fetch_value

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])

LARGEST = 4 * 1024 * 1024
_KWH = {"kWh": 1.0, "MWh": 1000.0}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["enterprise", "month", "energy_kwh"],
                    "properties": {
                        "enterprise": {"type": "string"},
                        "month": {"type": "string", "example": "2026-10"},
                        "energy_kwh": {"type": "number"},
                        "direction": {"enum": ["import", "export"]},
                        "number": {"type": "string"},
                    },
                }
            },
            "text/csv": {
                "schema": {"type": "string", "example": "enterprise,month,energy_kwh,direction,number\n"},
            },
        },
    }
}


async def _body(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST:
            raise TooLarge(f"the table is larger than {LARGEST >> 20} MiB; send it in parts", field="body")
        pieces.append(piece)
    return b"".join(pieces)


@router.post("/invoices", status_code=201, response_model=InvoicesKept, openapi_extra=_BODY)
def keep_invoices(request: Request, rows: Rows, who: Who, body: Annotated[bytes, Depends(_body)]) -> Any:
    """Keep one invoice (JSON) or a table of them (CSV): all or nothing. The same invoice again changes nothing."""
    invoices = _parse(request.headers.get("Content-Type", ""), body)
    _examine_owners(rows, who, invoices)
    with service_of(request).pool.connection() as connection:
        return put_invoices(connection, invoices)


@router.get("/invoices", response_model=Page[ReconciledMonth])
def list_invoices(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    period: Annotated[str | None, Query(description="a year or a month; all without it")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Invoiced months with what the meters say and the difference, kWh and percent of the invoice."""
    zone = service_of(request).zone
    after = read_cursor(cursor, dt.date, str, str)
    from_month, to_month = _months(period, zone)
    keys = dict(zip(("after_month", "after_enterprise", "after_direction"), after, strict=True))
    owners = None if enterprise is None else [enterprise]
    found = fetch_dicts(
        rows, "list_visible_grid_invoices",
        enterprises=owners, from_month=from_month, to_month=to_month, limit=limit + 1, **keys,
    )  # fmt: skip
    answer = page(found, limit, ["month", "enterprise", "direction"], zone)
    return answer | {"items": reconciled(rows, answer["items"], dt.datetime.now(dt.UTC), zone)}


def reconciled(
    rows: Connection, invoiced: Iterable[dict[str, Any]], now: dt.datetime, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """Invoiced months with what the meters say of each."""
    found = []
    for month in invoiced:
        period = month_period(month["month"], zone)
        metered_kwh, coverage = _metered(rows, month["enterprise"], f"grid_{month['direction']}", period, now, zone)
        difference = asdict(reconcile(month["invoiced_kwh"], metered_kwh, coverage))
        words = {"month": f"{month['month']:%Y-%m}", "numbers": month["numbers"] or []}
        found.append(month | difference | words)
    return found


def _metered(
    rows: Connection, enterprise: str, role: str, period: Any, now: dt.datetime, zone: ZoneInfo
) -> tuple[float | None, float | None]:
    """kWh of a role in a month, gaps inside it included, and how complete it is."""
    bounds = {"from": period.starts_at, "to": min(period.ends_at, now), "now": now, "timezone": zone.key}
    parts = [r for r in fetch_dicts(rows, "sum_visible_media", enterprises=[enterprise], **bounds) if r["role"] == role]
    due = sum(part["hours_due"] for part in parts)
    if not due or any(part["unit"] not in _KWH for part in parts):
        return None, None
    energy = sum(part["amount"] * _KWH[part["unit"]] for part in parts)
    return energy, sum(part["hours_complete"] for part in parts) / due


def _months(period: str | None, zone: ZoneInfo) -> tuple[dt.date | None, dt.date | None]:
    if period is None:
        return None, None
    wanted = parse_period(period, zone)
    if wanted.grain not in ("year", "month"):
        raise InvalidInput("invoices are by month; write 2026 or 2026-10", field="period")
    return wanted.start.date(), wanted.end.date()


def _parse(content_type: str, body: bytes) -> list[Invoice]:
    if not body.strip():
        raise InvalidInput("there is no invoice in it", field="body")
    if content_type.lower().startswith("text/csv"):
        try:
            return parse_invoices(body.decode("utf-8-sig"), "body")
        except UnicodeDecodeError:
            raise InvalidInput("is not UTF-8", field="body") from None
    try:
        written = orjson.loads(body)
    except ValueError as error:
        raise InvalidInput(f"is neither JSON nor text/csv: {error}", field="body") from None
    if not isinstance(written, dict):
        raise InvalidInput("is not one JSON object; a table is sent as text/csv", field="body")
    return [invoice_of(written)]


def _examine_owners(rows: Connection, who: Caller, invoices: list[Invoice]) -> None:
    for code in sorted({invoice.enterprise for invoice in invoices}):
        if fetch_value(rows, "find_visible_enterprise", code=code) is None:
            whose = f"{who.enterprise} writes its own" if who.enterprise else "/api/v1/enterprises lists them"
            raise NotFound(f"no enterprise {code!r} that you may see; {whose}")
