"""Certificates and green-power trades: listed, and booked one by one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.forms import InstrumentForm
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Booked, Instrument, Page
from schemas.instruments import instrument_of, read_hour
from schemas.registry import InstrumentSpec
from storage.instrument_bookings import book_instrument
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


@router.post("/instruments", status_code=201, response_model=Booked)
def book(request: Request, response: Response, form: InstrumentForm) -> Any:
    """Book an instrument for its user; the same again is no error (200). A serial that is in use is refused (409)."""
    service = service_of(request)
    spec = InstrumentSpec(**form.model_dump(exclude={"enterprise", "hours"}))
    hours = tuple((read_hour(part.hour), Decimal(repr(part.kwh))) for part in form.hours)
    instrument = replace(instrument_of(spec), hours=hours)
    with service.pool.connection() as connection:
        new = book_instrument(connection, form.enterprise, instrument, timezone=service.zone.key)
    response.status_code = 201 if new else 200
    return {"id": instrument.id, "enterprise": form.enterprise, "new": new}
