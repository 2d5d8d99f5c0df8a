"""Which outlets lie upwind of a place, with a score and its reasons (docs/explanation/tracing.md). Pure.

score = sector x proximity x emission, each 0..1: a hint where to look first, neither a probability nor a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan, atan2, cos, degrees, radians, sin, sqrt
from statistics import median

from accounting.air.wind import CALM_M_S, MeanWind, likeness
from schemas.metering import HOUR_US

EARTH_M = 6_371_000.0
VANE_DEG = 5.0  # how exact a wind vane is
WIDEST_SPREAD_DEG = 60.0
LEAST_STEADINESS = 0.3
LEAST_COVERAGE = 0.75
HALF_AT_M = 1_000.0  # distance that halves the score
REACH = 2.0  # half the cone, in standard deviations
LEAST_HOURS = 24  # of an outlet's usual

PLUME = {"A": 0.22, "B": 0.16, "C": 0.11, "D": 0.08, "E": 0.06, "F": 0.04}
"""Sideways growth of a plume by stability class (Briggs 1973, open country, near the source)."""

NEUTRAL = "D"  # where the class is not known

Place = tuple[float, float]  # longitude, latitude in degrees


class Answer(StrEnum):
    """``traced``, or why a wind tells nothing."""

    TRACED = "traced"
    NO_WIND = "no_wind"
    CALM = "calm"
    VARIABLE = "variable"
    NO_LOCATION = "no_location"


class Emission(StrEnum):
    """What an outlet emitted of the pollutant when the air left it, against its usual."""

    ABOVE = "above_usual"
    USUAL = "usual"
    BELOW = "below_usual"
    UNKNOWN = "unknown"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet and the valid hourly means of the pollutant there; None where it is not measured.

    Attributes:
        hours: (start in microseconds, mean), some days back, in order.
    """

    enterprise: str
    name: str
    place: Place | None
    hours: tuple[tuple[int, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Cone:
    """Where the air came from: ``sigma_deg`` to either side of a direction, with the class it was reckoned with."""

    direction_deg: float
    sigma_deg: float
    stability: str
    stability_known: bool

    @property
    def half_deg(self) -> float:
        return min(90.0, REACH * self.sigma_deg)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An outlet as the wind sees it; ``score`` is 0 where it does not lie upwind.

    Attributes:
        ratio: mean of the hours when the air left over the median of the days before.
    """

    outlet: Outlet
    distance_m: float
    bearing_deg: float
    offset_deg: float
    travel_s: float
    emission: Emission
    then: float | None
    usual: float | None
    ratio: float | None
    sector: float
    proximity: float
    strength: float
    upwind: bool

    @property
    def score(self) -> float:
        return self.sector * self.proximity * self.strength if self.upwind else 0.0


def answer_of(wind: MeanWind | None, coverage: float, place: Place | None) -> Answer:
    """Whether a period's wind tells where the air came from.

    Args:
        coverage: of the period by samples, 0..1.
    """
    if place is None:
        return Answer.NO_LOCATION
    if wind is None or coverage < LEAST_COVERAGE:
        return Answer.NO_WIND
    if wind.is_calm:
        return Answer.CALM
    unsteady = wind.spread_deg > WIDEST_SPREAD_DEG or wind.steadiness < LEAST_STEADINESS
    return Answer.VARIABLE if unsteady or wind.vector_m_s <= CALM_M_S else Answer.TRACED


def cone_of(wind: MeanWind, stability: str | None) -> Cone:
    """The wind's own swing, the plume's growth and the vane's error, added as squares."""
    known = stability in PLUME
    letter = stability if known and stability else NEUTRAL
    plume = degrees(atan(PLUME[letter]))
    return Cone(wind.direction_deg, sqrt(wind.spread_deg**2 + plume**2 + VANE_DEG**2), letter, known)


def rank(
    place: Place, wind: MeanWind, cone: Cone, period_us: tuple[int, int], outlets: Sequence[Outlet]
) -> list[Candidate]:
    """The outlets that have a location, the highest score first, those not upwind by distance after them."""
    found = [_candidate(place, outlet.place, wind, cone, period_us, outlet) for outlet in outlets if outlet.place]
    return sorted(found, key=lambda c: (-c.score, not c.upwind, c.distance_m, c.outlet.enterprise, c.outlet.name))


def _candidate(
    place: Place, source: Place, wind: MeanWind, cone: Cone, period_us: tuple[int, int], outlet: Outlet
) -> Candidate:
    distance_m, bearing_deg = way(place, source)
    offset_deg = abs((bearing_deg - cone.direction_deg + 180) % 360 - 180)
    travel_s = distance_m / wind.speed_m_s
    then, usual = _emitted(outlet, period_us, round(travel_s * 1e6))
    ratio = then / usual if then is not None and usual is not None and usual > 0 else None
    return Candidate(
        outlet=outlet,
        distance_m=distance_m,
        bearing_deg=bearing_deg,
        offset_deg=offset_deg,
        travel_s=travel_s,
        emission=_emission(outlet, ratio),
        then=then,
        usual=usual,
        ratio=ratio,
        sector=likeness(offset_deg, cone.sigma_deg),
        proximity=1 / (1 + distance_m / HALF_AT_M),
        strength=0.5 if ratio is None else max(0.0, ratio) / (1 + max(0.0, ratio)),
        upwind=offset_deg <= cone.half_deg,
    )


def way(place: Place, other: Place) -> tuple[float, float]:
    """Distance in metres and first bearing in degrees from one place to another, on a sphere."""
    (lon, lat), (lon2, lat2) = (tuple(radians(x) for x in p) for p in (place, other))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    bearing = atan2(sin(lon2 - lon) * cos(lat2), cos(lat) * sin(lat2) - sin(lat) * cos(lat2) * cos(lon2 - lon))
    return 2 * EARTH_M * asin(min(1.0, sqrt(half))), degrees(bearing) % 360


def _emitted(outlet: Outlet, period_us: tuple[int, int], travel_us: int) -> tuple[float | None, float | None]:
    """The outlet's mean when the air left it, and the median of its hours before that."""
    left_us, right_us = period_us[0] - travel_us, period_us[1] - travel_us
    then = [(_shared(start, left_us, right_us), mean) for start, mean in outlet.hours or ()]
    weight = sum(shared for shared, _ in then)
    before = [mean for start, mean in outlet.hours or () if start + HOUR_US <= left_us]
    return (
        sum(shared * mean for shared, mean in then) / weight if weight else None,
        median(before) if len(before) >= LEAST_HOURS else None,
    )


def _shared(start_us: int, left_us: int, right_us: int) -> int:
    """How much of an hour lies in a stretch."""
    return max(0, min(start_us + HOUR_US, right_us) - max(start_us, left_us))


def _emission(outlet: Outlet, ratio: float | None) -> Emission:
    if outlet.hours is None:
        return Emission.NOT_MEASURED
    if ratio is None:
        return Emission.UNKNOWN
    if ratio >= 1.2:
        return Emission.ABOVE
    return Emission.USUAL if ratio > 1 / 1.2 else Emission.BELOW
