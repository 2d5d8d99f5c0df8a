"""The weather over the city: one sky for all parks, so that solar and wind rise and fall together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from simulators.streams import MINUTE, Floats, generator, smooth

_STREAM = 1
_LATITUDE = np.radians(39.68)
_LONGITUDE = 106.82
_ZONE_MERIDIAN = 120.0


@dataclass(frozen=True, slots=True)
class Weather:
    """One local day by minute: W/m2, Celsius, m/s, degrees, percent; each shape (1440,)."""

    irradiance: Floats
    temperature: Floats
    wind_speed: Floats
    wind_direction: Floats
    humidity: Floats


@lru_cache(maxsize=8)
def weather(seed: int, day: int) -> Weather:
    """The weather of a local day."""
    slow = smooth(seed, _STREAM, day, rows=3, knots=4)
    fast = smooth(seed, _STREAM + 1, day, rows=4, knots=48)
    clearness = 0.78 + 0.16 * np.tanh(slow[0] - 0.4) + 0.05 * fast[0]
    season = np.cos(2 * np.pi * (_day_of_year(day) - 200) / 365)
    temperature = 10 + 16 * season + 6 * np.cos(2 * np.pi * (MINUTE - 900) / 1440) + 2 * slow[1] + 0.3 * fast[1]
    wind_speed = np.abs(6.0 + 2.8 * slow[2] + 0.9 * fast[2] - 0.8 * np.cos(2 * np.pi * (MINUTE - 240) / 1440))
    turbulence = generator(seed, _STREAM + 2, day).standard_normal((3, len(MINUTE)))
    return Weather(
        irradiance=_clear_sky(day) * np.clip(clearness + 0.01 * turbulence[0], 0.05, 1.0),
        temperature=temperature,
        wind_speed=np.maximum(0.0, wind_speed + 0.3 * turbulence[1]),
        wind_direction=(300 + 60 * slow[0] + 20 * fast[3] + 5 * turbulence[2]) % 360,
        humidity=np.clip(38 - 0.9 * (temperature - 10) + 6 * slow[1], 8, 98),
    )


def solar_power(sky: Weather, peak_kw: float) -> Floats:
    """Output of a photovoltaic plant, kW: rated at 1,000 W/m2, with losses and 0.4 % per kelvin above 25 Celsius."""
    cell = sky.temperature + 0.025 * sky.irradiance
    return peak_kw * sky.irradiance / 1000 * 0.86 * (1 - 0.004 * np.maximum(0.0, cell - 25))


def wind_power(sky: Weather, rated_kw: float) -> Floats:
    """Output of a wind farm, kW: cubic between 3 and 11 m/s at hub height, flat to 25, off above."""
    hub = 1.25 * sky.wind_speed
    share = np.clip((hub**3 - 27) / (1331 - 27), 0.0, 1.0)
    return rated_kw * np.where(hub > 25, 0.0, share)


def _clear_sky(day: int) -> Floats:
    """Global horizontal irradiance without clouds, W/m2 (Haurwitz 1945: 1098 cos z exp(-0.057 / cos z))."""
    angle = 2 * np.pi * (_day_of_year(day) - 81) / 365
    declination = np.radians(23.45) * np.sin(angle)
    solar_minutes = MINUTE + 4 * (_LONGITUDE - _ZONE_MERIDIAN) + 9.87 * np.sin(2 * angle) - 7.53 * np.cos(angle)
    hour_angle = np.radians((solar_minutes - 720) / 4)
    cosine = np.sin(_LATITUDE) * np.sin(declination) + np.cos(_LATITUDE) * np.cos(declination) * np.cos(hour_angle)
    safe = np.maximum(cosine, 1e-3)
    return np.where(cosine > 0, 1098 * cosine * np.exp(-0.057 / safe), 0.0)


def _day_of_year(day: int) -> int:
    return date.fromordinal(day).timetuple().tm_yday
