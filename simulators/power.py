"""The electricity of a plant: a tariff-shaped load, what it generates, and what flows through the grid meters."""

from __future__ import annotations

import numpy as np

from simulators.plants import PLANTS, Plant
from simulators.streams import MINUTE, MINUTES, Floats, generator, smooth
from simulators.weather import Weather, solar_power, weather, wind_power

_STREAM = 1000
SIGNALS = ("import1", "import2", "export", "direct", "roof", "field", "wind", "waste_heat", "load")
_FIRST_INCOMER = 0.55


def power_of(plant: Plant, seed: int, day: int) -> Floats:
    """Mean power of each minute of a local day, kW: shape (len(SIGNALS), 1440), in the order of ``SIGNALS``."""
    sky = weather(seed, day)
    load, waste_heat = _load(plant, seed, day)
    roof, field = solar_power(sky, plant.roof_kw), solar_power(sky, plant.field_kw)
    wind = wind_power(sky, plant.wind_kw)
    on_site = roof + field + wind + waste_heat
    if not plant.exports:  # without an export contract the surplus is curtailed, solar and wind alike
        curtailed = np.minimum(1.0, 0.95 * load / np.maximum(on_site, 1e-9))
        roof, field, wind, waste_heat = roof * curtailed, field * curtailed, wind * curtailed, waste_heat * curtailed
        on_site = on_site * curtailed
    direct = np.minimum(_direct_line(plant, sky), np.maximum(0.0, 0.98 * load - on_site))
    net = load - on_site - direct
    bought, sold = np.maximum(net, 0.0), np.maximum(-net, 0.0)
    first = _FIRST_INCOMER if plant.incomers == 2 else 1.0
    return np.stack([first * bought, (1 - first) * bought, sold, direct, roof, field, wind, waste_heat, load])


def tariff() -> Floats:
    """How dear a minute is, -1 (valley: night and the solar noon) to 1 (the evening peak); shape (1440,)."""
    hour = MINUTE / 60
    dear = np.where((hour >= 17) & (hour < 22) | (hour >= 7) & (hour < 9), 1.0, 0.0)
    cheap = np.where((hour >= 11) & (hour < 16) | (hour < 5), 1.0, 0.0)
    kernel = np.ones(20) / 20  # nobody changes load in a minute
    wrapped = np.concatenate([(dear - cheap)[-10:], dear - cheap, (dear - cheap)[:9]])
    return np.convolve(wrapped, kernel, mode="valid")


_TARIFF = tariff()


def _load(plant: Plant, seed: int, day: int) -> tuple[Floats, Floats]:
    """Consumption of the plant and its waste-heat generation, kW."""
    stream = _STREAM + 10 * PLANTS.index(plant)
    slow = smooth(seed, stream, day, rows=2, knots=12)
    white = generator(seed, stream + 1, day).standard_normal((2, MINUTES))
    amplitude, period = plant.batch
    minute = day * MINUTES + MINUTE
    batch = np.tanh(4 * np.sin(2 * np.pi * minute / period))
    shape = 1 - plant.tariff * _TARIFF + amplitude * batch + 0.02 * slow[0] + 0.004 * white[0]
    waste = plant.waste_heat_kw * np.clip(0.86 + 0.05 * slow[1] + 0.01 * white[1], 0.0, 1.0)
    return plant.base_kw * np.maximum(shape, 0.05), waste


def _direct_line(plant: Plant, sky: Weather) -> Floats:
    return wind_power(sky, plant.direct_wind_kw) + solar_power(sky, plant.direct_solar_kw)
