"""Units of concentrations and of what an outlet is measured by, brought to those of the formulas."""

from __future__ import annotations

from schemas.air import Input

_SPELLINGS = str.maketrans({"³": "3", "µ": "u", "μ": "u", "℃": "C", "°": None, " ": None})
_MG_M3 = {"mg/m3": 1.0, "ug/m3": 0.001, "g/m3": 1000.0, "ng/m3": 1e-6, "mg/Nm3": 1.0, "ug/Nm3": 0.001}
_PPM = {"ppm": 1.0, "ppmv": 1.0, "ppmC": 1.0, "umol/mol": 1.0, "ppb": 0.001, "nmol/mol": 0.001}
_RATES = {"kg/h": 1.0, "g/h": 0.001, "t/h": 1000.0}
_PRESSURES = {"Pa": (0.001, 0.0), "hPa": (0.1, 0.0), "mbar": (0.1, 0.0), "kPa": (1.0, 0.0), "MPa": (1000.0, 0.0)}
_SHARES = {"%": (1.0, 0.0), "%vol": (1.0, 0.0), "vol%": (1.0, 0.0), "1": (100.0, 0.0)}
_ACCEPTED: dict[Input, dict[str, tuple[float, float]]] = {
    Input.MOISTURE: _SHARES,
    Input.OXYGEN: _SHARES,
    Input.TEMPERATURE: {"Cel": (1.0, 0.0), "C": (1.0, 0.0), "degC": (1.0, 0.0), "K": (1.0, -273.0)},
    Input.STATIC_PRESSURE: _PRESSURES,
    Input.ATMOSPHERIC_PRESSURE: _PRESSURES,
    Input.FLOW: {
        "m3/h": (1.0, 0.0), "Nm3/h": (1.0, 0.0), "m3/s": (3600.0, 0.0), "Nm3/s": (3600.0, 0.0), "m3/min": (60.0, 0.0),
    },
}  # fmt: skip


def _plain(unit: str) -> str:
    return unit.translate(_SPELLINGS)


def mg_m3_of(unit: str) -> float | None:
    """What a mass concentration is multiplied by to be in mg/m3; None for another kind of unit."""
    return _MG_M3.get(_plain(unit))


def ppm_of(unit: str) -> float | None:
    """What a volume ratio is multiplied by to be in ppm; None for another kind of unit."""
    return _PPM.get(_plain(unit))


def kg_h_of(unit: str) -> float | None:
    """What a mass rate is multiplied by to be in kg/h; None for another kind of unit."""
    return _RATES.get(_plain(unit))


def input_scale(what: Input, unit: str) -> tuple[float, float] | None:
    """Factor and addend that bring a reading to percent, Celsius (of 273 K), kPa or m3/h; None: unknown unit."""
    return _ACCEPTED[what].get(_plain(unit))
