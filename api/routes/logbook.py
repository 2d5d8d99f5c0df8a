"""The logbook of an outlet: calibrations, maintenance, repairs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.air_shapes import LogbookEntry, LogbookWritten
from api.auth import GuardedRoute, OwnEnterprise, Rows, Who
from api.forms import LogbookForm
from api.paging import Cursor, Limit, page, read_cursor
from api.routes.marks import outlet_of
from api.service import service_of
from api.shapes import Page
from api.times import Instant
from schemas.access import AccessRole
from schemas.errors import InvalidInput
from schemas.marks import MarkKind
from storage.logbook import write_entry
from storage.marks import Declaration, declare_mark
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["marks"])

_MARKS = {"calibration": MarkKind.CALIBRATION, "verification": MarkKind.CALIBRATION}


@router.get("/logbook", response_model=Page[LogbookEntry])
def list_entries(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    outlet: Annotated[str | None, Query(description="ENTERPRISE/OUTLET")] = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Entries that begin in [from, to), in the order in which they were written. None is ever changed."""
    (after,) = read_cursor(cursor, int)
    narrowed = {"enterprise": enterprise, "outlet": outlet, "from": since, "to": to}
    found = fetch_dicts(rows, "list_visible_logbook", **narrowed, after=after, limit=limit + 1)
    return page(found, limit, ["id"], service_of(request).zone)


@router.post("/logbook", status_code=201, response_model=LogbookWritten)
def write(request: Request, rows: Rows, who: Who, form: LogbookForm) -> Any:
    """Write what was done at an outlet; with ``mark`` the time is marked too, in one transaction."""
    if form.to < form.since:
        raise InvalidInput("must not be before from", field="to")
    if form.mark and form.to == form.since:
        raise InvalidInput("must be after from where the time is to be marked", field="to")
    target, actor = outlet_of(rows, form.outlet), f"{who.role.value}:{who.token_id}"
    service, now, mark_id = service_of(request), dt.datetime.now(dt.UTC), None
    told = form.model_dump(exclude={"outlet", "since", "to", "mark", "author"})
    with service.pool.connection() as connection, connection.transaction():
        if form.mark:
            kind = _MARKS.get(form.kind, MarkKind.MAINTENANCE)
            bureau = who.role in (AccessRole.ADMIN, AccessRole.ENVIRONMENT)
            reason = form.note or form.kind
            declared = Declaration(
                target, kind, form.since, form.to, reason, form.author or actor, actor, by_bureau=bureau
            )
            mark_id = declare_mark(connection, declared, now, service.zone)
        entry_id = write_entry(
            connection, enterprise_id=target.enterprise_id, outlet=target.outlet, from_ts=form.since, to_ts=form.to,
            author=form.author or actor, written_by=actor, mark_id=mark_id, **told,
        )  # fmt: skip
    return {"id": entry_id, "mark_id": mark_id}
