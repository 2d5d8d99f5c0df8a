"""Alerts on shares and budgets by API: who sees which, their shape, the stream, evidence, and how a rule stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from parkwatch.seed import seed_shipped
from storage.connect import Connection
from tests.alerts.account_bench import AccountBench, clock
from tests.api.test_lists import put_alert
from tests.api.test_live import events

Headers = dict[str, str]
SCOPES = ["city", "park:HBW", "enterprise:ENT01", "enterprise:ENT02"]


@pytest.fixture
def bench(park: Connection) -> AccountBench:
    """Budgets that both enterprises, and with them park and city, have overrun."""
    seed_shipped(park)
    made = AccountBench(park)
    for enterprise in ("ENT01", "ENT02"):
        made.point(f"{enterprise}/G01", "grid_import")
    made.rules({"code": "budget", "statistic": "budget", "above": 100, "unit": "MWh", "scope": SCOPES})
    for enterprise in ("ENT01", "ENT02"):
        made.facts(f"{enterprise}/G01", "10-01..10-05", 1000)
    return made


def scopes(client: httpx.Client, headers: Headers, **parameters: str) -> list[str]:
    answer = client.get("/alerts", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    return sorted(str(item["scope"]) for item in answer.json()["items"])


def test_who_sees_which(client: httpx.Client, bench: AccountBench, token: Callable[..., Headers]) -> None:
    bench.compute(clock("10-06"))
    for role in ("admin", "energy", "environment"):
        assert scopes(client, token(role)) == sorted(SCOPES)
    assert scopes(client, token("enterprise", "ENT01")) == ["enterprise:ENT01"]
    assert scopes(client, token("enterprise", "ENT01"), enterprise="ENT01", state="open") == ["enterprise:ENT01"]
    assert scopes(client, token("wall")) == ["city", "park:HBW"], "a screen shows sums, never one enterprise's accounts"
    assert scopes(client, token("energy"), scope="city") == ["city"]
    assert scopes(client, token("energy"), point="city") == []
    ids = {alert["scope"]: alert["id"] for alert in bench.alerts()}
    own = token("enterprise", "ENT01")
    assert client.get(f"/alerts/{ids['enterprise:ENT01']}", headers=own).status_code == 200
    for scope in ("city", "park:HBW", "enterprise:ENT02"):
        for path in ("", "/evidence"):
            assert client.get(f"/alerts/{ids[scope]}{path}", headers=own).status_code == 404


def test_the_shape(client: httpx.Client, bench: AccountBench, token: Callable[..., Headers]) -> None:
    bench.compute(clock("10-06"))
    (found,) = client.get("/alerts", headers=token("energy"), params={"scope": "enterprise:ENT01"}).json()["items"]
    wanted: dict[str, Any] = {
        "point": None,
        "scope": "enterprise:ENT01",
        "period": "2026-10",
        "enterprise": "ENT01",
        "park": "HBW",
    }
    wanted |= {"state": "firing", "value": 120.0, "limit": 100.0, "unit": "MWh", "statistic": "budget"}
    wanted |= {"opened_at": "2026-10-06T00:00:00+08:00", "words": "累计量超过预算(按规则核算,未经核查)"}
    assert {name: found[name] for name in wanted} == wanted
    account = found["account"]
    assert (account["amount"], account["accounting_rule"]) == ("consumption_kwh", "wuhai-plan@1")
    assert account["newest"]["through"] == "2026-10-06T00:00:00+08:00"
    assert account["newest"]["low"] == 120.0
    assert 0 < account["newest"]["coverage"] <= 1
    put_alert(bench.connection)
    items = client.get("/alerts", headers=token("energy")).json()["items"]
    of_point = next(item for item in items if item["scope"] is None)
    assert of_point["point"]
    assert (of_point["period"], of_point["account"]) == (None, None)


def test_the_energy_bureau_reads_the_evidence_and_acts(
    client: httpx.Client, bench: AccountBench, token: Callable[..., Headers]
) -> None:
    bench.compute(clock("10-06"))
    energy = token("energy")
    alert = next(alert["id"] for alert in bench.alerts() if alert["scope"] == "city")
    evidence = client.get(f"/alerts/{alert}/evidence", headers=energy).json()
    assert evidence["sealed_at"] is None
    assert evidence["bundle"]["accounts"][0]["scope"] == "city"
    pdf = client.get(f"/alerts/{alert}/evidence", headers=energy | {"Accept": "application/pdf"})
    assert pdf.status_code == 406
    of_point = put_alert(bench.connection)
    assert client.get(f"/alerts/{of_point}/evidence", headers=energy).status_code == 403
    taken = client.post(f"/alerts/{alert}/acknowledge", headers=energy)
    assert (taken.status_code, taken.json()["acknowledged_by"] is not None) == (200, True)


def test_how_a_rule_stands(client: httpx.Client, bench: AccountBench, token: Callable[..., Headers]) -> None:
    bench.compute(clock("10-06"))
    standing = client.get("/rules/budget/scopes", headers=token("energy"), params={"limit": 3}).json()
    assert [item["scope"] for item in standing["items"]] == SCOPES[:1] + SCOPES[2:4]
    first: dict[str, Any] = standing["items"][0]
    assert (first["state"], first["verdict"], first["value"]) == ("firing", "exceeds", 240.0)
    more = client.get("/rules/budget/scopes", headers=token("energy"), params={"cursor": standing["next"]}).json()
    assert [item["scope"] for item in more["items"]] == ["park:HBW"]
    own = client.get("/rules/budget/scopes", headers=token("enterprise", "ENT02")).json()["items"]
    assert [item["scope"] for item in own] == ["enterprise:ENT02"]
    past = client.get("/rules/budget/scopes", headers=token("energy"), params={"period": "2025-01"}).json()
    assert past["items"] == []
    assert client.get("/rules/nothing/scopes", headers=token("energy")).status_code == 404


def test_the_stream(client: httpx.Client, bench: AccountBench, token: Callable[..., Headers]) -> None:
    with (
        client.stream("GET", "/live", headers=token("wall")) as wall,
        client.stream("GET", "/live", headers=token("enterprise", "ENT02")) as own,
    ):
        bench.compute(clock("10-06"))
        stream = (event for event in events(wall) if event["event"] == "alert")
        seen = [next(stream)["data"] for _ in range(2)]
        assert [alert["point"] for alert in seen] == [None, None]
        assert [(alert["scope"], alert["period"]) for alert in seen] == [("city", "2026-10"), ("park:HBW", "2026-10")]
        event = next(event for event in events(own) if event["event"] == "alert")
        assert event["data"]["scope"] == "enterprise:ENT02"
        assert event["data"]["account"]["newest"]["through"] == "2026-10-06T00:00:00+08:00"


def test_no_back_test(client: httpx.Client, bench: AccountBench, token: Callable[..., Headers]) -> None:
    rule = {"code": "r", "kind": "warning", "statistic": "budget", "above": 1, "unit": "MWh", "scope": "city"}
    answer = client.post("/rules/backtest", headers=token("admin"), json=rule)
    assert answer.status_code == 422
    assert "statistic" in answer.text
