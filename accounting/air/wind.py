"""Wind of a period: its vector mean, how far it swings, and when it tells nothing. Pure.

Directions are meteorological: degrees clockwise from north that the wind comes *from*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, exp, hypot, radians, sin, sqrt

CALM_M_S = 0.5  # at and below it the air stands still (HJ 2.2-2018)
SECTORS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
SPEED_CLASSES_M_S = (CALM_M_S, 2.0, 4.0, 6.0, 8.0)  # each from its bound on; the last is open

Sample = tuple[float, float]  # speed in m/s, direction in degrees


@dataclass(frozen=True, slots=True)
class MeanWind:
    """The wind of a period.

    Attributes:
        direction_deg: of the vector mean.
        speed_m_s, vector_m_s: mean of the speeds, and length of the vector mean.
        spread_deg: standard deviation of the direction (Yamartino 1984), calm samples left out.
        calm_share: of the samples, 0..1.
    """

    direction_deg: float
    speed_m_s: float
    vector_m_s: float
    spread_deg: float
    calm_share: float
    samples: int

    @property
    def steadiness(self) -> float:
        """1 where the wind never turned, 0 where its directions cancel out."""
        return self.vector_m_s / self.speed_m_s if self.speed_m_s else 0.0

    @property
    def is_calm(self) -> bool:
        return self.calm_share > 0.5 or self.speed_m_s <= CALM_M_S


def mean_wind(samples: Sequence[Sample]) -> MeanWind | None:
    """The wind of a period from samples of equal length; None without any."""
    if not samples:
        return None
    east = sum(-speed * sin(radians(direction)) for speed, direction in samples) / len(samples)
    north = sum(-speed * cos(radians(direction)) for speed, direction in samples) / len(samples)
    moving = [direction for speed, direction in samples if speed > CALM_M_S]
    return MeanWind(
        direction_deg=degrees(atan2(-east, -north)) % 360,
        speed_m_s=sum(speed for speed, _ in samples) / len(samples),
        vector_m_s=hypot(east, north),
        spread_deg=spread(moving),
        calm_share=1 - len(moving) / len(samples),
        samples=len(samples),
    )


def spread(directions_deg: Sequence[float]) -> float:
    """Standard deviation of directions in degrees, by Yamartino's single-pass estimator; 0 without any."""
    if not directions_deg:
        return 0.0
    s = sum(sin(radians(d)) for d in directions_deg) / len(directions_deg)
    c = sum(cos(radians(d)) for d in directions_deg) / len(directions_deg)
    e = sqrt(max(0.0, 1 - s * s - c * c))
    return degrees(asin(min(1.0, e)) * (1 + (2 / sqrt(3) - 1) * e**3))


def sector_of(direction_deg: float) -> str:
    """The name of the sixteenth of the compass that holds a direction."""
    return SECTORS[int(direction_deg % 360 / 22.5 + 0.5) % 16]


def speed_class(speed_m_s: float) -> int:
    """Index into ``SPEED_CLASSES_M_S``; -1 is calm."""
    return sum(speed_m_s > CALM_M_S if bound == CALM_M_S else speed_m_s >= bound for bound in SPEED_CLASSES_M_S) - 1


@dataclass(frozen=True, slots=True)
class Petal:
    """Hours of one sector and speed class; ``mean`` and ``highest`` are of what a point measured in them."""

    sector: str
    speed_class: int
    hours: int
    measured: int
    mean: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Rose:
    """A wind rose. ``calm`` holds the hours that have no direction, ``hours`` all of them."""

    hours: int
    calm: Petal
    petals: list[Petal]


def rose(hours: Sequence[tuple[MeanWind, float | None]]) -> Rose:
    """How often the wind came from where, and what was measured then.

    Args:
        hours: the wind of each hour, and the mean of a point in it where there is a valid one.
    """
    found: dict[tuple[str, int], list[float | None]] = {}
    for wind, value in hours:
        calm = wind.is_calm or wind.vector_m_s <= CALM_M_S
        key = ("", -1) if calm else (sector_of(wind.direction_deg), speed_class(wind.speed_m_s))
        found.setdefault(key, []).append(value)
    calm_petal = _petal("", -1, found.pop(("", -1), []))
    order = sorted(found, key=lambda key: (SECTORS.index(key[0]), key[1]))
    return Rose(len(hours), calm_petal, [_petal(*key, found[key]) for key in order])


def _petal(sector: str, speed: int, values: list[float | None]) -> Petal:
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known) if known else None
    return Petal(sector, speed, len(values), len(known), mean, max(known, default=None))


def likeness(offset_deg: float, sigma_deg: float) -> float:
    """How well a bearing agrees with a direction that swings by ``sigma_deg``: 1 in its middle, a bell to the sides."""
    return exp(-0.5 * (offset_deg / sigma_deg) ** 2)
