"""Every folder of tests/cases/metering: readings and terms in, hours and steps out."""

from __future__ import annotations

import datetime as dt
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from accounting.hourly_facts import hourly_facts
from schemas.blocks import ReadingBlock
from schemas.durations import parse_duration
from schemas.metering import ComputedHours, MeterEpoch, MeterStep, PointTerms, PointWindow
from schemas.points import Kind

CASES = Path(__file__).parents[1] / "cases" / "metering"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def us(at: dt.datetime) -> int:
    return (at - EPOCH) // dt.timedelta(microseconds=1)


def terms_of(point_id: int, spec: dict[str, Any]) -> PointTerms:
    epochs = tuple(
        MeterEpoch(us(e["from"]), e.get("width"), e.get("multiplier", 1.0), e.get("first"), e.get("last"))
        for e in spec.get("epochs", ())
    )
    low, high = spec.get("plausible", (-inf, inf))
    capacity = spec["capacity_kw"] / 3600 if "capacity_kw" in spec else inf
    return PointTerms(point_id, Kind(spec["kind"]), parse_duration(spec["interval"]), low, high, capacity, epochs)


def readings_of(point_id: int, spec: dict[str, Any]) -> list[tuple[int, int, float, str]]:
    rows = [(point_id, us(ts), float(value), *(flag or ["N"])) for ts, value, *flag in spec.get("readings", ())]
    for series in spec.get("series", ()):
        start, every = us(series["from"]), round(parse_duration(series["every"]) * 1e6)
        rows += [
            (point_id, start + i * every, float(series["first"]) + i * series["step"], "N")
            for i in range(series["count"])
        ]
    return rows


def block_of(rows: list[tuple[int, int, float, str]]) -> ReadingBlock:
    point, ts, value, flag = zip(*rows, strict=True)
    return ReadingBlock(np.array(point, np.int32), np.array(ts), np.array(value), np.array(flag, "S1"))


def computed_case(folder: Path) -> tuple[dict[str, int], ComputedHours]:
    case = yaml.safe_load((folder / "input.yaml").read_text(encoding="utf-8"))
    ids = {code: number for number, code in enumerate(case["points"], 1)}
    windows = [
        PointWindow(terms_of(ids[code], spec["terms"]), us(case["from"]), us(case["to"]))
        for code, spec in case["points"].items()
    ]
    rows = [row for code, spec in case["points"].items() for row in readings_of(ids[code], spec)]
    return ids, hourly_facts(block_of(rows), windows)


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    ids, computed = computed_case(folder)
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    assert {code: _steps(computed, point_id) for code, point_id in ids.items()} == {
        code: [_expected_step(step) for step in one["steps"]] for code, one in expected.items()
    }
    for code, one in expected.items():
        rows = _hours(computed, ids[code])
        assert sorted(rows) == sorted(us(hour) for hour in one["hours"])
        for hour, fields in one["hours"].items():
            found = {name: rows[us(hour)][name] for name in fields}
            assert found == pytest.approx(fields, abs=1e-9, nan_ok=True), hour


def test_there_are_enough_cases() -> None:
    assert len(list(CASES.iterdir())) >= 25


def _steps(computed: ComputedHours, point_id: int) -> list[Any]:
    return [_seen(step) for point, step in computed.steps if point == point_id]


def _seen(step: MeterStep) -> tuple[Any, ...]:
    amount = None if step.amount is None else pytest.approx(step.amount, abs=1e-9)
    return step.from_us, step.to_us, step.kind.value, step.rule.value, amount, step.in_hours


def _expected_step(step: dict[str, Any]) -> tuple[Any, ...]:
    return us(step["from"]), us(step["to"]), step["kind"], step["rule"], step["amount"], step["in_hours"]


def _hours(computed: ComputedHours, point_id: int) -> dict[int, dict[str, Any]]:
    facts = computed.facts
    names = [name for name in facts.__slots__ if name not in ("point_id", "hour_us")]
    return {
        hour: {name: _plain(getattr(facts, name)[i].item()) for name in names}
        for i, (point, hour) in enumerate(zip(facts.point_id.tolist(), facts.hour_us.tolist(), strict=True))
        if point == point_id
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
