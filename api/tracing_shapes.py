"""The shapes of source tracing and wind roses."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field


class Wind(BaseModel):
    """``direction_deg`` is where it comes from; ``spread_deg`` how far it swung; ``mast_m`` how far off the mast is."""

    direction_deg: float
    sector: str
    speed_m_s: float
    vector_m_s: float
    spread_deg: float
    steadiness: float
    calm_share: float
    mast_m: float | None


class Upwind(BaseModel):
    """From ``from_deg`` clockwise to ``to_deg``; stability is D where ``stability_known`` is false."""

    from_deg: float
    to_deg: float
    sectors: list[str]
    stability: str
    stability_known: bool


class Source(BaseModel):
    """``rank`` is null for an enterprise, which sees only itself; ``score`` is sector x proximity x strength."""

    rank: int | None
    enterprise: str
    outlet: str
    upwind: bool
    score: float
    distance_m: float
    bearing_deg: float
    offset_deg: float
    travel_min: float
    emission: str
    then: float | None
    usual: float | None
    ratio: float | None
    sector: float
    proximity: float
    strength: float
    reasons: list[str]
    reasons_en: list[str]


class SourceEnterprise(BaseModel):
    """An enterprise by the highest score of its outlets."""

    enterprise: str
    score: float
    outlets: list[str]


class Sources(BaseModel):
    """``answer`` is traced, or why the wind tells nothing: calm, variable, no_wind, no_location."""

    alert: int
    answer: str
    words: str
    words_en: str
    since: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    coverage: float
    wind: Wind | None
    upwind: Upwind | None
    sources: list[Source]
    enterprises: list[SourceEnterprise]
    unplaced: list[str]
    limits: list[str]
    limits_en: list[str]


class RosePetal(BaseModel):
    """Hours with wind from ``sector`` (middle: ``direction_deg``) and a speed from ``from_m_s`` to below ``to_m_s``."""

    sector: str
    direction_deg: float
    from_m_s: float
    to_m_s: float | None
    hours: int
    share: float
    measured_hours: int
    mean: float | None
    max: float | None


class WindRose(BaseModel):
    """``mean`` and ``max`` are of the valid hourly means of ``point`` in its ``unit``; shares are of ``hours``."""

    point: str
    unit: str
    since: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    hours: int
    calm_hours: int
    calm_mean: float | None
    items: list[RosePetal]
