"""The other nouns: their shapes, their order, their filters."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from schemas.rule_bodies import parse_rules
from storage.connect import Connection
from storage.rules import replace_registry_rules
from tests.api.park import T0, point_id, put_readings

Headers = dict[str, str]

ALERT = """
INSERT INTO alerts (rule, kind, point_id, state, severity, statistic, value, "limit", unit, clause,
                    verified, opened_at, last_at, rule_body)
VALUES ('nmhc-hour', %(kind)s, %(point)s, %(state)s, 'critical', %(statistic)s, 72.5, 60, 'mg/m3', 'permit',
        %(verified)s, %(at)s, %(at)s, '{}')
RETURNING id
"""
STACKS = {"points": {"quantity": "a24088", "role": "stack"}, "severity": "warning", "unit": "mg/m3"}
SPIKE = STACKS | {"code": "spike", "kind": "warning", "statistic": "reading", "above": 80}
HOURLY = STACKS | {"code": "hour", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "basis": "std_dry"}


def put_alert(connection: Connection, address: str = "ENT01/V01", **columns: object) -> int:
    values = {"kind": "exceedance", "state": "firing", "verified": True, "at": T0, "statistic": "mean_1h"} | columns
    row = connection.execute(ALERT, values | {"point": point_id(connection, address)}).fetchone()
    assert row is not None
    return int(row[0])


def items(client: httpx.Client, path: str, headers: Headers, **query: str) -> list[dict[str, Any]]:
    response = client.get(path, params=query, headers=headers)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def test_points_page_by_cursor(client: httpx.Client, admin: Headers) -> None:
    first = client.get("/points", params={"limit": 4}, headers=admin).json()
    second = client.get("/points", params={"limit": 4, "cursor": first["next"]}, headers=admin).json()
    addresses = [p["point"] for p in first["items"] + second["items"]]
    assert addresses == [f"{e}/{p}" for e in ("ENT01", "ENT02") for p in ("E01", "S01", "V01")]
    assert second["next"] is None


def test_point_status_is_the_watchs(client: httpx.Client, park: Connection, admin: Headers) -> None:
    def status() -> object:
        return items(client, "/points", admin, role="stack", enterprise="ENT01")[0]["status"]

    assert status() == "no_data"
    put_readings(park, "ENT01/V01", dt.datetime.now(dt.UTC), [12.6])
    assert status() == "not_judged", "nobody judged it yet"
    park.execute("INSERT INTO alert_states VALUES ('r', %s, 'inactive', now(), now())", [point_id(park, "ENT01/V01")])
    assert status() == "normal"
    put_alert(park, kind="warning")
    assert status() == "high"
    put_alert(park, at=T0 + dt.timedelta(hours=1))
    assert status() == "exceedance"
    park.execute("UPDATE latest_readings SET ts = now() - interval '1 day'")
    assert status() == "exceedance", "data that stop resolve nothing"


def test_rules_on_readings_judge_without_a_state(client: httpx.Client, park: Connection, admin: Headers) -> None:
    def point() -> dict[str, Any]:
        return items(client, "/points", admin, role="stack", enterprise="ENT01")[0]

    replace_registry_rules(park, parse_rules([SPIKE]))
    put_readings(park, "ENT01/V01", dt.datetime.now(dt.UTC), [12.6])
    assert point()["status"] == "normal", "the watch writes no state before the first exceedance"
    limit = {"rule": "spike", "kind": "warning", "statistic": "reading", "above": 80, "below": None, "verified": False}
    assert point()["limits"] == [limit | {"unit": "mg/m3", "basis": None}]
    replace_registry_rules(park, parse_rules([SPIKE, HOURLY]))
    assert point()["status"] == "not_judged", "no hour has ended yet"
    stand = "INSERT INTO alert_states VALUES ('hour', %s, 'inactive', now(), now())"
    park.execute(stand, [point_id(park, "ENT01/V01")])
    assert point()["status"] == "normal"
    replace_registry_rules(park, parse_rules([SPIKE | {"unit": "ppm"}]))
    park.execute("DELETE FROM alert_states")
    assert point()["status"] == "not_judged", "a limit in another unit judges nothing"
    park.execute('UPDATE rules SET body = body || \'{"unit": "mg/m3"}\'')
    park.execute("UPDATE latest_readings SET flag = 'M'")
    assert point()["status"] == "not_judged"
    put_alert(park, kind="warning", statistic="missing")
    assert point()["status"] == "no_data", "missing data are not a high value"


def test_hours_and_reviews(client: httpx.Client, park: Connection, admin: Headers) -> None:
    point = point_id(park, "ENT01/E01")
    park.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid) "
        "SELECT %s, %s + i * interval '1 hour', 60, 60, i, 3600, true FROM generate_series(0, 4) i",
        [point, T0],
    )
    query = {"point": "ENT01/E01", "from": T0.isoformat(), "to": (T0 + dt.timedelta(hours=3)).isoformat()}
    found = items(client, "/hours", admin, **query)
    assert [(hour["hour"], hour["delta"]) for hour in found][1] == ("2026-10-05T01:00:00+08:00", 1.0)
    assert len(found) == 3
    park.execute(
        "INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, in_hours, rule) "
        "VALUES (%s, %s, %s, 'unexplained', false, 'falls')",
        [point, T0, T0 + dt.timedelta(minutes=1)],
    )
    assert [review["point"] for review in items(client, "/reviews", admin)] == ["ENT01/E01"]


def test_green_power_and_carbon_by_period(client: httpx.Client, park: Connection, admin: Headers) -> None:
    park.execute("INSERT INTO accounting_rules VALUES ('plan', 1, 'green_power', 'plan', '{}', true)")
    park.execute(
        "INSERT INTO green_power (scope, grain, starts_at, rule, consumption_kwh, direct_line_kwh, self_used_kwh, "
        "physical_share) "
        "SELECT 'city', 'day', %s + i * interval '1 day', rule, 100, i, 0, i / 100.0 "
        "FROM generate_series(0, 1) i, unnest(ARRAY['plan', 'zz-other']) rule",
        [T0],
    )
    park.execute(
        "INSERT INTO emissions VALUES ('city', 'day', %s, 'r', 1, 2, 3, 0.5, %s)",
        [T0, json.dumps([{"activity": "grid", "quantity": 1, "unit": "kWh", "factor_id": "f", "emissions_kg": 2}])],
    )
    days = items(client, "/green-power", admin, scope="city", period="2026-10", by="day")
    assert [(day["period"], day["direct_line_kwh"], day["rule"]) for day in days] == [
        ("2026-10-05", 0.0, "plan"),
        ("2026-10-06", 1.0, "plan"),
    ]
    assert len(items(client, "/green-power", admin, period="2026-10", by="day", rule="zz-other")) == 2
    assert items(client, "/green-power", admin, scope="city", period="2026-10") == [], "not computed is not invented"
    (carbon,) = items(client, "/carbon", admin, scope="city", period="2026-10-05")
    assert (carbon["scope2_market_kg"], carbon["period"]) == (3.0, "2026-10-05")
    for period in ("2026-13", "26", "2026-10-05T24", "2026-10-05T1", "0000"):
        assert client.get("/green-power", params={"period": period}, headers=admin).status_code == 422
    assert client.get("/green-power", params={"period": "2026-10-05", "by": "month"}, headers=admin).status_code == 422


def test_alerts_and_acknowledgement(
    client: httpx.Client, park: Connection, admin: Headers, ent01: Headers, token: Callable[..., Headers]
) -> None:
    first, second = put_alert(park), put_alert(park, "ENT02/V01", kind="warning", state="resolved", verified=False)
    found = items(client, "/alerts", admin)
    assert [(alert["id"], alert["words"]) for alert in found] == [
        (first, "自动监测小时均值高于限值(待核实)"),
        (second, "高于参考值(非判定依据)"),
    ]
    assert [alert["id"] for alert in items(client, "/alerts", admin, state="open")] == [first]
    assert [alert["id"] for alert in items(client, "/alerts", ent01)] == [first]
    assert [alert["id"] for alert in items(client, "/exceedances", admin)] == [first]
    assert client.get(f"/alerts/{second}", headers=ent01).status_code == 404
    assert items(client, "/alerts", admin, **{"from": (T0 + dt.timedelta(seconds=1)).isoformat()}) == []
    environment = token("environment")
    done = client.post(f"/alerts/{first}/acknowledge", json={"comment": "seen"}, headers=environment)
    assert done.json()["acknowledged_by"].startswith("environment:")
    assert done.json()["events"][0]["detail"] == {"comment": "seen"}
    assert done.json()["state"] == "firing"
    assert client.post("/alerts/999/acknowledge", headers=environment).status_code == 404
    wrong = client.post(f"/alerts/{first}/acknowledge", json={"commnet": "x"}, headers=environment)
    assert wrong.json()["errors"][0]["field"] == "commnet"


def test_ledger_rejected_receipts(client: httpx.Client, park: Connection, admin: Headers, ent01: Headers) -> None:
    park.execute(
        "INSERT INTO ledger VALUES ('ENT01', '2026-10-05', 3, 1, 1, 0, 1), ('NOBODY', '2026-10-05', 1, 0, 0, 0, 1)"
    )
    assert [row["enterprise"] for row in items(client, "/ledger", admin, day="2026-10-05")] == ["ENT01", "NOBODY"]
    park.execute(
        "INSERT INTO rejected_payloads (received_at, enterprise, gateway, topic, payload) "
        "SELECT %s, e, 'gw', 't', '\\x00ff'::bytea FROM unnest(ARRAY['ENT01', 'ENT02']) e",
        [T0],
    )
    park.execute(
        "INSERT INTO rejected_readings (payload_id, reason, detail) "
        "SELECT id, 'malformed_payload', 'd' FROM rejected_payloads"
    )
    refused = items(
        client, "/rejected", admin, **{"from": T0.isoformat(), "to": (T0 + dt.timedelta(hours=1)).isoformat()}
    )
    assert [base64.b64decode(str(row["payload_base64"])) for row in refused] == [b"\x00\xff"] * 2
    assert items(client, "/rejected", admin, to=T0.isoformat()) == []
    assert [row["enterprise"] for row in items(client, "/rejected", ent01)] == ["ENT01"]
    body = {"id": "m1", "sha256": "ab", "received": 1, "stored": 0, "duplicate": 0, "corrected": 0, "rejected": []}
    park.execute(
        "INSERT INTO receipts (enterprise, gateway, message_id, sha256, body) VALUES ('ENT01', 'gw', 'm1', 'ab', %s)",
        [json.dumps(body)],
    )
    (receipt,) = items(client, "/receipts", ent01, id="m1")
    assert body.items() <= receipt.items()


def test_imports_are_queued(
    client: httpx.Client, park: Connection, ent01: Headers, token: Callable[..., Headers]
) -> None:
    table = b"ts,point,value\n2026-10-05T00:00:00+08:00,V01,1\n"
    plain = client.post(
        "/imports", params={"kind": "readings"}, content=table, headers=ent01 | {"Content-Type": "text/csv"}
    )
    assert plain.status_code == 202
    assert plain.json()["state"] == "queued"
    assert plain.headers["Location"] == f"/api/v1/imports/{plain.json()['id']}"
    mapping = 'timestamp: {column: t, format: "%Y", zone: "+08:00"}\npoints: {a: V01}\n'
    form = client.post("/imports", files={"file": ("year.csv", table), "mapping": (None, mapping)}, headers=ent01)
    assert form.status_code == 202
    stored = park.execute(
        "SELECT enterprise, filename, content, mapping ->> 'points' FROM imports ORDER BY id"
    ).fetchall()
    assert stored == [("ENT01", "upload.csv", table, None), ("ENT01", "year.csv", table, '{"a": "V01"}')]
    assert [row["filename"] for row in items(client, "/imports", ent01)] == ["upload.csv", "year.csv"]
    assert client.get(f"/imports/{plain.json()['id']}", headers=ent01).json()["state"] == "queued"
    other = token("enterprise", "ENT02")
    assert client.get(f"/imports/{plain.json()['id']}", headers=other).status_code == 404
    assert client.post("/imports", content=b" ", headers=ent01).status_code == 422


def test_health_and_metrics(server: str, park: Connection, admin: Headers, ent01: Headers) -> None:
    park.execute("INSERT INTO ledger VALUES ('ENT01', '2026-10-05', 3, 1, 1, 0, 1)")
    assert httpx.get(f"{server}/health/live").json()["status"] == "ok"
    assert httpx.get(f"{server}/health/ready").status_code == 200
    assert httpx.get(f"{server}/api/v1/health/ready").status_code == 200
    assert httpx.get(f"{server}/metrics").status_code == 401
    assert httpx.get(f"{server}/metrics", headers=ent01).status_code == 403
    assert httpx.get(f"{server}/metrics", headers=admin).status_code == 200
    text = httpx.get(f"{server}/metrics", headers={"Authorization": "Bearer scrape-me"}).text
    assert 'parkwatch_readings_total{enterprise="ENT01",outcome="received"} 3.0' in text
    park.execute("DELETE FROM migrations WHERE name LIKE '0007%'")
    away = httpx.get(f"{server}/health/ready")
    assert away.status_code == 503
    assert "0007_access" in away.json()["detail"]


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing"])
def test_nothing_there_is_a_problem(server: str, path: str) -> None:
    response = httpx.get(server + path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
