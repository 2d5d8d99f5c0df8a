"""POST /points/ENTERPRISE/POINT/epochs: a review is resolved by declaring what happened to the meter."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request

from api.auth import GuardedRoute, Rows
from api.energy_shapes import DeclaredEpoch
from api.forms import EpochForm
from api.service import service_of
from schemas.errors import NotFound
from schemas.registry import EpochSpec
from storage.epochs import declare_epoch
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["readings"])
Code = Annotated[str, Path(max_length=200)]


def _known_point(rows: Rows, enterprise: Code, point: Code) -> str:
    address = f"{enterprise}/{point}"
    if "\x00" in address or not fetch_dicts(rows, "find_visible_point", address=address):
        raise NotFound(f"no point {address!r}; /api/v1/points lists them, written ENTERPRISE/POINT")
    return address


KnownPoint = Annotated[str, Depends(_known_point)]


@router.post("/points/{enterprise}/{point}/epochs", status_code=201, response_model=DeclaredEpoch)
def declare(request: Request, point: KnownPoint, form: EpochForm) -> Any:
    """Declare a meter epoch. The hours and steps that depended on it are computed again within seconds."""
    spec = EpochSpec(**form.model_dump())
    with service_of(request).pool.connection() as connection:
        marked = declare_epoch(connection, point, spec)
    return {"point": point, "valid_from": spec.valid_from, "hours_marked": marked}
