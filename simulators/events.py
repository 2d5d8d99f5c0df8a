"""What goes wrong, and when: leaks, spikes, calibrations, maintenance, missing minutes and lines that are down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from simulators.plants import PLANTS, Plant
from simulators.points import ENERGY_GATEWAY, GATEWAYS
from simulators.streams import MINUTE, MINUTES, generator

_LEAKS, _STACK, _GAPS, _HOLES, _OFFLINE = 10, 2000, 4000, 6000, 8000
_BLOCK = 360
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Leak:
    """NMHC well above the permit for hours. Minutes of the day; ``over_range`` is when the analyser is pegged."""

    start: int
    end: int
    level: float
    over_range: Window | None


@dataclass(frozen=True, slots=True)
class StackDay:
    """The day of one outlet's analyser: windows [start, end) in minutes, spikes as (start, end, mg/m3)."""

    leaks: tuple[Leak, ...]
    spikes: tuple[tuple[int, int, float], ...]
    calibration: Window | None
    maintenance: Window | None


def leaks_of(plant: Plant, seed: int, day: int) -> tuple[Leak, ...]:
    """In every quarter of a day one outlet of the city leaks for three to five hours, within that quarter."""
    random = generator(seed, _LEAKS, day)
    found = []
    for block in range(MINUTES // _BLOCK):
        stack = int(random.integers(len(PLANTS)))
        start = block * _BLOCK + int(random.integers(5, 45))
        end = start + int(random.integers(190, 300))
        level, pegged = float(random.uniform(75, 150)), random.random() < 0.2
        if stack == PLANTS.index(plant):
            found.append(Leak(start, end, level, (start + 60, start + 72) if pegged else None))
    return tuple(found)


def stack_day(plant: Plant, seed: int, day: int) -> StackDay:
    """Everything that happens to the analyser of an outlet on a day."""
    index = PLANTS.index(plant)
    random = generator(seed, _STACK + index, day)
    spikes = []
    for _ in range(int(random.poisson(0.6))):
        start = int(random.integers(0, MINUTES - 4))
        spikes.append((start, start + int(random.integers(1, 4)), float(random.uniform(85, 140))))
    service = int(random.integers(13 * 60, 15 * 60)) if random.random() < 0.03 else None
    return StackDay(
        leaks=leaks_of(plant, seed, day),
        spikes=tuple(spikes),
        calibration=(570, 590) if day % 7 == index % 7 else None,
        maintenance=(service, service + 150) if service is not None else None,
    )


def missing_minutes(plant: Plant, gateway: str, seed: int, day: int) -> NDArray[np.bool_]:
    """The minutes of a day in which a gateway read nothing, so that nothing can be sent later either."""
    missing = np.zeros(MINUTES, dtype=bool)
    for start, end in (*_gaps(plant, gateway, seed, day), *_gaps_from_yesterday(plant, gateway, seed, day)):
        missing[start : min(end, MINUTES)] = True
    return missing


def dropped_samples(plant: Plant, gateway: str, seed: int, day: int, rows: int) -> NDArray[np.bool_]:
    """Single samples an analyser did not deliver: shape (rows, 1440). Meters deliver whenever they are read."""
    if gateway == ENERGY_GATEWAY:
        return np.zeros((rows, MINUTES), dtype=bool)
    stream = _HOLES + PLANTS.index(plant)
    return generator(seed, stream, day).random((rows, MINUTES), dtype=np.float32) < 0.0008


def is_offline(plant: Plant, gateway: str, seed: int, day: int, minute: int) -> bool:
    """Whether the gateway's line is down: it reads on, keeps what it read, and sends it when the line is back."""
    random = generator(seed, _OFFLINE + _slot(plant, gateway), day)
    if random.random() > 0.3:
        return False
    start = int(random.integers(0, MINUTES - 45))
    return start <= minute < start + int(random.integers(8, 40))


def _gaps(plant: Plant, gateway: str, seed: int, day: int) -> list[Window]:
    """Reading gaps that begin on the day; one may end on the next (minutes above 1440)."""
    random = generator(seed, _GAPS + _slot(plant, gateway), day)
    gaps = []
    if random.random() < 0.06:
        hour, offset = int(random.integers(0, 24)), int(random.integers(5, 20))
        length = int(random.integers(3, 30)) if plant.exports else int(random.integers(3, 150))
        gaps.append((hour * 60 + offset, min(hour * 60 + offset + length, MINUTES - 5)))
    if plant.code == "ENT06" and gateway == ENERGY_GATEWAY:
        gaps += _gaps_over_midnight(day)
    return gaps


def _gaps_over_midnight(day: int) -> list[Window]:
    """One enterprise loses a midnight inside every month, and the midnight between two months."""
    today = date.fromordinal(day)
    if (today + timedelta(days=1)).day == 1:
        return [(1425, 1440 + 20)]
    return [(1432, 1440 + 9)] if today.day == 15 else []


def _gaps_from_yesterday(plant: Plant, gateway: str, seed: int, day: int) -> list[Window]:
    return [(0, end - MINUTES) for _, end in _gaps(plant, gateway, seed, day - 1) if end > MINUTES]


def _slot(plant: Plant, gateway: str) -> int:
    return len(GATEWAYS) * PLANTS.index(plant) + GATEWAYS.index(gateway)


def within(window: Window) -> NDArray[np.bool_]:
    """The minutes of a window as a mask of a day."""
    return (window[0] <= MINUTE) & (window[1] > MINUTE)
