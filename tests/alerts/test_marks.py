"""Marks and the watch: known before, back-dated, taken back; on readings and on hours."""

from __future__ import annotations

import datetime as dt

import pytest

from alerts.remarked import judge_remarked
from parkwatch.jobs.drain_hours import drain
from schemas.marks import MarkKind
from storage.connect import Connection
from storage.marks import Declaration, MarkTarget, declare_mark, withdraw_mark
from storage.readings import instant
from tests.alerts.bench import DAY, NOW, TIMEZONE, Bench, at

MINUTE = 60_000_000
HOURLY = {"code": "hour", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "unit": "mg/m3"}


@pytest.fixture
def point_id(bench: Bench) -> int:
    return bench.point("V01")


def mark(bench: Bench, point_id: int, first: str, last: str, kind: MarkKind = MarkKind.CALIBRATION) -> int:
    row = bench.connection.execute("SELECT enterprise_id FROM points WHERE id = %s", [point_id]).fetchone()
    assert row
    target = MarkTarget(row[0], point_id=point_id)
    declared = Declaration(target, kind, instant(at(first)), instant(at(last)), "span gas", "张三", "enterprise:1")
    return declare_mark(bench.connection, declared, DAY + dt.timedelta(hours=9), TIMEZONE)


def judge_marks(bench: Bench) -> None:
    while judge_remarked(bench.connection, bench.streaming, NOW):
        pass


def work_off(bench: Bench, connection: Connection) -> None:
    while drain(connection, NOW, timezone=TIMEZONE, judge=bench.facts):
        pass
    judge_marks(bench)


def states(bench: Bench) -> list[tuple[str, str]]:
    return [(alert["rule"], alert["state"]) for alert in bench.alerts(withdrawn=True)]


def test_a_reading_in_a_mark_is_not_judged(bench: Bench, point_id: int) -> None:
    bench.rules({"above": 80})
    mark(bench, point_id, "10:00", "10:10")
    bench.send(point_id, [(at("10:00"), 90.0, "N"), (at("10:09:59"), 5000.0, "T")])
    assert not bench.alerts()
    bench.send(point_id, [(at("10:10"), 90.0, "N")])
    assert [alert["opened"] for alert in bench.alerts()] == [at("10:10")]


def test_an_operating_condition_exempts_no_reading(bench: Bench, point_id: int) -> None:
    bench.rules({"above": 80})
    mark(bench, point_id, "10:00", "10:10", MarkKind.START_UP)
    bench.send(point_id, [(at("10:00"), 90.0, "N")])
    assert [alert["state"] for alert in bench.alerts()] == ["firing"]


def test_a_back_dated_mark_withdraws_and_its_withdrawal_brings_back(bench: Bench, point_id: int) -> None:
    bench.rules({"above": 80})
    bench.send(point_id, [(at("10:00"), 90.0, "N"), (at("10:01"), 50.0, "N")])
    mark_id = mark(bench, point_id, "9:59", "10:05")
    judge_marks(bench)
    assert states(bench) == [("r", "withdrawn")]
    withdraw_mark(bench.connection, mark_id, "enterprise:1", "wrong hour", NOW)
    judge_marks(bench)
    (alert,) = bench.alerts()
    assert (alert["state"], alert["opened"], alert["resolved"]) == ("resolved", at("10:00"), at("10:01"))
    assert alert["events"] == ["firing", "resolved", "withdrawn", "firing", "resolved"]


def test_a_mark_over_the_beginning_moves_the_opening(bench: Bench, point_id: int) -> None:
    bench.rules({"above": 80})
    bench.send(point_id, [(at("10:00") + m * MINUTE, 90.0, "N") for m in range(10)])
    mark(bench, point_id, "10:00", "10:04")
    judge_marks(bench)
    assert [(a["state"], a["opened"]) for a in bench.alerts()] == [("firing", at("10:04"))]


def test_an_hour_loses_its_exceedance_to_a_mark_and_gets_it_back(
    bench: Bench, point_id: int, connection: Connection
) -> None:
    bench.rules(HOURLY)
    bench.send(point_id, [(at("10:00") + m * MINUTE, 500.0 if m < 10 else 20.0, "N") for m in range(60)])
    work_off(bench, connection)
    assert [(a["value"], a["state"]) for a in bench.alerts()] == [(100.0, "firing")]
    mark_id = mark(bench, point_id, "10:00", "10:10")
    work_off(bench, connection)
    assert states(bench) == [("hour", "withdrawn")]
    withdraw_mark(bench.connection, mark_id, "environment:1", "no calibration was due", NOW)
    work_off(bench, connection)
    assert states(bench) == [("hour", "firing")]


def test_too_many_marked_minutes_leave_no_judgement(bench: Bench, point_id: int, connection: Connection) -> None:
    bench.rules(HOURLY)
    bench.send(point_id, [(at("10:00") + m * MINUTE, 75.0, "N") for m in range(60)])
    mark(bench, point_id, "10:00", "10:16", MarkKind.MAINTENANCE)
    work_off(bench, connection)
    assert not bench.alerts(withdrawn=True)
    bench.judge_ended("mean_1h", DAY + dt.timedelta(hours=11, minutes=1))
    assert bench.state("hour", point_id) == ("not_judged", {"reason": "invalid_period"})
