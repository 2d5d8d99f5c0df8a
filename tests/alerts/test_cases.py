"""Every folder of tests/cases/alerts: readings or hours in arrival order, and the alerts they must leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.alerts.bench import Bench, Row, at

FOLDER = Path(__file__).parents[1] / "cases" / "alerts"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/case.yaml"))


def _load(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / name / "case.yaml").read_text(encoding="utf-8")))


def _row(text: str) -> Row:
    """``[+D ]HH:MM[:SS] value [flag]``."""
    *day, clock, value = text.split() if text.split()[-1][-1].isdigit() else text.split()[:-1]
    flag = "N" if text.split()[-1][-1].isdigit() else text.split()[-1]
    return at(" ".join([*day, clock])), float(value), flag


def _hour(point_id: int, text: str) -> tuple[int, int, float | None, int]:
    """``[+D |-D ]HH:MM mean|none [valid minutes, 60]``."""
    words = text.split()
    day = [words.pop(0)] if words[0].startswith(("+", "-")) else []
    mean = None if words[1] == "none" else float(words[1])
    return point_id, at(" ".join([*day, words[0]])), mean, int(words[2]) if len(words) > 2 else 60


def _seen(alert: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: alert[name] for name in wanted}


def _wanted(expected: dict[str, Any]) -> dict[str, Any]:
    times = {name: at(expected[name]) for name in ("opened", "resolved") if expected.get(name)}
    return {"resolved": None} | expected | times


def _prepare(bench: Bench, case: dict[str, Any]) -> int:
    point_id = bench.point("V01", **case.get("point", {}))
    bench.rules(*case["rules"])
    return point_id


def _check(bench: Bench, case: dict[str, Any], drop: tuple[str, ...] = ()) -> None:
    wanted = [{k: v for k, v in _wanted(e).items() if k not in drop} for e in case["expect"]]
    found = bench.alerts(withdrawn=any(e.get("state") == "withdrawn" for e in case["expect"]))
    assert len(found) == len(wanted), found
    assert [_seen(a, w) for a, w in zip(found, wanted, strict=True)] == wanted
    if "state" in case:
        state = bench.state(case["rules"][0].get("code", "r"), found[0]["point_id"] if found else case["id"])
        assert (state[0] if state else "inactive") == case["state"]


@pytest.mark.parametrize("name", CASES)
def test_case(bench: Bench, name: str) -> None:
    case = _load(name)
    case["id"] = point_id = _prepare(bench, case)
    for batch in case.get("batches", []):
        bench.send(point_id, [_row(text) for text in batch])
    for batch in case.get("hours", []):
        bench.send_hours([_hour(point_id, text) for text in batch])
    _check(bench, case)


@pytest.mark.parametrize("name", [name for name in CASES if "batches" in _load(name)])
def test_the_same_case_reading_by_reading(bench: Bench, name: str) -> None:
    case = _load(name)
    case["id"] = point_id = _prepare(bench, case)
    for batch in case["batches"]:
        for text in batch:
            bench.send(point_id, [_row(text)])
    _check(bench, case, drop=("late",) if case.get("unsorted") else ())


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40
