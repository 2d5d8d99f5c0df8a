"""The points of each plant: one list that the registry file, the model and the oracle share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from schemas.points import Kind, Role
from simulators.plants import PLANTS, Plant

ENERGY_GATEWAY, AIR_GATEWAY = "energy", "air"
GATEWAYS = (ENERGY_GATEWAY, AIR_GATEWAY)
TICKS = 100  # registers show hundredths


@dataclass(frozen=True, slots=True)
class Point:
    """One point. ``signal`` names its series in the model; ``share`` is the part of that signal it sees."""

    code: str
    name: str
    role: Role
    kind: Kind
    medium: str
    quantity: str
    unit: str
    gateway: str
    signal: str
    share: float = 1.0
    decimals: int = 2
    multiplier: float = 1.0
    width: float | None = None
    capacity_kw: float | None = None
    limits: tuple[float, float] | None = None
    plausible: tuple[float, float] | None = None


@lru_cache(maxsize=1)
def _all() -> dict[str, tuple[Point, ...]]:
    return {plant.code: (*_energy(plant), *_air(plant)) for plant in PLANTS}


def points_of(plant: Plant, gateway: str | None = None) -> tuple[Point, ...]:
    """The points of a plant, those of one gateway if named, in registry order."""
    return tuple(point for point in _all()[plant.code] if gateway in (None, point.gateway))


def _energy(plant: Plant) -> list[Point]:
    points = [
        replace(_meter(f"E0{i + 1}", f"{i + 1}号总进线", Role.GRID_IMPORT, f"import{i + 1}", 1.3 * plant.base_kw),
                multiplier=plant.multiplier, width=plant.width)
        for i in range(plant.incomers)
    ]  # fmt: skip
    if plant.exports:
        points.append(_meter("X01", "上网电量", Role.GRID_EXPORT, "export", plant.on_site_kw))
    if plant.has_direct_line:
        capacity = plant.direct_wind_kw + plant.direct_solar_kw
        points.append(_meter("D01", "绿电直连专线", Role.DIRECT_LINE, "direct", capacity))
    points.append(_meter("S01", "屋顶光伏", Role.ONSITE_SOLAR, "roof", plant.roof_kw))
    if plant.field_kw:
        points.append(_interval("S02", "场内光伏", Role.ONSITE_SOLAR, "field", plant.field_kw))
    if plant.wind_kw:
        points.append(_meter("W01", "场内风电", Role.ONSITE_WIND, "wind", plant.wind_kw))
    if plant.waste_heat_kw:
        points.append(_meter("H01", "余热发电", Role.ONSITE_WASTE_HEAT, "waste_heat", plant.waste_heat_kw))
    points += [
        replace(_meter(f"M0{i + 1}", name, Role.SUBMETER, "load", 1.3 * share * plant.base_kw), share=share)
        for i, (name, share) in enumerate(plant.submeters)
    ]
    return [*points, _production(plant)]


def _meter(code: str, name: str, role: Role, signal: str, capacity_kw: float) -> Point:
    """A counter whose transformers fit its capacity: six or eight digits, CT x PT in steps of common ratios."""
    multiplier = next((ratio for ratio in _RATIOS if ratio * 60 >= capacity_kw), _RATIOS[-1])
    width = 1e4 if multiplier <= 120 else 1e6
    return Point(code, name, role, Kind.COUNTER, "electricity", "active_energy", "kWh", ENERGY_GATEWAY, signal,
                 multiplier=multiplier, width=width, capacity_kw=capacity_kw)  # fmt: skip


_RATIOS = (60.0, 80.0, 120.0, 200.0, 300.0, 600.0, 1_200.0)


def _interval(code: str, name: str, role: Role, signal: str, capacity_kw: float) -> Point:
    return Point(code, name, role, Kind.INTERVAL, "electricity", "active_energy", "kWh", ENERGY_GATEWAY, signal,
                 decimals=3, capacity_kw=capacity_kw, limits=(-1.0, capacity_kw))  # fmt: skip


def _production(plant: Plant) -> Point:
    return Point("P01", plant.product, Role.PRODUCTION, Kind.INTERVAL, "product", "production", "t", ENERGY_GATEWAY,
                 "load", share=plant.tonnes_per_mwh / 1000, decimals=3, limits=(0.0, 1000.0))  # fmt: skip


def _air(plant: Plant) -> list[Point]:
    points = [
        _gauge("V01", "1号排口非甲烷总烃", Role.STACK, "a24088", "mg/m3", "nmhc", (-5, 5000), (-2, 2000)),
        *(
            _gauge(f"V0{i + 2}", f"1号排口{name}", Role.STACK, code, "mg/m3", f"voc{i + 1}", (-5, 5000), (-2, 2000))
            for i, (code, name, _) in enumerate(plant.vocs)
        ),
        _gauge("T01", "1号排口烟气温度", Role.STACK, "a01012", "Cel", "flue_temperature", (-50, 1000), None, 1),
        _gauge("O01", "1号排口含氧量", Role.STACK, "a19001", "%", "oxygen", (0, 25), None),
        _gauge("Q01", "1号排口标干流量", Role.STACK, "a00000", "m3/s", "flow", (0, 500), None, 3),
        _gauge("F01", "厂界非甲烷总烃", Role.FENCE, "a24088", "mg/m3", "fence_nmhc", (-1, 500), (-0.5, 200), 3),
        _gauge("F02", "厂界硫化氢", Role.FENCE, "a21028", "mg/m3", "fence_h2s", (-1, 100), (-0.05, 20), 4),
        _gauge("R01", "治理设施炉膛温度", Role.DEVICE, "temperature", "Cel", "chamber", (0, 1500), None, 1),
    ]
    return points + (_weather() if plant.weather else [])


def _weather() -> list[Point]:
    return [
        _gauge("A01", "风速", Role.WEATHER, "a01007", "m/s", "wind_speed", (0, 80), None),
        _gauge("A02", "风向", Role.WEATHER, "a01008", "deg", "wind_direction", (0, 360), None, 1),
        _gauge("A03", "气温", Role.WEATHER, "a01001", "Cel", "temperature", (-60, 60), None, 1),
        _gauge("A04", "相对湿度", Role.WEATHER, "a01002", "%", "humidity", (0, 100), None, 1),
        _gauge("A05", "太阳总辐照度", Role.WEATHER, "irradiance", "W/m2", "irradiance", (-20, 2000), None, 1),
    ]


def _gauge(
    code: str, name: str, role: Role, quantity: str, unit: str, signal: str,
    limits: tuple[float, float], plausible: tuple[float, float] | None, decimals: int = 2,
) -> Point:  # fmt: skip
    medium = {Role.DEVICE: "device", Role.WEATHER: "weather"}.get(role, "air")
    return Point(code, name, role, Kind.GAUGE, medium, quantity, unit, AIR_GATEWAY, signal,
                 decimals=decimals, limits=limits, plausible=plausible)  # fmt: skip
