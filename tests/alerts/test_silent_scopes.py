"""Every folder of tests/cases/alerts with words of gateways; what explains what; and a line that is cut for real."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.seal import bundle_of
from alerts.watch import SilenceJudge
from parkwatch.broker import Broker
from parkwatch.logins import Gateway
from schemas.errors import InvalidInput
from schemas.rule_bodies import parse_rule, rule_body
from storage.connect import Connection
from storage.gateways import GatewayWord, note_words, put_spokesmen
from storage.registry import apply_registry
from tests.alerts.bench import DAY, TIMEZONE, Bench, at
from tests.ingest.senders import REGISTRY, serving, wait_for
from tests.ingest.test_statuses import Line

FOLDER = Path(__file__).parents[1] / "cases" / "alerts"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/heard.yaml"))
RULE = {"code": "r", "kind": "warning", "statistic": "missing", "points": {"park": "P"}}


class HeardBench:
    """A park whose gateways are heard and looked at."""

    def __init__(self, bench: Bench, gateways: dict[str, list[str]]) -> None:
        self.bench, self.judge = bench, SilenceJudge(TIMEZONE)
        self.ids = {code: bench.point(code) for codes in gateways.values() for code in codes}
        self.speaks(gateways)

    def speaks(self, gateways: dict[str, list[str]]) -> None:
        told = {self.ids[code]: gateway for gateway, codes in gateways.items() for code in codes}
        put_spokesmen(self.bench.connection, told)

    def rules(self, bodies: list[dict[str, Any]]) -> None:
        self.bench.rules(*[RULE | body for body in bodies])

    def step(self, step: dict[str, Any]) -> None:
        if "rules" in step:
            self.rules(step["rules"])
        self.speaks(step.get("speaks", {}))
        sessions = step.get("session", {})
        for gateway, clock in step.get("heard", {}).items():
            word = GatewayWord("E", gateway, at(clock), at(clock), sessions.get(gateway, ""))
            note_words(self.bench.connection, [word])
        for gateway, clock in step.get("gone", {}).items():
            gone = GatewayWord("E", gateway, gone_us=at(clock), gone_session=sessions.get(gateway, ""))
            note_words(self.bench.connection, [gone])
        for code in step.get("retire", []):
            self.bench.connection.execute("UPDATE points SET retired_at = now() WHERE id = %s", [self.ids[code]])

    def look(self, clock: str) -> int:
        return self.judge.watch_missing(self.bench.connection, DAY + dt.timedelta(microseconds=at(clock) - at("00:00")))

    def alerts(self) -> list[dict[str, Any]]:
        found = self.bench.connection.execute(
            "SELECT rule, scope, period, point_id, state, value, (extract(epoch FROM opened_at) * 1000000)::bigint,"
            " (extract(epoch FROM resolved_at) * 1000000)::bigint FROM alerts WHERE scope IS NOT NULL ORDER BY id"
        ).fetchall()
        names = ["rule", "scope", "period", "point_id", "state", "value", "opened", "resolved"]
        return [dict(zip(names, row, strict=True)) for row in found]


def _load(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / name / "heard.yaml").read_text(encoding="utf-8")))


def _wanted(expected: dict[str, Any]) -> dict[str, Any]:
    times = {name: at(expected[name]) for name in ("opened", "resolved") if expected.get(name)}
    return {"resolved": None, "state": "firing", "period": None, "point_id": None} | expected | times


@pytest.mark.parametrize("name", CASES)
def test_case(bench: Bench, name: str) -> None:
    case = _load(name)
    heard = HeardBench(bench, case["gateways"])
    heard.rules(case["rules"])
    for step in case["steps"]:
        heard.step(step)
        if "now" in step:
            heard.look(step["now"])
            found, wanted = heard.alerts(), [_wanted(alert) for alert in step["expect"]]
            assert len(found) == len(wanted), found
            assert [{name: a[name] for name in w} for a, w in zip(found, wanted, strict=True)] == wanted
            assert heard.look(step["now"]) == 0 or len(heard.alerts()) > len(found), "a second look changes nothing"


def test_a_silence_is_told_in_words(bench: Bench) -> None:
    heard = HeardBench(bench, {"gw1": ["V01"]})
    heard.rules([{"code": "g", "of": "gateway", "for": "10min"}])
    heard.step({"heard": {"gw1": "10:00"}, "gone": {"gw1": "10:01"}})
    heard.look("10:02")
    row = bench.connection.execute("SELECT payload FROM outbox WHERE channel = 'mqtt'").fetchone()
    assert row
    told = row[0]
    assert (told["point"], told["scope"], told["enterprise"], told["park"]) == (None, "gateway:E/gw1", "E", "P")
    assert told["text"] == (
        "【报警】企业 网关 gw1,数据中断,最后一次收到数据 2026-10-02 18:00:00,自 2026-10-02 18:01:00"
    )
    evidence = bench.connection.execute("SELECT evidence FROM alerts").fetchone()
    assert evidence
    assert evidence[0]["by_will"] is True
    assert [one["gateway"] for one in evidence[0]["gateways"]] == ["gw1"]


def held(bench: Bench) -> dict[str, tuple[str | None, str | None]]:
    """By place what a channel was told, and why not."""
    rows = bench.connection.execute(
        "SELECT coalesce(a.scope, p.code), n.told_state, n.held FROM notifications n JOIN alerts a ON a.id = n.alert_id"
        " LEFT JOIN points p ON p.id = a.point_id WHERE n.channel = 'log'"
    ).fetchall()
    return {place: (told, why) for place, told, why in rows}


def test_the_silence_of_a_gateway_inhibits_those_of_its_points(bench: Bench) -> None:
    heard = HeardBench(bench, {"gw1": ["V01", "V02"], "gw2": ["V03"]})
    heard.rules(
        [
            {"code": "p", "for": "10min"},
            {"code": "g", "of": "gateway", "for": "10min"},
            {"code": "e", "of": "enterprise", "for": "1h", "channels": ["webhook:other"]},
        ]
    )
    for code in ("V01", "V02", "V03"):
        bench.send(heard.ids[code], [(at("10:00"), 1.0, "N")])
    heard.step({"heard": {"gw1": "10:00", "gw2": "10:09"}})
    heard.look("10:11")
    noon = DAY + dt.timedelta(hours=12)
    bench.dispatch(noon)
    bench.dispatch(noon + dt.timedelta(minutes=2))
    inhibited = (None, "inhibited")
    assert held(bench) == {
        "gateway:E/gw1": ("firing", None),
        "V01": inhibited,
        "V02": inhibited,
        "V03": ("firing", None),
    }
    heard.step({"heard": {"gw1": "10:20"}})
    bench.send(heard.ids["V01"], [(at("10:20"), 1.0, "N")])  # its gateway is back, V02 is not
    heard.look("10:20:30")
    bench.dispatch(noon + dt.timedelta(minutes=4))
    bench.dispatch(noon + dt.timedelta(minutes=6))
    now = held(bench)
    assert now["gateway:E/gw1"] == ("resolved", None)
    assert now["V02"] == ("firing", None)
    assert now["V01"][0] is None, "it was over before it could be told"


def test_a_will_marks_the_open_alerts_of_its_points_and_they_are_missing_from_then_on(bench: Bench) -> None:
    heard = HeardBench(bench, {"gw1": ["V01"], "gw2": ["V02"]})
    heard.rules([{"code": "p", "for": "10min"}, {"code": "r", "statistic": "reading", "above": 80}])
    for code in ("V01", "V02"):
        bench.send(heard.ids[code], [(at("10:00"), 90.0, "N")])
    heard.step({"heard": {"gw1": "10:00", "gw2": "10:00"}, "gone": {"gw1": "10:01"}})
    heard.look("10:01:04")
    assert [alert["no_data"] for alert in bench.alerts()] == [False, False]
    heard.look("10:01:06")
    found = {(alert["rule"], alert["point_id"]): alert for alert in bench.alerts()}
    assert found["r", heard.ids["V01"]]["no_data"]
    assert found["r", heard.ids["V01"]]["state"] == "firing"
    assert not found["r", heard.ids["V02"]]["no_data"]
    assert found["p", heard.ids["V01"]]["opened"] == at("10:01")
    assert ("p", heard.ids["V02"]) not in found
    bench.send(heard.ids["V01"], [(at("10:05"), 90.0, "N")])
    heard.step({"heard": {"gw1": "10:05"}})
    heard.look("10:05:10")
    found = {(alert["rule"], alert["point_id"]): alert for alert in bench.alerts()}
    assert found["p", heard.ids["V01"]]["resolved"] == at("10:05")
    assert not found["r", heard.ids["V01"]]["no_data"]


def test_a_silence_has_a_bundle_of_evidence(bench: Bench) -> None:
    heard = HeardBench(bench, {"gw1": ["V01"]})
    heard.rules([{"code": "g", "of": "gateway", "for": "10min"}])
    heard.step({"heard": {"gw1": "10:00"}})
    heard.look("10:11")
    row = bench.connection.execute("SELECT id FROM alerts").fetchone()
    assert row
    bundle = bundle_of(bench.connection, row[0])
    assert bundle["place"]["scope"] == "gateway:E/gw1"
    assert bundle["place"]["enterprise"] == "E"
    assert bundle["judgement"]["heard_at"] == "2026-10-02T10:00:00+00:00"


def test_what_another_channel_is_told_inhibits_nothing_here(bench: Bench) -> None:
    heard = HeardBench(bench, {"gw1": ["V01"]})
    heard.rules(
        [{"code": "p", "for": "10min"}, {"code": "g", "of": "gateway", "for": "10min", "channels": ["webhook:x"]}]
    )
    bench.send(heard.ids["V01"], [(at("10:00"), 1.0, "N")])
    heard.step({"heard": {"gw1": "10:00"}})
    heard.look("10:11")
    noon = DAY + dt.timedelta(hours=12)
    bench.dispatch(noon)
    bench.dispatch(noon + dt.timedelta(minutes=2))
    assert held(bench) == {"V01": ("firing", None)}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"of": "meter", "for": "1min"}, "of"),
        ({"of": "gateway", "for": "1min", "statistic": "reading", "above": 1}, "of"),
        ({"of": "gateway", "for": "1min", "points": {"quantity": "a24088", "park": "P"}}, "points.quantity"),
        ({"of": "enterprise", "for": "1min", "points": {"point": "E/V01"}}, "points.point"),
        ({"of": "gateway", "for": "1min", "points": {}}, "points"),
        ({"of": "gateway"}, "for"),
    ],
)
def test_a_rule_on_gateways_names_what_is_wrong(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_rule(RULE | body)
    assert error.value.field == field


def test_a_rule_on_gateways_is_written_as_it_is_read() -> None:
    rule = parse_rule(RULE | {"of": "gateway", "for": "10min"})
    assert parse_rule(rule_body(rule)) == rule
    assert rule_body(rule)["of"] == "gateway"
    assert "of" not in rule_body(parse_rule(RULE | {"for": "10min"}))


def test_a_line_that_is_cut_opens_an_alert_and_the_next_connection_resolves_it(
    database_url: str, connection: Connection, broker: Broker
) -> None:
    apply_registry(
        connection,
        REGISTRY
        + """
rules:
  - {code: g, kind: warning, statistic: missing, of: gateway, points: {park: HBW}, for: 1h}
""",
    )
    made = broker.issue(Gateway("ENT01", "gw1"))
    judge = SilenceJudge(TIMEZONE)

    def states() -> list[tuple[str, str]]:
        judge.watch_missing(connection, dt.datetime.now(dt.UTC))
        return connection.execute("SELECT scope, state FROM alerts").fetchall()

    with serving(database_url, broker.ingest_url):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        line = Line(broker, (made.username, made.password), "gw1", "a")
        line.read()
        wait_for(lambda: connection.execute("SELECT count(*) FROM point_gateways").fetchone() == (1,))
        assert states() == []
        line.cut()
        wait_for(lambda: states() == [("gateway:ENT01/gw1", "firing")])
        again = Line(broker, (made.username, made.password), "gw1", "b")
        wait_for(lambda: states() == [("gateway:ENT01/gw1", "resolved")])
        again.close()
