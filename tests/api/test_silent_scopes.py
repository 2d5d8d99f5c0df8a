"""Alerts of silent gateways and enterprises by API: who sees which, their shape, evidence, and rules that are wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from alerts.watch import SilenceJudge
from schemas.rule_bodies import parse_rule
from storage.connect import Connection
from storage.gateways import GatewayWord, note_words, put_spokesmen
from storage.rules import replace_registry_rules
from tests.api.park import point_id

Headers = dict[str, str]
NOW = dt.datetime(2026, 10, 5, 2, tzinfo=dt.UTC)
RULE: dict[str, Any] = {"kind": "warning", "statistic": "missing", "points": {"park": "HBW"}, "for": "10min"}


@pytest.fixture
def silent(park: Connection) -> Connection:
    """A gateway of each of two enterprises that was heard an hour ago."""
    heard_us = round(NOW.timestamp() - 3600) * 1_000_000
    for enterprise in ("ENT01", "ENT02"):
        put_spokesmen(park, {point_id(park, f"{enterprise}/V01"): "gw1"})
        note_words(park, [GatewayWord(enterprise, "gw1", heard_us, heard_us)])
    rules = [parse_rule(RULE | {"code": of, "of": of}) for of in ("gateway", "enterprise")]
    with park.transaction():
        replace_registry_rules(park, rules)
    SilenceJudge(ZoneInfo("Asia/Shanghai")).watch_missing(park, NOW)
    return park


def scopes(client: httpx.Client, headers: Headers, **parameters: str) -> list[str]:
    answer = client.get("/alerts", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    return sorted(item["scope"] for item in answer.json()["items"])


def test_who_sees_which(client: httpx.Client, silent: Connection, token: Callable[..., Headers]) -> None:
    assert silent.execute("SELECT count(*) FROM alerts").fetchone() == (4,)
    everything = ["enterprise:ENT01", "enterprise:ENT02", "gateway:ENT01/gw1", "gateway:ENT02/gw1"]
    assert scopes(client, token("environment")) == everything
    assert scopes(client, token("enterprise", "ENT01")) == ["enterprise:ENT01", "gateway:ENT01/gw1"]
    assert scopes(client, token("admin"), enterprise="ENT02") == ["enterprise:ENT02", "gateway:ENT02/gw1"]
    assert scopes(client, token("admin"), scope="gateway:ENT02/gw1") == ["gateway:ENT02/gw1"]
    (other,) = client.get("/alerts", headers=token("admin"), params={"scope": "gateway:ENT02/gw1"}).json()["items"]
    assert client.get(f"/alerts/{other['id']}", headers=token("enterprise", "ENT01")).status_code == 404


@pytest.mark.usefixtures("silent")
def test_the_shape_and_the_evidence(client: httpx.Client, token: Callable[..., Headers]) -> None:
    (found,) = client.get("/alerts", headers=token("admin"), params={"scope": "gateway:ENT01/gw1"}).json()["items"]
    wanted = {"point": None, "period": None, "account": None, "enterprise": "ENT01", "park": "HBW", "unit": "s"}
    assert {name: found[name] for name in wanted} == wanted
    assert dt.datetime.fromisoformat(found["opened_at"]) == NOW - dt.timedelta(minutes=50)
    answer = client.get(f"/alerts/{found['id']}/evidence", headers=token("admin"))
    assert answer.status_code == 200, answer.text
    assert '"gateway:ENT01/gw1"' in answer.text
    assert client.get("/rules/gateway/scopes", headers=token("admin")).json()["items"] == []


def test_rules_name_what_is_wrong(client: httpx.Client, token: Callable[..., Headers]) -> None:
    body = RULE | {"code": "g", "of": "gateway"}
    span = {"from": "2026-10-01T00:00:00Z", "to": "2026-10-02T00:00:00Z"}
    for path, wrong, field in (
        ("/rules", {"points": {"role": "stack"}}, "points.role"),
        ("/rules", {"of": "house"}, "of"),
        ("/rules/backtest", {}, "of"),
    ):
        parameters = span if path.endswith("backtest") else {}
        answer = client.post(path, headers=token("admin"), params=parameters, json=body | wrong)
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert client.post("/rules", headers=token("admin"), json=body).status_code == 201
