"""Alerts and exceedances."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from api.alert_shapes import Alert, AlertDetail, Exceedance, local_account
from api.auth import GuardedRoute, OwnEnterprise, Rows, Who
from api.paging import Cursor, Limit, page, read_cursor
from api.service import Service, service_of
from api.shapes import Page
from api.times import Instant, local
from schemas.access import AccessRole
from schemas.errors import NotFound
from schemas.words import words_of
from storage.connect import Connection
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])

_OPEN = ["pending", "firing", "recovering"]
State = Literal["open", "pending", "firing", "recovering", "resolved", "withdrawn"]
Since = Annotated[Instant | None, Query(alias="from")]
To = Annotated[Instant | None, Query()]


def _own_alert(rows: Rows, alert_id: Annotated[int, Path(ge=1, lt=2**62)]) -> dict[str, Any]:
    found = fetch_dicts(rows, "find_visible_alert", id=alert_id)
    if not found:
        raise NotFound(f"no alert {alert_id} that you may see; /api/v1/alerts lists yours")
    return found[0]


OwnAlert = Annotated[dict[str, Any], Depends(_own_alert)]


@router.get("/alerts", response_model=Page[Alert])
def list_alerts(
    request: Request,
    who: Who,
    rows: Rows,
    enterprise: OwnEnterprise,
    state: State | None = None,
    kind: Literal["warning", "exceedance"] | None = None,
    point: str | None = None,
    scope: str | None = None,
    since: Since = None,
    to: To = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Alerts opened in [from, to), in the order of opening; ``state=open`` is pending, firing or recovering."""
    public = who.role is AccessRole.WALL
    place = {"enterprise": enterprise, "kind": kind, "point": point, "scope": scope, "public": public}
    narrowed = place | {"from": since, "to": to}
    return _alerts(rows, service_of(request), _states(state), narrowed, cursor, limit)


@router.get("/exceedances", response_model=Page[Exceedance])
def list_exceedances(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    state: State | None = None,
    point: str | None = None,
    since: Since = None,
    to: To = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Any:
    """Exceedances opened in [from, to) with their evidence, in the order of opening."""
    place = {"enterprise": enterprise, "kind": "exceedance", "point": point, "scope": None, "public": False}
    narrowed = place | {"from": since, "to": to}
    return _alerts(rows, service_of(request), _states(state), narrowed, cursor, limit)


@router.get("/alerts/{alert_id}", response_model=AlertDetail)
def read_alert(request: Request, rows: Rows, alert: OwnAlert) -> Any:
    """One alert with its evidence and everything that happened to it."""
    return detail_of(rows, alert, service_of(request))


def _alerts(
    rows: Connection,
    service: Service,
    states: list[str] | None,
    narrowed: dict[str, Any],
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    after_ts, after_id = read_cursor(cursor, dt.datetime, int)
    place = {"after_ts": after_ts, "after_id": after_id, "limit": limit + 1}
    found = fetch_dicts(rows, "list_visible_alerts", states=states, **narrowed, **place)
    return page([_worded(row, service.zone) for row in found], limit, ["opened_at", "id"], service.zone)


def _states(state: str | None) -> list[str] | None:
    return _OPEN if state == "open" else [state] if state else None


def _worded(row: dict[str, Any], zone: dt.tzinfo) -> dict[str, Any]:
    words, words_en = words_of(row["kind"], row["statistic"], verified=row["verified"], under=row.pop("under"))
    return row | {"words": words, "words_en": words_en, "account": local_account(row["account"], zone)}


def detail_of(rows: Connection, alert: dict[str, Any], service: Service) -> dict[str, Any]:
    """An alert as `AlertDetail` shows it, with its trail."""
    events = fetch_dicts(rows, "list_visible_alert_events", alert_id=alert["id"])
    shown = {name: local(value, service.zone) for name, value in _worded(alert, service.zone).items()}
    return shown | {"events": [{k: local(v, service.zone) for k, v in event.items()} for event in events]}
