"""Marks of points and outlets: declared by enterprises and the bureau, accepted or refused by the bureau."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from api.air_shapes import Mark, MarkDetail
from api.auth import GuardedRoute, OwnEnterprise, Rows, Who
from api.forms import MarkDecisionForm, MarkForm
from api.paging import Cursor, Limit, page, read_cursor
from api.service import Service, service_of
from api.shapes import Page
from api.times import Instant, local
from schemas.access import AccessRole, Caller
from schemas.errors import InvalidInput, NotFound
from schemas.marks import MarkKind
from storage.connect import Connection
from storage.marks import Declaration, MarkTarget, accept_mark, declare_mark, refuse_mark, withdraw_mark
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["marks"])

_LONGEST = dt.timedelta(days=400)
_BUREAU = (AccessRole.ADMIN, AccessRole.ENVIRONMENT)


def _own_mark(rows: Rows, mark_id: Annotated[int, Path(ge=1, lt=2**62)]) -> dict[str, Any]:
    found = fetch_dicts(rows, "find_visible_mark", id=mark_id)
    if not found:
        raise NotFound(f"no mark {mark_id} that you may see; /api/v1/marks lists yours")
    return found[0]


OwnMark = Annotated[dict[str, Any], Depends(_own_mark)]


@router.get("/marks", response_model=Page[Mark])
def list_marks(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    address: Annotated[str | None, Query(description="ENTERPRISE/POINT or ENTERPRISE/OUTLET")] = None,
    state: Literal["in_force", "waiting", "refused", "withdrawn"] | None = None,
    kind: MarkKind | None = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Marks that overlap [from, to), in the order in which they were declared. Only those in force have an effect."""
    (after,) = read_cursor(cursor, int)
    narrowed = {"enterprise": enterprise, "address": address, "state": state, "kind": kind and kind.value}
    found = fetch_dicts(
        rows, "list_visible_marks", **narrowed, **{"from": since, "to": to}, after=after, limit=limit + 1
    )
    return page(found, limit, ["id"], service_of(request).zone)


@router.get("/marks/{mark_id}", response_model=MarkDetail)
def read_mark(request: Request, rows: Rows, mark: OwnMark) -> Any:
    """One mark with its history: who declared it, who accepted or refused it, and why."""
    return _detail(rows, mark, service_of(request))


@router.post("/marks", status_code=201, response_model=MarkDetail)
def declare(request: Request, rows: Rows, who: Who, form: MarkForm) -> Any:
    """Declare a mark. What it touches is judged again within seconds; late or overlapping ones wait for acceptance."""
    service, now = service_of(request), dt.datetime.now(dt.UTC)
    if form.to <= form.since:
        raise InvalidInput("must be after from", field="to")
    if form.to - form.since > _LONGEST:
        raise InvalidInput(f"is more than {_LONGEST.days} days after from: declare shorter marks", field="to")
    actor = _actor(who)
    declared = Declaration(
        _target(rows, form), form.kind, form.since, form.to, form.reason, form.author or actor, actor,
        by_bureau=who.role in _BUREAU,
    )  # fmt: skip
    with service.pool.connection() as connection:
        mark_id = declare_mark(connection, declared, now, service.zone)
    return _fresh(rows, service, mark_id)


@router.post("/marks/{mark_id}/accept", response_model=MarkDetail)
def accept(request: Request, rows: Rows, who: Who, mark: OwnMark, form: MarkDecisionForm | None = None) -> Any:
    """Put a mark that waits in force; what it touches is judged again."""
    with service_of(request).pool.connection() as connection:
        accept_mark(connection, mark["id"], _actor(who), _reason(form), dt.datetime.now(dt.UTC))
    return _fresh(rows, service_of(request), mark["id"])


@router.post("/marks/{mark_id}/refuse", response_model=MarkDetail)
def refuse(request: Request, rows: Rows, who: Who, mark: OwnMark, form: MarkDecisionForm | None = None) -> Any:
    """Refuse a mark, also one in force; what it touched is judged again without it."""
    with service_of(request).pool.connection() as connection:
        refuse_mark(connection, mark["id"], _actor(who), _reason(form), dt.datetime.now(dt.UTC))
    return _fresh(rows, service_of(request), mark["id"])


@router.post("/marks/{mark_id}/withdraw", response_model=MarkDetail)
def withdraw(request: Request, rows: Rows, who: Who, mark: OwnMark, form: MarkDecisionForm | None = None) -> Any:
    """Take a mark back; it stays on record, and what it touched is judged again without it."""
    with service_of(request).pool.connection() as connection:
        withdraw_mark(connection, mark["id"], _actor(who), _reason(form), dt.datetime.now(dt.UTC))
    return _fresh(rows, service_of(request), mark["id"])


def _target(rows: Connection, form: MarkForm) -> MarkTarget:
    if (form.point is None) == (form.outlet is None):
        raise InvalidInput("name a point or an outlet, one of them", field="point")
    if form.point is not None:
        points = fetch_dicts(rows, "find_visible_point", address=form.point)
        if not points:
            raise NotFound(f"no point {form.point!r} that you may see; /api/v1/points lists yours")
        return MarkTarget(points[0]["enterprise_id"], point_id=points[0]["id"])
    return outlet_of(rows, form.outlet or "")


def outlet_of(rows: Connection, address: str) -> MarkTarget:
    """The outlet with an address ENTERPRISE/OUTLET.

    Raises:
        NotFound: none that the caller may see.
    """
    enterprise, _, outlet = address.partition("/")
    found = fetch_dicts(rows, "find_visible_outlet", enterprise=enterprise, outlet=outlet)
    if not found:
        raise NotFound(f"no outlet {address!r} that you may see; points name theirs in the registry, ENTERPRISE/OUTLET")
    return MarkTarget(found[0]["enterprise_id"], outlet=outlet)


def _actor(who: Caller) -> str:
    return f"{who.role.value}:{who.token_id}"


def _reason(form: MarkDecisionForm | None) -> str:
    return form.reason if form else ""


def _fresh(rows: Connection, service: Service, mark_id: int) -> dict[str, Any]:
    """The mark as it stands after the change."""
    (mark,) = fetch_dicts(rows, "find_visible_mark", id=mark_id)
    return _detail(rows, mark, service)


def _detail(rows: Connection, mark: dict[str, Any], service: Service) -> dict[str, Any]:
    events = fetch_dicts(rows, "list_visible_mark_events", mark_id=mark["id"])
    shown = {name: local(value, service.zone) for name, value in mark.items()}
    return shown | {"events": [{k: local(v, service.zone) for k, v in event.items()} for event in events]}
