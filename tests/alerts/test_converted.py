"""Hours on the terms of rules, end to end in the database: readings in, converted hours, alerts and reasons out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from parkwatch.jobs.drain_hours import drain
from schemas.marks import MarkKind
from storage.connect import Connection
from storage.marks import Declaration, MarkTarget, declare_mark
from storage.readings import instant
from tests.alerts.bench import DAY, NOW, TIMEZONE, Bench, at

MINUTE = 60_000_000
DRY = {
    "code": "dry", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "unit": "mg/m3", "basis": "std_dry",
    "clause": "permit", "verified": True,
}  # fmt: skip
REFERENCE = DRY | {"code": "ref", "basis": "ref_o2", "reference_o2": 3}


def send(bench: Bench, point_id: int, value: float, first: str = "10:00", minutes: int = 60, flag: str = "N") -> None:
    bench.send(point_id, [(at(first) + m * MINUTE, value, flag) for m in range(minutes)])


def work_off(bench: Bench, connection: Connection) -> None:
    while drain(connection, NOW, timezone=TIMEZONE, judge=bench.facts):
        pass


def outlet(bench: Bench, **values: float) -> dict[str, int]:
    """An outlet with what it is measured by; wet oxygen is not among it."""
    quantities = {"moisture": ("a01014", "%"), "temperature": ("a01012", "Cel"), "static": ("a01013", "kPa"),
                  "oxygen": ("a19001", "%"), "flow": ("a00000", "m3/h")}  # fmt: skip
    points = {"baro": bench.point("B01", quantity="a01006", unit="kPa", role="weather")}
    for name, (quantity, unit) in quantities.items():
        basis = {"oxygen": "raw_dry", "flow": "std_dry"}.get(name)
        points[name] = bench.point(name, quantity=quantity, unit=unit, outlet="DA001", reported_basis=basis)
    usual = {"moisture": 5.0, "temperature": 80.0, "static": -0.2, "oxygen": 12.0, "flow": 50_000.0, "baro": 90.0}
    for name, value in (usual | values).items():
        send(bench, points[name], value)
    return points


def converted(connection: Connection, point_id: int) -> dict[str, tuple[float | None, bool, dict[str, Any]]]:
    rows = connection.execute(
        "SELECT series, mean, valid, conversion FROM converted_hours WHERE point_id = %s ORDER BY hour, series",
        [point_id],
    )
    return {series: (mean, valid, conversion) for series, mean, valid, conversion in rows}


def test_raw_wet_is_judged_on_the_terms_of_each_rule(bench: Bench, connection: Connection) -> None:
    raw = bench.point("V01", reported_basis="raw_wet", outlet="DA001")
    outlet(bench)
    bench.rules(DRY, REFERENCE)
    send(bench, raw, 35.0)  # 53.75 dry at the standard state, 107.50 at 3 % oxygen
    work_off(bench, connection)
    (alert,) = bench.alerts()
    assert (alert["rule"], alert["opened"]) == ("ref", at("11:00"))
    assert alert["value"] == pytest.approx(35 * 3.071558, rel=1e-6)
    hours = converted(connection, raw)
    assert hours["std_dry"][0] == pytest.approx(35 * 1.535779, rel=1e-6)
    told = hours["ref_o2;o2=3"][2]
    assert [step["step"] for step in told["steps"]] == ["dry", "standard", "oxygen"]
    assert {one["point"]: one["mean"] for one in told["inputs"]}["E/oxygen"] == 12.0
    assert alert["evidence"]["series"] == "ref_o2;o2=3"


def test_what_the_outlet_lacks_is_the_reason(bench: Bench, connection: Connection) -> None:
    nothing = bench.point("V01", outlet="DA002", reported_basis="raw_wet")
    no_basis = bench.point("V02", outlet="DA002")
    later = bench.point("V03", outlet="DA002", reported_basis="ref_o2")
    bench.rules(DRY)
    for point in (nothing, no_basis, later):
        send(bench, point, 900.0)
    work_off(bench, connection)
    bench.judge_ended("mean_1h", DAY + dt.timedelta(hours=11, minutes=1))
    reasons = [(bench.state("dry", point) or ("", {}))[1]["reason"] for point in (nothing, no_basis, later)]
    assert reasons == ["no_moisture_point", "no_reported_basis", "other_basis"]
    assert [alert for alert in bench.alerts() if alert["kind"] == "exceedance"] == []


def test_minutes_without_oxygen_are_lost_and_an_hour_of_them_says_so(bench: Bench, connection: Connection) -> None:
    point = bench.point("V01", reported_basis="std_dry", outlet="DA001")
    points = outlet(bench, oxygen=21.5)
    bench.rules(REFERENCE)
    send(bench, point, 900.0)
    work_off(bench, connection)
    bench.judge_ended("mean_1h", DAY + dt.timedelta(hours=11, minutes=1))
    assert bench.state("ref", point) == ("not_judged", {"reason": "oxygen_too_high"})
    assert not bench.alerts()
    send(bench, points["oxygen"], 12.0)  # corrected later: the same hours, judged again
    work_off(bench, connection)
    assert [(a["rule"], a["value"]) for a in bench.alerts()] == [("ref", 1800.0)]


def test_late_inputs_convert_the_hour_again(bench: Bench, connection: Connection) -> None:
    point = bench.point("V01", reported_basis="std_dry", outlet="DA001")
    oxygen = bench.point("O01", quantity="a19001", unit="%", outlet="DA001", reported_basis="raw_dry")
    bench.rules(REFERENCE)
    send(bench, point, 50.0)
    work_off(bench, connection)
    assert converted(connection, point)["ref_o2;o2=3"][1] is False
    send(bench, oxygen, 12.0)
    work_off(bench, connection)
    assert [(a["rule"], a["value"], a["state"]) for a in bench.alerts()] == [("ref", 100.0, "firing")]
    send(bench, oxygen, 3.0)
    work_off(bench, connection)
    assert [a["state"] for a in bench.alerts(withdrawn=True)] == ["withdrawn"]


def test_a_ceiling_on_the_amplification(bench: Bench, connection: Connection) -> None:
    point = bench.point("V01", reported_basis="std_dry", outlet="DA001")
    outlet(bench, oxygen=20.8)
    bench.rules(REFERENCE | {"max_amplification": 5})
    send(bench, point, 10.0)
    work_off(bench, connection)
    assert converted(connection, point)["ref_o2;o2=3;ceiling=5"][0] == 50.0
    assert not bench.alerts()


def test_a_volume_ratio_and_a_mass_rate(bench: Bench, connection: Connection) -> None:
    ppm = bench.point("V01", quantity="a25002", unit="ppm", reported_basis="std_dry", outlet="DA001")
    nmhc = bench.point("V02", reported_basis="std_dry", outlet="DA001")
    outlet(bench)
    bench.rules(
        DRY | {"points": {"quantity": "a25002"}, "above": 3},
        DRY | {"code": "rate", "unit": "kg/h", "above": 1.5},
    )
    send(bench, ppm, 1.0)
    send(bench, nmhc, 40.0)
    work_off(bench, connection)
    found = {alert["rule"]: alert["value"] for alert in bench.alerts()}
    assert found == {"dry": pytest.approx(3.487054, rel=1e-6), "rate": pytest.approx(2.0)}


def test_over_range_warns_at_once_under_a_converted_rule(bench: Bench, connection: Connection) -> None:
    raw = bench.point("V01", reported_basis="raw_wet", outlet="DA001")
    outlet(bench)
    bench.rules(REFERENCE)
    bench.send(raw, [(at("10:00"), 55.0, "T")])
    (alert,) = bench.alerts()
    assert (alert["rule"], alert["kind"], alert["evidence"]["at_least"]) == ("ref:possible", "warning", 55.0)


def test_a_configured_rule_exempts_start_up_and_no_other_does(bench: Bench, connection: Connection) -> None:
    point = bench.point("V01", reported_basis="std_dry", outlet="DA001")
    bench.rules(DRY, DRY | {"code": "lenient", "exempt": ["start_up", "shutdown"]})
    send(bench, point, 900.0, minutes=10)
    send(bench, point, 20.0, first="10:10", minutes=50)
    row = connection.execute("SELECT enterprise_id FROM points WHERE id = %s", [point]).fetchone()
    assert row
    work_off(bench, connection)
    assert [alert["rule"] for alert in bench.alerts()] == ["dry", "lenient"]
    target, first, last = MarkTarget(row[0], outlet="DA001"), instant(at("10:00")), instant(at("10:10"))
    declared = Declaration(target, MarkKind.START_UP, first, last, "start", "张三", "enterprise:1")
    declare_mark(connection, declared, DAY + dt.timedelta(hours=12), TIMEZONE)
    work_off(bench, connection)
    assert [alert["rule"] for alert in bench.alerts()] == ["dry"]
    assert converted(connection, point)["std_dry;exempt=shutdown+start_up"][0] == 20.0


def test_a_day_of_converted_hours(bench: Bench, connection: Connection) -> None:
    point = bench.point("V01", reported_basis="std_dry", outlet="DA001")
    oxygen = bench.point("O01", quantity="a19001", unit="%", outlet="DA001", reported_basis="raw_dry")
    bench.rules(REFERENCE | {"statistic": "mean_1d"})
    hours = [f"-1 {h}:00" for h in range(16, 24)] + [f"{h}:00" for h in range(16)]  # a day of Shanghai
    for hour in hours:
        send(bench, point, 40.0, first=hour)
        send(bench, oxygen, 12.0, first=hour)
    work_off(bench, connection)
    (alert,) = bench.alerts()
    assert (alert["value"], alert["opened"]) == (80.0, at("16:00"))
    assert {sample["value"] for sample in alert["evidence"]["samples"]} == {80.0}


def test_splitting_what_comes_changes_nothing(bench: Bench, connection: Connection) -> None:
    """Minute by minute, the inputs behind, and drained in between: the same hour and the same alert as at once."""
    point = bench.point("V01", reported_basis="std_dry", outlet="DA001")
    oxygen = bench.point("O01", quantity="a19001", unit="%", outlet="DA001", reported_basis="raw_dry")
    bench.rules(REFERENCE)
    for part in range(0, 60, 15):
        send(bench, point, 40.0 + part, first=f"10:{part:02d}", minutes=15)
        work_off(bench, connection)
        send(bench, oxygen, 12.0, first=f"10:{part:02d}", minutes=15)
        work_off(bench, connection)
    (alert,) = bench.alerts()
    assert (alert["value"], alert["late"]) == (125.0, False)
