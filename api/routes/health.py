"""Health and metrics, at the root and below /api/v1."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from api.auth import authenticate, bearer_of
from api.metrics import exposition
from api.problems import Unauthenticated
from api.service import service_of
from api.shapes import Health
from schemas.access import AccessRole
from schemas.errors import NotAllowed, Unavailable
from storage.migrate import missing_migrations

router = APIRouter(tags=["service"])


@router.get("/health/live")
def live() -> Health:
    """The process serves."""
    return Health(status="ok")


@router.get("/health/ready")
def ready(request: Request) -> Health:
    """The database answers, has every migration, and the live stream reads; 503 until then.

    ``replica`` says how a read replica stands; the primary answers for one that is not current.
    """
    service = service_of(request)
    with service.pool.connection() as connection:
        missing = missing_migrations(connection)
    if missing:
        raise Unavailable(f"the database lacks {', '.join(missing)}; run `parkwatch migrate`")
    checks = {"database": "ok", "migrations": "ok"}
    if service.reads.has_replica:
        checks["replica"] = service.reads.lag().standing.value
    return Health(status="ok", checks=checks)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request) -> Response:
    """Prometheus metrics, for role admin or with the token of PARKWATCH_METRICS_TOKEN."""
    service = service_of(request)
    offered = bearer_of(request)
    if not (service.metrics_token and offered and secrets.compare_digest(offered, service.metrics_token)):
        _require_admin(request)
    return Response(exposition(service), media_type=CONTENT_TYPE_LATEST)


def _require_admin(request: Request) -> None:
    try:
        caller = authenticate(request)
    except Unauthenticated as error:
        reason = "metrics need the token of PARKWATCH_METRICS_TOKEN, or one of role admin, as Authorization: Bearer"
        raise Unauthenticated(reason) from error
    if caller.role is not AccessRole.ADMIN:
        raise NotAllowed(f"role {caller.role.value} may not read the metrics; role admin may")
