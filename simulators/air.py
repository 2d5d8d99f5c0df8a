"""Analysers, fence points, treatment units and the weather mast of a plant, minute by minute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.events import StackDay, stack_day, within
from simulators.plants import PLANTS, Plant
from simulators.streams import MINUTES, Floats, generator, smooth
from simulators.weather import weather

_STREAM = 3000
_SPAN_GAS = 80.0  # mg/m3, above the limit: a calibration that counted would be an exceedance
_PEGGED = 500.0
Flags = NDArray[np.bytes_]


def air_of(plant: Plant, seed: int, day: int) -> tuple[dict[str, Floats], Flags]:
    """The signals of a day by name, each shape (1440,), and the flags of the analysers."""
    index = PLANTS.index(plant)
    slow = smooth(seed, _STREAM + 2 * index, day, rows=8)
    white = generator(seed, _STREAM + 2 * index + 1, day).standard_normal((8, MINUTES))
    events = stack_day(plant, seed, day)
    nmhc = (14 + index) * np.exp(0.25 * slow[0] + 0.06 * white[0])
    leaking = _leak_profile(events)
    nmhc = np.maximum(nmhc, leaking * (1 + 0.04 * white[1]))
    signals = {
        "nmhc": nmhc,
        "flue_temperature": 68 + 3 * slow[1] + 0.4 * white[2],
        "oxygen": np.clip(17.5 + 0.5 * slow[2] + 0.05 * white[3], 0, 20.9),
        "flow": np.maximum(0.1, (9 + index) * (1 + 0.05 * slow[3] + 0.01 * white[4])),
        "fence_nmhc": 0.55 * np.exp(0.3 * slow[4] + 0.05 * white[5]) + 0.03 * leaking,
        "fence_h2s": 0.004 + 0.002 * slow[5] + 0.0006 * white[6],
        "chamber": 820 + 6 * slow[6] + 1.5 * white[7] - 60 * (leaking > 0),
    }
    for i, (_, _, ratio) in enumerate(plant.vocs):
        signals[f"voc{i + 1}"] = ratio * nmhc * (1 + 0.1 * slow[6 + i]) + 0.05 * white[2 + i]
    return signals | _mast(plant, seed, day), _analyser_flags(events, signals)


def _leak_profile(events: StackDay) -> Floats:
    """NMHC of leaks and spikes, mg/m3; a leak rises within ten minutes and falls likewise."""
    profile = np.zeros(MINUTES)
    for leak in events.leaks:
        length = leak.end - leak.start
        ramp = np.minimum(1.0, np.minimum(np.arange(length) + 1, length - np.arange(length)) / 10)
        profile[leak.start : leak.end] = leak.level * ramp
    for start, end, level in events.spikes:
        profile[start:end] = np.maximum(profile[start:end], level)
    return profile


def _analyser_flags(events: StackDay, signals: dict[str, Floats]) -> Flags:
    """Flags of the day; what the analyser shows while flagged is written into ``signals``."""
    flags = np.full(MINUTES, b"N", dtype="S1")
    marked = [(leak.over_range, b"T", _PEGGED) for leak in events.leaks]
    for window, flag, shown in (*marked, (events.calibration, b"C", _SPAN_GAS), (events.maintenance, b"M", 0.0)):
        if window is None:
            continue
        mask = within(window)
        flags[mask] = flag
        for name in ("nmhc", "voc1", "voc2"):
            signals[name][mask] = shown
    return flags


def _mast(plant: Plant, seed: int, day: int) -> dict[str, Floats]:
    if not plant.weather:
        return {}
    sky = weather(seed, day)
    return {
        "wind_speed": sky.wind_speed,
        "wind_direction": np.minimum(sky.wind_direction, 359.9),
        "temperature": sky.temperature,
        "humidity": sky.humidity,
        "irradiance": sky.irradiance,
    }
