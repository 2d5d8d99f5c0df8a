"""Every folder of tests/cases/air: an hour of an outlet in minutes, and the mean that must come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from accounting.air.conversion import Route, first_missing, route_of
from accounting.air.outlet_hours import Source, outlet_hours
from schemas.air import Input, SeriesTerms, Unconvertible
from schemas.blocks import ReadingBlock
from schemas.metering import HOUR_US, PointTerms, PointWindow
from schemas.points import Basis, Kind

FOLDER = Path(__file__).parents[1] / "cases" / "air"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/case.yaml"))
HOUR = 1_790_000_000_000_000 // HOUR_US * HOUR_US
UNITS = {Input.MOISTURE: "%", Input.OXYGEN: "%", Input.TEMPERATURE: "Cel", Input.FLOW: "m3/h"}


def _minutes(span: str) -> range:
    first, _, last = span.partition("-")
    return range(int(first), int(last or first) + 1)


def _series(base: Any, changes: dict[str, Any], every: int) -> list[tuple[int, float, str]]:
    """Readings (minute, value, flag) of an hour: a value, and what is otherwise in some minutes."""
    rows: dict[int, tuple[Any, str]] = dict.fromkeys(range(0, 60, every), (base, "N"))
    for span, change in changes.items():
        value, flag = (*change.split(), "N")[:2] if isinstance(change, str) else (change, "N")
        rows |= {m: (base if value == "same" else value, flag) for m in _minutes(span) if m in rows}
    return [(m, float(v), f) for m, (v, f) in rows.items() if v not in (None, "none")]


def _block(series: dict[int, list[tuple[int, float, str]]]) -> ReadingBlock:
    rows = [(p, HOUR + m * 60_000_000, v, f) for p, readings in series.items() for m, v, f in readings]
    points, stamps, values, flags = zip(*rows, strict=True) if rows else ((), (), (), ())
    return ReadingBlock(
        np.array(points, np.int32), np.array(stamps, np.int64), np.array(values, np.float64), np.array(flags, "S1")
    )


def _terms(case: dict[str, Any]) -> SeriesTerms:
    terms = dict(case.get("terms", {}))
    basis = terms.pop("basis", None)
    return SeriesTerms(Basis(basis) if basis else None, **terms)


def _route(case: dict[str, Any]) -> Route | Unconvertible:
    point = case["point"]
    basis = point.get("basis")
    return route_of(
        point.get("unit", "mg/m3"), point.get("quantity", "a24088"), Basis(basis) if basis else None, _terms(case)
    )


def _sources(case: dict[str, Any]) -> dict[Input, Source]:
    bases, units, every = case.get("bases", {}), case.get("units", {}), case.get("every", {})
    found = {}
    for i, name in enumerate(case.get("inputs", {})):
        what = Input(name)
        terms = PointTerms(i + 2, Kind.GAUGE, 60.0 * every.get(name, 1))
        basis = Basis(bases[name]) if name in bases else None
        found[what] = Source(what, terms, f"E/{name}", units.get(name, UNITS.get(what, "kPa")), basis)
    return found


def _readings(case: dict[str, Any], sources: dict[Input, Source]) -> ReadingBlock:
    changes, every = case.get("changes", {}), case.get("every", {})
    series = {1: _series(case["value"], changes.get("value", {}), every.get("value", 1))}
    for what, source in sources.items():
        name = what.value
        series[source.terms.point_id] = _series(case["inputs"][name], changes.get(name, {}), every.get(name, 1))
    return _block(series)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case: dict[str, Any] = yaml.safe_load((FOLDER / name / "case.yaml").read_text(encoding="utf-8"))
    expect = case["expect"]
    route, sources = _route(case), _sources(case)
    if isinstance(route, Route):
        missing = first_missing(route, {what: source.basis for what, source in sources.items()})
        route = missing or route
    if isinstance(route, Unconvertible):
        assert route.value == expect.get("refused"), route
        return
    assert "refused" not in expect, route
    block = _readings(case, sources)
    low, high = case["point"].get("plausible", [-np.inf, np.inf])
    terms = PointTerms(1, Kind.GAUGE, 60.0 * case.get("every", {}).get("value", 1), low, high)
    exempt = np.zeros(len(block), np.bool_)
    for span in case.get("exempt", []):
        minutes = _minutes(span)
        exempt |= ((block.ts_us - HOUR) // 60_000_000 >= minutes[0]) & (
            (block.ts_us - HOUR) // 60_000_000 <= minutes[-1]
        )
    hours = outlet_hours(block, PointWindow(terms, HOUR, HOUR + HOUR_US), route, sources, exempt)
    assert len(hours.facts) == 1
    assert bool(hours.facts.valid[0]) == expect["valid"]
    assert hours.conversions[0]["lost_minutes"] == expect.get("lost", {})
    if expect.get("mean") is None:
        assert np.isnan(hours.facts.mean[0])
    else:
        assert hours.facts.mean[0] == pytest.approx(expect["mean"], rel=1e-9 if "exact" in expect else 5e-7)
    if "steps" in expect:
        assert [step["step"] for step in hours.conversions[0]["steps"]] == expect["steps"]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 20
