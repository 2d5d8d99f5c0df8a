"""GET /me: who the service takes you for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request

from api.auth import GuardedRoute, Who
from api.service import service_of
from api.shapes import Me

router = APIRouter(route_class=GuardedRoute, tags=["access"])


@router.get("/me", response_model=Me)
def read_me(request: Request, who: Who) -> Any:
    """Your role, your enterprise if you are one, and the service's clock."""
    service = service_of(request)
    return {
        "role": who.role.value,
        "enterprise": who.enterprise,
        "timezone": service.zone.key,
        "now": dt.datetime.now(service.zone),
        "version": service.version,
    }
