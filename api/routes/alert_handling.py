"""What people do about alerts: acknowledge, assign, comment, close, reopen. Every step stays in the alert's trail."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from api.alert_shapes import AlertDetail
from api.auth import GuardedRoute, Rows, Who
from api.forms import AcknowledgeForm, AlertCloseForm, AssignForm, CommentForm
from api.routes.alerts import OwnAlert, detail_of
from api.service import service_of
from schemas.access import AccessRole
from schemas.errors import NotAllowed
from storage import alert_handling
from storage.connect import Connection
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])

_NOT_ENERGY = frozenset({"air", "water", "weather", "device"})


def _alert_in_charge(who: Who, alert: OwnAlert) -> dict[str, Any]:
    """The alert, where the caller may act on it: the energy bureau acts on alerts of energy."""
    if who.role is AccessRole.ENERGY and alert["medium"] in _NOT_ENERGY:
        raise NotAllowed(f"role energy acts on alerts of energy, and alert {alert['id']} is of {alert['medium']}")
    return alert


AlertInCharge = Annotated[dict[str, Any], Depends(_alert_in_charge)]


@router.post("/alerts/{alert_id}/acknowledge", response_model=AlertDetail)
def acknowledge(
    request: Request, who: Who, rows: Rows, alert: AlertInCharge, form: AcknowledgeForm | None = None
) -> Any:
    """Take note of an alert. It stays open: only data resolve it."""
    with _writing(request) as connection:
        alert_handling.acknowledge(connection, alert["id"], who.actor, form.comment if form else "")
    return _after(request, rows, alert)


@router.post("/alerts/{alert_id}/assign", response_model=AlertDetail)
def assign(request: Request, who: Who, rows: Rows, alert: AlertInCharge, form: AssignForm) -> Any:
    """Give an alert to somebody by name; ``to: null`` takes it back."""
    with _writing(request) as connection:
        alert_handling.assign(connection, alert["id"], who.actor, form.to, form.comment)
    return _after(request, rows, alert)


@router.post("/alerts/{alert_id}/comments", status_code=201, response_model=AlertDetail)
def comment(request: Request, who: Who, rows: Rows, alert: OwnAlert, form: CommentForm) -> Any:
    """Say something about an alert; an enterprise explains its own here."""
    with _writing(request) as connection:
        alert_handling.add_comment(connection, alert["id"], who.actor, form.comment)
    return _after(request, rows, alert)


@router.post("/alerts/{alert_id}/close", response_model=AlertDetail)
def close(request: Request, who: Who, rows: Rows, alert: AlertInCharge, form: AlertCloseForm) -> Any:
    """Close the case with its cause and the measure taken; 409 while the data still exceed."""
    now = dt.datetime.now(dt.UTC)
    with _writing(request) as connection:
        alert_handling.close(connection, alert["id"], who.actor, now, **form.model_dump())
    return _after(request, rows, alert)


@router.post("/alerts/{alert_id}/reopen", response_model=AlertDetail)
def reopen(request: Request, who: Who, rows: Rows, alert: AlertInCharge, form: CommentForm) -> Any:
    """Take up a closed case again, with the reason."""
    with _writing(request) as connection:
        alert_handling.reopen(connection, alert["id"], who.actor, form.comment)
    return _after(request, rows, alert)


def _writing(request: Request) -> Any:
    return service_of(request).pool.connection()


def _after(request: Request, rows: Connection, alert: dict[str, Any]) -> dict[str, Any]:
    (changed,) = fetch_dicts(rows, "find_visible_alert", id=alert["id"])
    return detail_of(rows, changed, service_of(request))
