"""POST /points/ENTERPRISE/POINT/epochs: a review is resolved by declaring what happened to the meter."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from api.auth import GuardedRoute
from api.forms import EpochForm
from api.service import service_of
from api.shapes import DeclaredEpoch
from schemas.errors import NotFound
from schemas.registry import EpochSpec
from storage.epochs import declare_epoch

router = APIRouter(route_class=GuardedRoute, tags=["readings"])
Code = Annotated[str, Path(max_length=200)]


@router.post("/points/{enterprise}/{point}/epochs", status_code=201, response_model=DeclaredEpoch)
def declare(request: Request, enterprise: Code, point: Code, form: EpochForm) -> Any:
    """Declare a meter epoch. The hours and steps that depended on it are computed again within seconds."""
    address = f"{enterprise}/{point}"
    if "\x00" in address:
        raise NotFound(f"no point {address!r}")
    spec = EpochSpec(**form.model_dump())
    with service_of(request).pool.connection() as connection:
        marked = declare_epoch(connection, address, spec)
    return {"point": address, "valid_from": spec.valid_from, "hours_marked": marked}
