"""Evidence is sealed once an exceedance is over, and what changes afterwards is named."""

from __future__ import annotations

import datetime as dt

import pytest

from alerts.bundle import canonical, changes, sha256_of
from alerts.seal import QUIET, bundle_of, seal_evidence, verify
from schemas.errors import NotFound
from storage.evidence import list_seals
from tests.alerts.bench import NOW, Bench, at

HOUR = 3_600_000_000
RULE = {
    "code": "hour", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "unit": "mg/m3",
    "clause": "表5", "standard": "GB 31572-2015", "verified": True,
}  # fmt: skip
START = at("00:00")


def later() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + QUIET + dt.timedelta(minutes=1)


@pytest.fixture
def point(bench: Bench) -> int:
    """An outlet that exceeded for one hour, the second of three."""
    bench.rules(RULE)
    point = bench.point("V01", reported_basis="std_dry", plausible_low=-2.0, plausible_high=2000.0)
    for hour, level in enumerate((20.0, 90.0, 20.0)):
        rows = [(START + hour * HOUR + m * 60_000_000, level + m / 10, "C" if m < 5 else "N") for m in range(60)]
        bench.send(point, rows)
    bench.send_hours([(point, START + h * HOUR, mean, 55) for h, mean in enumerate((22.0, 93.0, 22.0))])
    bench.dispatch()
    bench.connection.execute("UPDATE outbox SET delivered_at = now()")
    bench.connection.execute(
        "INSERT INTO marks (enterprise_id, point_id, kind, from_ts, to_ts, author, declared_by, reason, state)"
        " SELECT enterprise_id, id, 'calibration', %s, %s, 'x', 'x', '零点', 'in_force' FROM points WHERE id = %s",
        [NOW - dt.timedelta(hours=23, minutes=10), NOW - dt.timedelta(hours=22, minutes=50), point],
    )
    return point


def test_the_bundle_has_what_the_verdict_rests_on(bench: Bench, point: int) -> None:
    (alert,) = bench.alerts(point)
    bundle = bundle_of(bench.connection, alert["id"])
    assert bundle["alert"]["words"] == "自动监测小时均值高于限值(待核实)"
    assert (bundle["alert"]["limit"], bundle["alert"]["standard"], bundle["alert"]["clause"]) == (
        60,
        "GB 31572-2015",
        "表5",
    )
    assert bundle["period"] == {"from": "2026-10-02T01:00:00+00:00", "to": "2026-10-02T03:00:00+00:00"}
    assert len(bundle["samples"]) == 120
    assert bundle["flags"] == {"C": 10, "N": 110}
    assert [hour["mean"] for hour in bundle["hours"]] == [93.0, 22.0]
    assert [mark["kind"] for mark in bundle["marks"]] == ["calibration"]
    assert {notice["channel"] for notice in bundle["notifications"]} == {"log", "mqtt"}
    assert bundle["conversion"]["reported_basis"] == "std_dry"


def test_it_is_sealed_once_and_stays_what_it_was(bench: Bench, point: int) -> None:
    (alert,) = bench.alerts(point)
    with pytest.raises(NotFound, match="no seal"):
        verify(bench.connection, alert["id"])
    assert seal_evidence(bench.connection, dt.datetime.now(dt.UTC)) == 0, "something happened a moment ago"
    assert seal_evidence(bench.connection, later()) == 1
    assert seal_evidence(bench.connection, later()) == 0
    found = verify(bench.connection, alert["id"])
    assert found.unchanged
    assert found.changes == []
    assert (
        sha256_of(found.seal.body)
        == found.seal.sha256
        == sha256_of(canonical(bundle_of(bench.connection, alert["id"])))
    )


@pytest.mark.parametrize(
    ("harm", "path", "values"),
    [
        ("UPDATE readings SET value = 1 WHERE ts = '2026-10-02T01:30Z'",
         "samples[2026-10-02T01:30:00+00:00].value", (93.0, 1.0)),
        ("UPDATE alerts SET value = 61", "alert.value", (93.0, 61.0)),
        ("UPDATE alerts SET rule_body = rule_body || '{\"above\": 100}'", "rule.above", (60.0, 100)),
        ("UPDATE hourly_facts SET valid = false WHERE mean > 90",
         "hours[2026-10-02T01:00:00+00:00].valid", (True, False)),
        ("UPDATE marks SET reason = 'y'", "marks[2026-10-02T00:50:00+00:00].reason", ("零点", "y")),
    ],
)  # fmt: skip
def test_a_later_change_shows(bench: Bench, point: int, harm: str, path: str, values: tuple[object, object]) -> None:
    (alert,) = bench.alerts(point)
    seal_evidence(bench.connection, later())
    bench.connection.execute(harm.encode())
    found = verify(bench.connection, alert["id"])
    assert not found.unchanged
    assert found.intact
    assert [(c.path, c.sealed, c.now) for c in found.changes] == [(path, *values)]


def test_a_missing_reading_is_one_change(bench: Bench, point: int) -> None:
    (alert,) = bench.alerts(point)
    seal_evidence(bench.connection, later())
    bench.connection.execute("DELETE FROM readings WHERE ts = '2026-10-02T01:30Z'")
    found = verify(bench.connection, alert["id"])
    assert [c.path for c in found.changes] == ["flags.N", "samples[2026-10-02T01:30:00+00:00]"]
    assert found.changes[1].now is None


def test_seal_and_trail_cannot_be_rewritten(bench: Bench, point: int) -> None:
    (alert,) = bench.alerts(point)
    seal_evidence(bench.connection, later())
    for sql in (
        "UPDATE evidence_seals SET sha256 = 'x'",
        "DELETE FROM evidence_seals",
        "UPDATE alert_events SET actor = 'nobody'",
        "DELETE FROM alert_events",
    ):
        with pytest.raises(Exception, match="append-only"):
            bench.connection.execute(sql.encode())
    bench.connection.execute("ALTER TABLE evidence_seals DISABLE TRIGGER evidence_seals_stay")
    bench.connection.execute("UPDATE evidence_seals SET body = replace(body, '93.0', '59.0')")
    found = verify(bench.connection, alert["id"])
    assert not found.intact
    assert not found.unchanged


def test_an_alert_that_changed_after_its_seal_gets_another(bench: Bench, point: int) -> None:
    (alert,) = bench.alerts(point)
    seal_evidence(bench.connection, later())
    bench.send_hours([(point, START + HOUR, 120.0, 55)])
    bench.connection.execute("UPDATE outbox SET delivered_at = now()")
    assert seal_evidence(bench.connection, later()) == 1
    first, second = list_seals(bench.connection, alert["id"])
    assert first.sha256 != second.sha256
    assert verify(bench.connection, alert["id"]).seal == second


def test_rows_are_matched_by_their_stamp() -> None:
    rows = [{"ts": "a", "v": 1}, {"ts": "b", "v": 2}, {"ts": "b", "v": 3}]
    assert [c.path for c in changes(rows, rows[1:])] == ["[a]"]
    assert [c.path for c in changes({"x": rows}, {"x": [rows[0], rows[1], {"ts": "b", "v": 4}]})] == ["x[b#1].v"]
