"""GET /alerts/{alert_id}/sources and GET /wind-rose: where the air came from, as far as the wind tells."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from accounting.air.tracing import Candidate, Cone
from accounting.air.wind import SECTORS, SPEED_CLASSES_M_S, MeanWind, Petal, sector_of
from alerts.grains import HOUR_US, us
from alerts.tracing import is_traceable, rose_of, trace
from api.auth import GuardedRoute, OwnPoint, Rows, Who
from api.routes.alerts import OwnAlert
from api.service import service_of
from api.times import Instant, local, range_of
from api.tracing_shapes import Sources, WindRose
from api.tracing_words import LIMITS, reasons_of, words_of
from schemas.access import AccessRole
from schemas.errors import InvalidInput
from storage.alerts import instant

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])

_LONGEST = dt.timedelta(days=31)


@router.get("/alerts/{alert_id}/sources", response_model=Sources)
def trace_sources(request: Request, rows: Rows, who: Who, alert: OwnAlert) -> Any:
    """The directions upwind of a fence exceedance; the bureau sees all outlets, an enterprise its own, a wall none."""
    if not is_traceable(alert):
        raise InvalidInput(f"alert {alert['id']} is not one of a fence point over a limit", field="alert_id")
    found, zone = trace(rows, alert, outlets=who.role is not AccessRole.WALL), service_of(request).zone
    ranked = who.role in (AccessRole.ADMIN, AccessRole.ENVIRONMENT)
    upwind = [c for c in found.candidates if c.upwind]
    words, words_en = words_of(found.answer, nobody=ranked and found.cone is not None and not upwind)
    return {
        "alert": alert["id"],
        "answer": found.answer.value,
        "words": words,
        "words_en": words_en,
        "from": local(instant(found.period_us[0]), zone),
        "to": local(instant(found.period_us[1]), zone),
        "coverage": found.coverage,
        "wind": _wind(found.wind, found.mast_m),
        "upwind": found.cone and _upwind(found.cone),
        "sources": [_source(c, i if ranked and c.upwind else None) for i, c in enumerate(found.candidates, 1)],
        "enterprises": _enterprises(upwind) if ranked else [],
        "unplaced": [f"{outlet.enterprise}/{outlet.name}" for outlet in found.unplaced],
        "limits": [zh for zh, _ in LIMITS],
        "limits_en": [en for _, en in LIMITS],
    }


@router.get("/wind-rose", response_model=WindRose)
def read_wind_rose(
    request: Request,
    rows: Rows,
    point: OwnPoint,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
) -> Any:
    """How often the wind came from where at the point's nearest mast, and what the point measured then."""
    start, end = range_of(since, to)
    if end - start > _LONGEST:
        raise InvalidInput(f"asks for more than {_LONGEST.days} days; ask for them in parts", field="to")
    first_us, until_us = (us(at) // HOUR_US * HOUR_US for at in (start, end))
    found, zone = rose_of(rows, point["id"], first_us, until_us), service_of(request).zone
    return {
        "point": point["address"],
        "unit": point["unit"],
        "from": local(instant(first_us), zone),
        "to": local(instant(until_us), zone),
        "hours": found.hours,
        "calm_hours": found.calm.hours,
        "calm_mean": found.calm.mean,
        "items": [_petal(petal, found.hours) for petal in found.petals],
    }


def _wind(wind: MeanWind | None, mast_m: float | None) -> dict[str, Any] | None:
    if wind is None:
        return None
    names = ("direction_deg", "speed_m_s", "vector_m_s", "spread_deg", "steadiness", "calm_share")
    return {name: getattr(wind, name) for name in names} | {"sector": sector_of(wind.direction_deg), "mast_m": mast_m}


def _upwind(cone: Cone) -> dict[str, Any]:
    low, high = cone.direction_deg - cone.half_deg, cone.direction_deg + cone.half_deg
    off = [abs((i * 22.5 - cone.direction_deg + 180) % 360 - 180) for i in range(len(SECTORS))]
    inside = [sector for sector, offset_deg in zip(SECTORS, off, strict=True) if offset_deg <= cone.half_deg]
    return {
        "from_deg": low % 360,
        "to_deg": high % 360,
        "sectors": inside or [sector_of(cone.direction_deg)],
        "stability": cone.stability,
        "stability_known": cone.stability_known,
    }


def _source(candidate: Candidate, rank: int | None) -> dict[str, Any]:
    reasons, reasons_en = reasons_of(candidate)
    names = (
        "upwind", "score", "distance_m", "bearing_deg", "offset_deg", "then", "usual", "ratio", "sector", "proximity",
        "strength",
    )  # fmt: skip
    return {name: getattr(candidate, name) for name in names} | {
        "rank": rank,
        "enterprise": candidate.outlet.enterprise,
        "outlet": candidate.outlet.name,
        "travel_min": candidate.travel_s / 60,
        "emission": candidate.emission.value,
        "reasons": reasons,
        "reasons_en": reasons_en,
    }


def _enterprises(upwind: list[Candidate]) -> list[dict[str, Any]]:
    """By highest score, which is the order of the candidates."""
    found: dict[str, dict[str, Any]] = {}
    for candidate in upwind:
        name = candidate.outlet.enterprise
        entry = found.setdefault(name, {"enterprise": name, "score": candidate.score, "outlets": []})
        entry["outlets"].append(candidate.outlet.name)
    return list(found.values())


def _petal(petal: Petal, hours: int) -> dict[str, Any]:
    bounds = (*SPEED_CLASSES_M_S, None)
    return {
        "sector": petal.sector,
        "direction_deg": SECTORS.index(petal.sector) * 22.5,
        "from_m_s": bounds[petal.speed_class],
        "to_m_s": bounds[petal.speed_class + 1],
        "hours": petal.hours,
        "share": petal.hours / hours,
        "measured_hours": petal.measured,
        "mean": petal.mean,
        "max": petal.highest,
    }
