"""A rule over the past finds what the live watch found of the same readings, and writes nothing."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from alerts.backtest import Backtest, backtest, report
from alerts.history import Span
from alerts.verdict import Verdict
from schemas.errors import InvalidInput
from schemas.rule_bodies import parse_rule
from storage.access import acting_as_all, read_as_visible
from storage.connect import Connection
from storage.readings import instant
from storage.rules import list_visible_rules, list_visible_watched_points
from tests.alerts.bench import NOW, RULE, TIMEZONE, Bench, at, block_of
from tests.alerts.test_converted import DRY, outlet, work_off
from tests.alerts.test_marks import mark

MINUTE, HOUR = 60_000_000, 3_600_000_000
LATER = NOW + dt.timedelta(days=2)
RULES: list[dict[str, Any]] = [
    {"code": "spike", "above": 80, "clear_below": 70},
    {"code": "held", "above": 75, "for": "3min", "clear_for": "2min"},
    {"code": "low", "below": 20},
    {"code": "ten", "statistic": "mean_10m", "above": 60, "unit": "mg/m3"},
    {"code": "hour", "kind": "exceedance", "statistic": "mean_1h", "above": 55, "unit": "mg/m3", "basis": "std_dry"},
    {"code": "rate", "statistic": "rate", "above": 40},
    {"code": "flat", "statistic": "flat", "for": "4min"},
]


def tried(connection: Connection, body: dict[str, Any], first: str = "00:00", last: str = "2 00:00") -> Backtest:
    span = Span(at(first), at(last), LATER, TIMEZONE)
    with acting_as_all(connection):
        connection.execute("SET TRANSACTION READ ONLY")
        in_force, points = list_visible_rules(connection), list_visible_watched_points(connection)
        read_as_visible(connection)
        return backtest(connection, parse_rule(RULE | body), in_force, points, span)


def told(found: Backtest) -> list[tuple[object, ...]]:
    return sorted((o.track.point.id, e.opened_us, e.resolved_us, e.peak) for o in found.outcomes for e in o.episodes)


def live(bench: Bench, code: str) -> list[tuple[object, ...]]:
    rows = [a for a in bench.alerts() if a["rule"] == code]
    return sorted((a["point_id"], a["opened"], a["resolved"], a["value"]) for a in rows)


def simulated(bench: Bench, seed: int) -> None:
    """Eight hours of three points in shuffled batches: late, corrected, flagged and missing readings among them."""
    chance = random.Random(seed)
    points = [bench.point(f"V0{n}", reported_basis="std_dry", plausible_high=500.0) for n in range(3)]
    bench.rules(*RULES)
    rows = []
    for point in points:
        level = 45.0
        for minute in range(480):
            level = chance.choice([level, level, 45.0, 78.0, 85.0, 15.0]) if chance.random() < 0.1 else level
            if chance.random() < 0.97:
                value = level + chance.choice([0.0, 0.0, 1.0, 60.0 if chance.random() < 0.02 else 0.0])
                rows.append((point, at("00:00") + minute * MINUTE, value, chance.choice("N" * 30 + "DT")))
    corrections = [(p, ts, chance.choice([10.0, 45.0, 95.0]), "N") for p, ts, _, _ in chance.sample(rows, 40)]
    rows.sort(key=lambda row: row[1] + (chance.random() < 0.1) * chance.randrange(90) * MINUTE)
    rows += corrections
    while rows:
        batch, rows = rows[:60], rows[60:]
        bench.send_block(block_of(batch))
        if chance.random() < 0.5:
            work_off(bench, bench.connection)
    work_off(bench, bench.connection)


def test_live_alerts_are_reproduced(bench: Bench) -> None:
    simulated(bench, 5)
    before = bench.connection.execute("SELECT count(*), max(id) FROM alert_events").fetchone()
    for body in RULES:
        found = tried(bench.connection, body)
        assert told(found) == live(bench, body["code"]), body["code"]
        assert told(found), f"{body['code']} found nothing, so that nothing was compared"
    assert bench.connection.execute("SELECT count(*), max(id) FROM alert_events").fetchone() == before


def test_a_basis_that_no_stored_hour_has_is_converted_from_the_readings(bench: Bench, connection: Connection) -> None:
    raw = bench.point("V01", reported_basis="raw_wet", outlet="DA001")
    outlet(bench)
    bench.send(raw, [(at("10:00") + m * MINUTE, 41.0, "N") for m in range(60)])
    work_off(bench, connection)
    body = DRY | {"valid_from": "2027-01-01T00:00:00+08:00", "enabled": False}
    found = tried(connection, body)
    assert connection.execute("SELECT count(*) FROM converted_hours").fetchone() == (0,)
    bench.rules(DRY)
    bench.send(raw, [(at("10:30"), 41.0, "M")])
    work_off(bench, connection)
    assert connection.execute("SELECT count(*) FROM converted_hours").fetchone() == (1,)
    ((_, opened, _, value),) = told(found)
    assert [(a["opened"], a["value"]) for a in bench.alerts()] == [(opened, pytest.approx(value, rel=1e-9))]


def test_against_the_rule_that_it_would_replace(bench: Bench) -> None:
    point = bench.point("V01", reported_basis="std_dry")
    hour = {"kind": "exceedance", "statistic": "mean_1h", "unit": "mg/m3", "basis": "std_dry"}
    bench.rules(hour | {"code": "gb", "above": 60, "standard": "GB 1"})
    means = (50.0, 70.0, 50.0, 55.0, 90.0, 30.0)
    bench.send_hours([(point, at("00:00") + i * HOUR, mean, 60) for i, mean in enumerate(means)])
    told = report(tried(bench.connection, hour | {"code": "permit", "above": 52, "clause": "permit 4.1"}), most=1)
    assert (told["episodes"], told["longest_s"], told["left_off"]) == (2, 7200.0, 1)
    assert told["items"][0]["opened_at"] == instant(at("04:00"))
    (beside,) = told["beside"]
    expected = {"rule": "gb", "relation": "replaced", "episodes": 2, "both": 2, "only_candidate": 0, "only_rule": 0}
    assert beside | expected == beside
    looser = report(tried(bench.connection, hour | {"code": "gb", "above": 80, "standard": "GB 1"}))["beside"][0]
    assert (looser["relation"], looser["both"], looser["only_rule"]) == ("same_code", 1, 1)


def test_marks_and_silence(bench: Bench) -> None:
    point = bench.point("V01")
    rows = [(at("00:00") + m * MINUTE, 90.0, "N") for m in (0, 1, 2, 30, 31)]
    bench.send(point, rows)
    gap = tried(bench.connection, {"code": "m", "statistic": "missing", "for": "10min"}, last="00:35").outcomes[0]
    assert [(e.opened_us, e.resolved_us) for e in gap.episodes] == [(at("00:12"), at("00:30"))]
    mark(bench, point, "00:00", "00:20")
    spike = tried(bench.connection, {"code": "s", "above": 80}).outcomes[0]
    assert [e.opened_us for e in spike.episodes] == [at("00:30")]
    assert spike.verdicts[Verdict.FLAGGED] == 3


def test_it_says_what_it_does_not_run(bench: Bench) -> None:
    bench.point("V01", interval_s=10.0)
    for body, reason in (
        ({"code": "x", "points": {"quantity": "a25002"}, "above": 1}, "none of the points"),
        ({"code": "x", "statistic": "share", "points": {}, "scope": "city", "below": 0.3}, "accounts"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            tried(bench.connection, body)
    with pytest.raises(InvalidInput, match="more than 1,500,000"):
        tried(bench.connection, {"code": "x", "above": 1, "points": {"role": "stack"}}, first="-300 00:00")
