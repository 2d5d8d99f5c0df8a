"""Silences: alerts that match are not told of for a time. They are judged, stored and shown all the same."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from api.alert_shapes import Silence
from api.auth import GuardedRoute, Rows, Who
from api.forms import SilenceForm
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import local
from schemas.errors import InvalidInput, NotFound
from schemas.notifications import parse_matchers
from storage.connect import Connection
from storage.queries import execute, fetch_dicts, fetch_value

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])

State = Annotated[Literal["active", "pending", "expired"] | None, Query()]


def _silence(rows: Rows, silence_id: Annotated[int, Path(ge=1, lt=2**62)]) -> dict[str, Any]:
    return _find(rows, silence_id)


Known = Annotated[dict[str, Any], Depends(_silence)]


@router.get("/silences", response_model=Page[Silence])
def list_silences(request: Request, rows: Rows, state: State = None, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """Silences in the order in which they were made."""
    (after,) = read_cursor(cursor, int)
    now = dt.datetime.now(dt.UTC)
    found = fetch_dicts(rows, "list_visible_silences", id=None, state=state, now=now, after=after, limit=limit + 1)
    return page(found, limit, ["id"], service_of(request).zone)


@router.get("/silences/{silence_id}", response_model=Silence)
def read_silence(request: Request, silence: Known) -> Any:
    """One silence."""
    return _local(request, silence)


@router.post("/silences", status_code=201, response_model=Silence)
def create_silence(request: Request, who: Who, rows: Rows, form: SilenceForm) -> Any:
    """Be silent about alerts that match all matchers, from ``from`` (now, unless set) to ``to``."""
    now = dt.datetime.now(dt.UTC)
    parse_matchers(form.matchers)
    starts = form.since or now
    if form.to <= max(starts, now):
        raise InvalidInput("must come after from, and after now", field="to")
    with service_of(request).pool.connection() as connection:
        made = fetch_value(
            connection,
            "add_silence",
            matchers=form.matchers,
            from_ts=starts,
            to_ts=form.to,
            author=form.author or who.actor,
            comment=form.comment,
            declared_by=who.actor,
        )
    return _local(request, _find(rows, made))


@router.delete("/silences/{silence_id}", response_model=Silence)
def end_silence(request: Request, who: Who, rows: Rows, silence: Known) -> Any:
    """End a silence now; it stays on record. What still fires is told with the next round of its group."""
    with service_of(request).pool.connection() as connection:
        execute(connection, "end_silence", id=silence["id"], actor=who.actor, now=dt.datetime.now(dt.UTC))
    return _local(request, _find(rows, silence["id"]))


def _find(rows: Connection, silence_id: int) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    found = fetch_dicts(rows, "list_visible_silences", id=silence_id, state=None, now=now, after=None, limit=1)
    if not found:
        raise NotFound(f"no silence {silence_id}; /api/v1/silences lists them")
    return found[0]


def _local(request: Request, silence: dict[str, Any]) -> dict[str, Any]:
    zone = service_of(request).zone
    return {name: local(value, zone) for name, value in silence.items()}
