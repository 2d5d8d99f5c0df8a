"""Every folder of tests/cases/tracing: an hour of wind, outlets by bearing and distance, and what the wind tells."""

from __future__ import annotations

from math import asin, atan2, cos, degrees, radians, sin
from pathlib import Path
from typing import Any

import pytest
import yaml

from accounting.air.tracing import EARTH_M, Candidate, Outlet, Place, answer_of, cone_of, rank, way
from accounting.air.wind import MeanWind, mean_wind, rose, sector_of, speed_class

FOLDER = Path(__file__).parents[1] / "cases" / "tracing"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/case.yaml"))
FENCE = (106.82, 39.68)
HOUR = 3_600_000_000
START = 500_000 * HOUR


def _going(start: Place, bearing_deg: float, distance_m: float) -> Place:
    """The place at a bearing and distance."""
    lon, lat, bearing, way_rad = *(radians(x) for x in start), radians(bearing_deg), distance_m / EARTH_M
    north = asin(sin(lat) * cos(way_rad) + cos(lat) * sin(way_rad) * cos(bearing))
    east = lon + atan2(sin(bearing) * sin(way_rad) * cos(lat), cos(way_rad) - sin(lat) * sin(north))
    return degrees(east), degrees(north)


def _samples(stretches: list[dict[str, Any]]) -> list[tuple[float, float]]:
    return [
        (s["speed"], s["direction"] + (s.get("swing", 0) if minute % 2 else -s.get("swing", 0)))
        for s in stretches
        for minute in range(s["minutes"])
    ]


def _outlet(body: dict[str, Any]) -> Outlet:
    enterprise, _, name = body["name"].partition("/")
    hours: tuple[tuple[int, float], ...] | None = None
    if "usual" in body:
        back = round(body.get("days_back", 7) * 24)
        means = {START - n * HOUR: body["usual"] for n in range(1, back + 1)} | {START: body["then"]}
        means |= {START - n * HOUR: body["two_hours_before"] for n in (1, 2) if "two_hours_before" in body}
        hours = tuple(sorted(means.items()))
    return Outlet(enterprise, name, _going(FENCE, *body["at"]), hours)


def _address(candidate: Candidate) -> str:
    return f"{candidate.outlet.enterprise}/{candidate.outlet.name}"


@pytest.mark.parametrize("name", CASES)
def test_what_the_wind_tells(name: str) -> None:
    case = yaml.safe_load((FOLDER / name / "case.yaml").read_text(encoding="utf-8"))
    expected, samples = case["expect"], _samples(case["wind"])
    wind = mean_wind(samples)
    answer = answer_of(wind, len(samples) / 60, None if case.get("fence") == "none" else FENCE)
    assert answer.value == expected["answer"], case["what"]
    if answer.value == "traced" and wind is not None:
        _compare(wind, case, expected)


def _compare(wind: MeanWind, case: dict[str, Any], expected: dict[str, Any]) -> None:
    cone = cone_of(wind, case.get("stability"))
    found = rank(FENCE, wind, cone, (START, START + HOUR), [_outlet(body) for body in case["outlets"]])
    for key, value in (("direction", wind.direction_deg), ("spread", wind.spread_deg), ("sigma", cone.sigma_deg)):
        assert value == pytest.approx(expected.get(key, value), abs=2e-3), key
    assert [_address(c) for c in found if c.upwind] == expected.get("order", [])
    assert sorted(_address(c) for c in found if not c.upwind) == expected.get("not_upwind", [])
    assert all(c.score == 0 for c in found if not c.upwind)
    scores = {_address(c): c.score for c in found}
    for outlet, score in expected.get("scores", {}).items():
        assert scores[outlet] == pytest.approx(score, abs=5e-4), outlet
    for outlet, emission in expected.get("emission", {}).items():
        assert {_address(c): c.emission.value for c in found}[outlet] == emission


@pytest.mark.parametrize("turn", [37, 180, 311])
def test_north_is_no_better_than_another_direction(turn: int) -> None:
    """Wind and outlets turned together leave every score as it was."""

    def scores(by: int) -> list[float]:
        wind = mean_wind(_samples([{"minutes": 60, "speed": 2.5, "direction": 30 + by, "swing": 18}]))
        assert wind is not None
        outlets = [
            _outlet({"name": f"E/{n}", "at": [20 * n + by, 300 + 200 * n], "usual": 10, "then": 8 + n})
            for n in range(5)
        ]
        found = rank(FENCE, wind, cone_of(wind, "C"), (START, START + HOUR), outlets)
        return [c.score for c in sorted(found, key=lambda c: c.outlet.name)]

    assert scores(turn) == pytest.approx(scores(0), abs=1e-6)
    assert sum(score > 0 for score in scores(0)) >= 2


def test_way_there_and_back() -> None:
    distance, bearing = way(FENCE, _going(FENCE, 217.0, 4321.0))
    assert distance == pytest.approx(4321.0, abs=0.01)
    assert bearing == pytest.approx(217.0, abs=1e-3)


def test_a_rose_counts_every_hour_once() -> None:
    winds = [([(3.0, 11.0)], 10.0), ([(3.0, 12.0)], 30.0), ([(3.0, 349.0)], 50.0), ([(9.0, 349.0)], None)]
    hours = [(wind, value) for samples, value in winds if (wind := mean_wind(samples))]
    calm = mean_wind([(0.2, 90.0)])
    assert calm is not None
    found = rose([*hours, (calm, 7.0)])
    told = [(p.sector, p.speed_class, p.hours, p.mean, p.highest) for p in found.petals]
    assert told == [("N", 1, 2, 30.0, 50.0), ("N", 4, 1, None, None), ("NNE", 1, 1, 30.0, 30.0)]
    assert (found.hours, found.calm.hours, found.calm.mean) == (5, 1, 7.0)
    assert [sector_of(d) for d in (348.8, 359.9, 0.0, 11.2, 11.3)] == ["N", "N", "N", "N", "NNE"]
    assert [speed_class(s) for s in (0.5, 0.51, 1.99, 2.0, 8.0, 40.0)] == [-1, 0, 0, 1, 4, 4]
