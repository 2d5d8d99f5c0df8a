"""What holds in the database: all or nothing, several ingestors, rules that change, silence, the clock."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import closing

import numpy as np
import pytest

from alerts.watch import SilenceJudge
from schemas.blocks import ReadingBlock
from storage.connect import Connection, open_connection
from storage.readings import instant
from tests.alerts.bench import DAY, NOW, TIMEZONE, Bench, at, block_of

MINUTE = 60_000_000
HOURLY = {"code": "hour", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "unit": "mg/m3"}


def clock(text: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(at(text) / 1e6, dt.UTC)


def test_a_transaction_that_fails_leaves_nothing(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules({"above": 80})
    block = block_of([(point_id, at("10:00"), 90.0, "N")])

    def fail_after_judging(connection: Connection, readings: ReadingBlock, now: dt.datetime) -> None:
        bench.streaming(connection, readings, now)
        assert bench.alerts()
        raise ZeroDivisionError

    bench.writer.judge = fail_after_judging
    with pytest.raises(ZeroDivisionError):
        bench.send_block(block)
    bench.writer.judge = bench.streaming
    assert not bench.alerts(withdrawn=True)
    assert bench.state("r", point_id) is None
    bench.send(point_id, [(at("10:00"), 90.0, "N")])
    assert [alert["state"] for alert in bench.alerts()] == ["firing"]


def test_a_connection_that_dies_leaves_nothing(bench: Bench, database_url: str) -> None:
    point_id = bench.point("V01")
    bench.rules({"above": 80})
    bench.send(point_id, [(at("10:00"), 50.0, "N")])
    with closing(open_connection(database_url)) as doomed:
        doomed.execute("BEGIN")
        doomed.execute("UPDATE readings SET value = 99 WHERE point_id = %s", [point_id])
        bench.streaming(doomed, block_of([(point_id, at("10:00"), 99.0, "N")]), NOW)
        assert doomed.execute("SELECT count(*) FROM alerts").fetchone() == (1,)
    assert not bench.alerts(withdrawn=True)


def test_ingestors_at_the_same_time_leave_the_alerts_of_one(bench: Bench, database_url: str) -> None:
    """Two connections write alternate readings of the same points; the outcome is that of a single writer."""
    points = [bench.point(f"V{n}") for n in range(4)]
    alone = [bench.point(f"W{n}") for n in range(4)]
    bench.rules({"above": 80, "clear_below": 70, "for": "2min"})
    bench.send(points[0], [(at("9:59"), 50.0, "N")])  # makes the day's partition
    values = np.random.default_rng(3).choice([50.0, 75.0, 85.0, 90.0], size=(4, 120))
    rows = [(n, at("10:00") + m * MINUTE, float(values[n, m])) for m in range(120) for n in range(4)]
    barrier = threading.Barrier(2)

    def ingest(share: int) -> None:
        with closing(open_connection(database_url)) as connection:
            writer = Bench(connection)
            barrier.wait()
            mine = [row for row in rows if (row[1] // MINUTE) % 2 == share]
            for start in range(0, len(mine), 8):
                block = [(points[n], ts, value, "N") for n, ts, value in mine[start : start + 8]]
                writer.send_block(block_of(block))

    threads = [threading.Thread(target=ingest, args=(share,)) for share in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.send_block(block_of([(alone[n], ts, value, "N") for n, ts, value in rows]))

    def told(point_id: int) -> list[tuple[object, ...]]:
        return [(a["opened"], a["resolved"], a["value"], a["state"]) for a in bench.alerts(point_id)]

    assert [told(point) for point in points] == [told(point) for point in alone]
    assert any(told(point) for point in points)


def test_every_change_is_in_the_outbox_of_mqtt_and_a_notice_for_the_channels(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules({"above": 80, "channels": ["log", "webhook:duty"]})
    bench.send(point_id, [(at("10:00"), 90.0, "N")])
    bench.send(point_id, [(at("10:01"), 95.0, "N")])
    bench.send(point_id, [(at("10:02"), 50.0, "N")])
    found = bench.connection.execute("SELECT payload->>'state', channel FROM outbox ORDER BY id").fetchall()
    assert found == [("firing", "mqtt"), ("resolved", "mqtt")]
    noticed = bench.connection.execute("SELECT state, channels FROM notices ORDER BY id").fetchall()
    assert noticed == [(state, ["log", "webhook:duty"]) for state in ("firing", "resolved")]
    row = bench.connection.execute("SELECT payload FROM outbox ORDER BY id LIMIT 1").fetchone()
    assert row is not None
    assert row[0] | {"park": "P", "enterprise": "E", "point": "E/V01", "rule": "r", "value": 90.0} == row[0]


def test_a_rule_that_changes_counts_from_the_next_reading(bench: Bench) -> None:
    point_id = bench.point("V01")
    assert bench.rules({"above": 80}) == ["rule r: added"]
    bench.send(point_id, [(at("10:00"), 50.0, "N")])
    assert bench.rules({"above": 40}) == ["rule r: changed above 80.0 -> 40.0"]
    assert bench.rules({"above": 40}) == []
    bench.send(point_id, [(at("10:01"), 50.0, "N")])
    assert [alert["opened"] for alert in bench.alerts()] == [at("10:01")]


def test_a_rule_that_is_removed_ends_its_alerts(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules({"above": 80})
    bench.send(point_id, [(at("10:00"), 90.0, "N")])
    assert bench.rules() == ["rule r: removed"]
    assert [alert["state"] for alert in bench.alerts(withdrawn=True)] == ["withdrawn"]
    bench.send(point_id, [(at("10:01"), 95.0, "N")])
    assert not bench.alerts()


def test_rules_made_by_api_are_left_alone(bench: Bench) -> None:
    bench.add_rule_of_api({"code": "mine", "kind": "warning", "statistic": "reading"})
    assert bench.rules({"code": "mine", "above": 1}) == ["rule mine: kept as it was made by API"]
    assert bench.rules() == []


def test_hours_that_end_without_another_reading_are_judged_by_the_clock(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules(HOURLY)
    bench.send_hours([(point_id, at("10:00"), 75.0, 60)], now=clock("10:59:59"))
    bench.judge_ended("mean_1h", clock("10:59:59"))
    assert not bench.alerts()
    assert bench.judge_ended("mean_1h", clock("11:00:31")) == 1
    assert [(a["opened"], a["value"], a["kind"]) for a in bench.alerts()] == [(at("11:00"), 75.0, "exceedance")]
    assert bench.judge_ended("mean_1h", clock("11:00:41")) == 0


def test_an_hour_without_data_marks_the_alert_and_does_not_resolve_it(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules(HOURLY)
    bench.send_hours([(point_id, at("10:00"), 75.0, 60)], now=clock("11:01"))
    for hour in ("11:01", "12:01"):
        bench.judge_ended("mean_1h", clock(hour))
    assert [(a["state"], a["no_data"]) for a in bench.alerts()] == [("firing", True)]
    assert (bench.state("hour", point_id) or ("",))[0] == "no_data"
    bench.send_hours([(point_id, at("12:00"), 20.0, 60)], now=clock("13:01"))
    alert = bench.alerts()[0]
    assert (alert["state"], alert["resolved"], alert["no_data"]) == ("resolved", at("13:00"), False)


def test_an_hour_that_is_not_judged_says_why(bench: Bench) -> None:
    raw, short = bench.point("V01", reported_basis="raw_wet"), bench.point("V02", reported_basis="std_dry")
    bench.rules(HOURLY | {"basis": "std_dry"})
    bench.send_hours([(raw, at("10:00"), 75.0, 60), (short, at("10:00"), 75.0, 30)], now=clock("11:01"))
    bench.judge_ended("mean_1h", clock("11:01"))
    assert bench.state("hour", raw) == ("not_judged", {"reason": "no_moisture_point"})
    assert bench.state("hour", short) == ("not_judged", {"reason": "invalid_period"})


def test_hours_are_caught_up_after_a_pause(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules(HOURLY)
    bench.judge_ended("mean_1h", clock("10:01"))
    for h in range(10, 20):
        bench.send_hours([(point_id, at(f"{h}:00"), 75.0 if h < 15 else 20.0, 60)], now=clock(f"{h}:59"))
    assert bench.judge_ended("mean_1h", clock("20:01")) == 10
    assert [(a["opened"], a["resolved"]) for a in bench.alerts()] == [(at("11:00"), at("16:00"))]


def test_evidence_of_an_hour_holds_its_readings(bench: Bench) -> None:
    point_id = bench.point("V01")
    bench.rules(HOURLY | {"clause": "permit 4.2"})
    bench.send(point_id, [(at("10:00") + m * MINUTE, 75.0, "N") for m in range(60)])
    bench.send_hours([(point_id, at("10:00"), 75.0, 60)])
    evidence = bench.alerts()[0]["evidence"]
    assert (evidence["clause"], evidence["limit"], len(evidence["samples"])) == ("permit 4.2", 60.0, 60)
    assert evidence["hours"] == [{"ends": "2026-10-02T11:00:00+00:00", "mean": 75.0, "valid": True}]


def test_silence_opens_and_the_next_reading_resolves(bench: Bench) -> None:
    point_id, silence = bench.point("V01"), SilenceJudge(TIMEZONE)
    bench.point("V02")  # never heard: not missing
    bench.rules({"statistic": "missing", "for": "10min"})
    bench.send(point_id, [(at("10:00"), 50.0, "N")])
    assert silence.watch_missing(bench.connection, clock("10:09:59")) == 0
    assert silence.watch_missing(bench.connection, clock("10:15")) == 1
    assert silence.watch_missing(bench.connection, clock("10:16")) == 0
    assert [(a["opened"], a["state"]) for a in bench.alerts()] == [(at("10:10"), "firing")]
    bench.send(point_id, [(at("10:20"), 50.0, "N"), (at("10:21"), 50.0, "N")])
    assert silence.watch_missing(bench.connection, clock("10:22")) == 1
    assert [(a["resolved"], a["state"], a["value"]) for a in bench.alerts()] == [(at("10:20"), "resolved", 1200.0)]
    assert silence.watch_missing(bench.connection, clock("10:23")) == 0
    silence.watch_missing(bench.connection, clock("11:00"))
    assert [a["opened"] for a in bench.alerts()] == [at("10:10"), at("10:31")]


def test_an_open_alert_of_a_silent_point_is_marked(bench: Bench) -> None:
    point_id, silence = bench.point("V01"), SilenceJudge(TIMEZONE)
    bench.rules({"above": 80})
    bench.send(point_id, [(at("10:00"), 90.0, "N")])
    silence.watch_missing(bench.connection, clock("10:04"))
    assert not bench.alerts()[0]["no_data"]
    silence.watch_missing(bench.connection, clock("10:06"))
    assert (bench.alerts()[0]["state"], bench.alerts()[0]["no_data"]) == ("firing", True)
    assert (bench.state("r", point_id) or ("",))[0] == "no_data"
    bench.send(point_id, [(at("10:30"), 95.0, "N")])
    alert = bench.alerts()[0]
    assert (alert["state"], alert["no_data"], alert["value"]) == ("firing", False, 95.0)
    assert alert["events"] == ["firing", "no_data", "data"]


def test_a_block_in_which_nothing_happens_is_not_looked_at_reading_by_reading(
    bench: Bench, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [bench.point(f"V{n}") for n in range(20)]
    bench.rules({"above": 80}, {"code": "low", "below": 5})
    monkeypatch.setattr("alerts.streaming._rows", lambda *_: pytest.fail("a quiet reading was looked at"))
    n = 1000
    block = ReadingBlock(
        np.repeat(np.array(points, np.int32), n),
        np.tile(at("10:00") + np.arange(n) * MINUTE, len(points)),
        np.full(n * len(points), 50.0),
        np.full(n * len(points), b"N", "S1"),
    )
    bench.streaming(connection, block, DAY)


def test_what_is_over_range_is_told_of_whichever_limit_is_in_force(bench: Bench) -> None:
    """A permit that takes the place of a standard, or a limit that is not valid yet, takes no warning away."""
    hour = {"kind": "exceedance", "statistic": "mean_1h", "basis": "std_dry", "unit": "mg/m3"}
    bench.rules(
        hour | {"code": "standard", "above": 50, "authority": "standard"},
        hour | {"code": "permit", "above": 60, "authority": "permit", "valid_from": instant(at("12:00")).isoformat()},
    )
    point_id = bench.point("V01", reported_basis="std_dry")
    for clock in ("10:00", "13:00"):
        bench.send(point_id, [(at(clock), 900.0, "T"), (at(clock) + 60_000_000, 10.0, "N")])
    assert [(a["rule"], a["opened"]) for a in bench.alerts()] == [
        ("standard:possible", at("10:00")),
        ("standard:possible", at("13:00")),
    ]
