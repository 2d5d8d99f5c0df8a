"""Every folder of tests/cases/alerts with accounts: what was metered day by day, and the alerts that it leaves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from accounting.periods import start_of
from storage.connect import Connection
from tests.alerts.account_bench import DAY, ZONE, AccountBench, clock, day_of

FOLDER = Path(__file__).parents[1] / "cases" / "alerts"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/accounts.yaml"))
POINTS = {"A/E01": {"role": "grid_import", "capacity": 5000}, "A/S01": {"role": "onsite_solar", "capacity": 5000}}


def _load(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / name / "accounts.yaml").read_text(encoding="utf-8")))


def _points(case: dict[str, Any]) -> dict[str, Any]:
    """The usual points, as far as a case tells of them."""
    named = {f"A/{code}" for step in case["steps"] for code in step.get("facts", {})}
    return {address: point for address, point in POINTS.items() if address in named}


def _step(bench: AccountBench, step: dict[str, Any]) -> None:
    """What happens before the accounts are computed."""
    now = clock(step["now"])
    if "rules" in step:
        bench.rules(*step["rules"])
    for address, spans in step.get("facts", {}).items():
        for days, energy_kwh in spans.items():
            bench.facts(address if "/" in address else f"A/{address}", str(days), energy_kwh)
    for number, certificate in step.get("certificates", {}).items():
        bench.certificate(number, **certificate)
    for enterprise in step.get("retire", []):
        bench.connection.execute("UPDATE enterprises SET retired_at = %s WHERE code = %s", [now, enterprise])
        bench.connection.execute(
            "UPDATE points SET retired_at = %s WHERE enterprise_id = (SELECT id FROM enterprises WHERE code = %s)",
            [now, enterprise],
        )
    if "restate" in step:
        bench.restate(step["restate"])
    bench.compute(now)
    if "close" in step:
        bench.close(step["close"], now)


def _seen(alert: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    shown = alert | {"opened": _day(alert["opened_at"]), "resolved": _day(alert["resolved_at"])}
    return {name: pytest.approx(shown[name]) if name == "value" else shown[name] for name in wanted}


def _wanted(expected: dict[str, Any]) -> dict[str, Any]:
    defaults = {"scope": "enterprise:A", "period": "2026-10", "state": "firing", "resolved": None}
    days = {name: day_of(expected[name]) for name in ("opened", "resolved") if expected.get(name)}
    return defaults | expected | days


def _day(ends: str | None) -> dt.date | None:
    """The local day that ends with a stamp."""
    if ends is None:
        return None
    at = dt.datetime.fromisoformat(ends)
    day = at.astimezone(ZONE).date()
    assert at == start_of(day, ZONE)
    return day - DAY


def _check(bench: AccountBench, step: dict[str, Any]) -> None:
    if "expect" in step:
        wanted = [_wanted(alert) for alert in step["expect"]]
        found = bench.alerts(withdrawn=any(w["state"] == "withdrawn" for w in wanted))
        assert len(found) == len(wanted), found
        assert [_seen(a, w) for a, w in zip(found, wanted, strict=True)] == wanted
    if "stands" in step:
        place = {"scope": "enterprise:A", "period": "2026-10"} | step.get("at", {})
        assert bench.state(**place) == tuple(step["stands"].split())
    if "told" in step:
        assert [state for _, state in bench.notices()] == step["told"]


@pytest.mark.parametrize("name", CASES)
def test_case(connection: Connection, name: str) -> None:
    case = _load(name)
    bench = AccountBench(connection)
    bench.park(case.get("enterprises", {"A": "P"}), case.get("points") or _points(case))
    bench.rules(*case["rules"])
    for step in case["steps"]:
        _step(bench, step)
        _check(bench, step)


@pytest.mark.parametrize("name", CASES)
def test_the_same_accounts_again_change_nothing(connection: Connection, name: str) -> None:
    case = _load(name)
    bench = AccountBench(connection)
    bench.park(case.get("enterprises", {"A": "P"}), case.get("points") or _points(case))
    bench.rules(*case["rules"])
    for step in case["steps"]:
        _step(bench, step)
        before, told, texts = bench.alerts(), bench.notices(), bench.texts()
        for day in {d for spans in step.get("facts", {}).values() for d in spans}:
            bench.mark(day_of(str(day).partition("..")[0]))
        bench.judge = type(bench.judge)(ZONE)  # as after a restart
        bench.compute(clock(step["now"]))
        assert (bench.alerts(), bench.notices(), bench.texts()) == (before, told, texts)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 20
