"""GET /alerts/{id}/evidence: all that an alert rests on, with its hash, as JSON or PDF; and whether it still holds."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from alerts.bundle import canonical, sha256_of
from alerts.seal import bundle_of, verify
from api.alert_shapes import Evidence, EvidenceVerification
from api.auth import GuardedRoute, Rows, Who
from api.formats import JSON, choose
from api.reports.evidence_pdf import Sheet, draw_evidence
from api.routes.alerts import OwnAlert
from api.service import Service, service_of
from api.times import local
from schemas.access import AccessRole
from schemas.errors import NotAllowed
from storage.connect import Connection
from storage.evidence import list_seals
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])

PDF = "application/pdf"
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"model": Evidence, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}


def _alert_of_evidence(who: Who, alert: OwnAlert) -> dict[str, Any]:
    """The alert, where the caller reads its evidence: the energy bureau that of shares and budgets."""
    if who.role is AccessRole.ENERGY and alert["scope"] is None:
        raise NotAllowed(f"role energy reads the evidence of shares and budgets, and alert {alert['id']} is of a point")
    return alert


EvidenceAlert = Annotated[dict[str, Any], Depends(_alert_of_evidence)]


@router.get("/alerts/{alert_id}/evidence", response_class=Response, responses=_CONTENT)
def read_evidence(
    request: Request, rows: Rows, alert: EvidenceAlert, language: Annotated[Literal["zh", "en"], Query()] = "zh"
) -> Response:
    """The evidence as it was sealed, or as it stands where it is not sealed yet; JSON unless Accept asks for PDF.

    That of a share or a budget is not sealed, and JSON only: its account is a report's.
    """
    service = service_of(request)
    media = choose(request.headers.get("Accept"), [JSON, PDF] if alert["scope"] is None else [JSON])
    evidence = _evidence(service, alert["id"])
    if media == JSON:
        return JSONResponse(jsonable_encoder(evidence), headers={"Vary": "Accept"})
    trail = fetch_dicts(rows, "list_visible_alert_events", alert_id=alert["id"])
    sheet = Sheet(
        evidence["bundle"],
        evidence["sha256"],
        evidence["sealed_at"],
        trail,
        service.zone,
        dt.datetime.now(dt.UTC),
        language,
    )
    headers = {"Content-Disposition": f'attachment; filename="evidence-{alert["id"]}.pdf"', "Vary": "Accept"}
    return Response(draw_evidence(sheet), 200, headers, PDF)


@router.get("/alerts/{alert_id}/evidence/verify", response_model=EvidenceVerification)
def verify_evidence(request: Request, alert: OwnAlert) -> Any:
    """Assemble the evidence anew and say where it is no longer what was sealed; 404 where there is no seal."""
    service = service_of(request)
    with service.pool.connection() as connection:
        found = verify(connection, alert["id"])
    return {
        "alert": alert["id"],
        "sealed_at": local(found.seal.sealed_at, service.zone),
        "sha256": found.seal.sha256,
        "sha256_now": found.sha256_now,
        "intact": found.intact,
        "unchanged": found.unchanged,
        "changes": [{"path": c.path, "sealed": c.sealed, "now": c.now} for c in found.changes],
    }


def _evidence(service: Service, alert_id: int) -> dict[str, Any]:
    with service.pool.connection() as connection:
        return _read(connection, service, alert_id)


def _read(connection: Connection, service: Service, alert_id: int) -> dict[str, Any]:
    seals = list_seals(connection, alert_id)
    body = seals[-1].body if seals else canonical(bundle_of(connection, alert_id))
    return {
        "sealed_at": local(seals[-1].sealed_at, service.zone) if seals else None,
        "sha256": seals[-1].sha256 if seals else sha256_of(body),
        "seals": [{"sealed_at": local(seal.sealed_at, service.zone), "sha256": seal.sha256} for seal in seals],
        "bundle": json.loads(body),
    }
