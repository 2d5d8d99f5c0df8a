"""Periods: months that are open or closed, and the restatements of closed ones."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request

from accounting.periods import bounds_of
from api.auth import GuardedRoute, Rows, Who
from api.energy_shapes import Period, PeriodDetail, PeriodRecomputation
from api.forms import CloseForm, RecomputeForm, RestateForm
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import local, parse_period
from schemas.access import Caller
from schemas.errors import NotFound
from storage import periods
from storage.queries import fetch_dicts, fetch_value

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])


def _month(request: Request, month: Annotated[str, Path(examples=["2026-10"])]) -> dt.date:
    if len(month) != len("2026-10"):
        raise NotFound(f"no month {month!r}; write it as 2026-10")
    return parse_period(month, service_of(request).zone).start.date()


Month = Annotated[dt.date, Depends(_month)]


@router.get("/periods", response_model=Page[Period])
def list_periods(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """Months with accounts, newest first: open or closed, and whether a restatement waits."""
    zone = service_of(request).zone
    (before,) = read_cursor(cursor, str)
    named = {"timezone": zone.key, "month": None, "before": before, "limit": limit + 1}
    return page(fetch_dicts(rows, "list_visible_periods", **named), limit, ["period"], zone)


@router.get("/periods/{month}", response_model=PeriodDetail)
def read_period(request: Request, rows: Rows, month: Month) -> Any:
    """One month with its restatements: reason, old and new figures, who and when."""
    zone = service_of(request).zone
    named = {"timezone": zone.key, "month": month, "before": None, "limit": 1}
    found = page(fetch_dicts(rows, "list_visible_periods", **named), 1, ["period"], zone)["items"]
    if not found:
        raise NotFound(f"no accounts of {month:%Y-%m}; /api/v1/periods lists the months that have some")
    made = fetch_dicts(rows, "list_visible_restatements", month=month)
    return found[0] | {"restatements": [{name: local(v, zone) for name, v in row.items()} for row in made]}


@router.post("/periods/{month}/close", response_model=PeriodDetail)
def close(request: Request, who: Who, rows: Rows, month: Month, form: CloseForm | None = None) -> Any:
    """Close a month that is over: from now on late data change nothing in it without a restatement."""
    service = service_of(request)
    comment = form.comment if form else ""
    with service.pool.connection() as connection:
        bounds = bounds_of(month, service.zone)
        periods.close_period(connection, bounds, _actor(who), comment, dt.datetime.now(dt.UTC))
    return read_period(request, rows, month)


@router.post("/periods/{month}/restate", status_code=202, response_model=PeriodDetail)
def restate(request: Request, who: Who, rows: Rows, month: Month, form: RestateForm) -> Any:
    """Have the waiting restatement of a closed month applied; the schedule does so within seconds."""
    with service_of(request).pool.connection() as connection:
        periods.request_restatement(connection, month, form.reason, _actor(who))
    return read_period(request, rows, month)


@router.post("/periods/{month}/recompute", status_code=202, response_model=PeriodRecomputation)
def recompute(request: Request, rows: Rows, month: Month, form: RecomputeForm | None = None) -> Any:
    """Have a month computed again by the schedule; unchanged data give the same rows to the last bit."""
    service, asked = service_of(request), form or RecomputeForm()
    if fetch_value(rows, "find_visible_scope", scope=asked.scope, sums=True) is None:
        raise NotFound(f"no scope {asked.scope!r}; scopes are city, park:P, industry:I and enterprise:E")
    bounds = bounds_of(month, service.zone)
    today = dt.datetime.now(service.zone).date()
    with service.pool.connection() as connection, connection.transaction():
        hours = periods.mark_scope_hours(connection, asked.scope, bounds) if asked.hours else 0
        days = periods.mark_month(connection, month, today)
    return {"period": f"{month:%Y-%m}", "scope": asked.scope, "days_marked": days, "hours_marked": hours}


def _actor(who: Caller) -> str:
    return f"{who.role.value}:{who.token_id}"
