"""What the energy bureau does over HTTP: books instruments, declares epochs, closes and restates months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from parkwatch.jobs.compute_accounts import compute, recompute
from parkwatch.seed import seed_shipped
from storage.connect import Connection
from tests.api.park import point_id

Headers = dict[str, str]
OCTOBER = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
ZONE = "Asia/Shanghai"


@pytest.fixture
def energy(token: Callable[..., Headers]) -> Headers:
    return token("energy")


@pytest.fixture
def october(park: Connection) -> Connection:
    """ENT01 took 100 kWh in one hour of October and generated 40."""
    seed_shipped(park)
    put_hour(park, "ENT01/E01", 5, 100.0)
    put_hour(park, "ENT01/S01", 5, 40.0)
    recompute(park, "city", OCTOBER, OCTOBER, NOW, ZONE)
    return park


def put_hour(connection: Connection, address: str, hour: int, energy_kwh: float) -> None:
    connection.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid) "
        "VALUES (%s, '2026-10-05T00:00Z'::timestamptz + %s * interval '1 hour', 60, 60, %s, 3600, true)",
        [point_id(connection, address), hour, energy_kwh],
    )
    connection.execute("INSERT INTO dirty_days (enterprise_id, day) SELECT min(id), '2026-10-05' FROM enterprises")


def certificate(**more: Any) -> dict[str, Any]:
    return {
        "enterprise": "ENT01",
        "id": "GEC-1",
        "kind": "certificate",
        "mwh": 0.12,
        "cancelled": "2026-10-05",
        "vintage": "2026-09",
    } | more


def test_an_instrument_is_booked_once(client: httpx.Client, park: Connection, energy: Headers, ent01: Headers) -> None:
    assert client.post("/instruments", json=certificate(), headers=ent01).status_code == 403
    assert client.post("/instruments", json=certificate(), headers=energy).status_code == 201
    again = client.post("/instruments", json=certificate(), headers=energy)
    assert (again.status_code, again.json()["new"]) == (200, False)
    other = client.post("/instruments", json=certificate(enterprise="ENT02"), headers=energy)
    assert other.status_code == 409
    assert "GEC-1 is used by ENT01" in other.json()["detail"]
    assert park.execute("SELECT count(*) FROM instruments").fetchone() == (1,)


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"enterprise": "ENT09"}, 404, None),
        ({"mwh": -1}, 422, "mwh"),
        ({"mwh": "NaN"}, 422, "mwh"),
        ({"kind": "certifcate"}, 422, "instruments[GEC-1].kind"),
        ({"mhw": 1}, 422, "mhw"),
        ({"id": ""}, 422, "instruments.id"),
        ({"cancelled": "1026-10-05"}, 422, "cancelled"),
        ({"kind": "certificate_sold", "vintage": "2026-10", "cancelled": None}, 422, "mwh"),
        ({"hours": [{"hour": "2026-10-05T01:00:00+08:00", "kwh": 1}]}, 422, "hours"),
        ({"hours": [{"hour": "2026-10-05T01:00:00", "kwh": 1}]}, 422, "hour"),
    ],
)
def test_wrong_instruments_change_nothing(
    client: httpx.Client, october: Connection, energy: Headers, more: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.post("/instruments", json=certificate(**more), headers=energy)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])
    assert october.execute("SELECT count(*) FROM instruments").fetchone() == (0,)


def test_hourly_trades_and_sold_certificates(client: httpx.Client, october: Connection, energy: Headers) -> None:
    hours = [{"hour": "2026-10-05T01:00:00+08:00", "kwh": 150}, {"hour": "2026-10-05T02:00:00+08:00", "kwh": 80.5}]
    trade = {"enterprise": "ENT01", "id": "T-1", "kind": "green_trade", "mwh": 0.2305, "period": "2026-10"}
    booked = client.post("/instruments", json=trade | {"settlement": "hourly", "hours": hours}, headers=energy)
    assert booked.status_code == 201, booked.text
    assert october.execute("SELECT sum(energy_kwh)::float8 FROM instrument_hours").fetchone() == (230.5,)
    sold = {"enterprise": "ENT01", "id": "S-1", "kind": "certificate_sold", "mwh": 0.04, "vintage": "2026-10"}
    assert client.post("/instruments", json=sold, headers=energy).status_code == 201
    more = client.post("/instruments", json=sold | {"id": "S-2", "mwh": 0.001}, headers=energy)
    assert "0.04 MWh of it are sold already" in more.json()["detail"]


def test_an_epoch_is_declared(client: httpx.Client, park: Connection, energy: Headers, ent01: Headers) -> None:
    body = {"from": "2026-10-05T08:00:00+08:00", "first": 0, "last": 812.5, "width": 100000, "reason": "replaced"}
    assert client.post("/points/ENT01/E01/epochs", json=body, headers=ent01).status_code == 403
    done = client.post("/points/ENT01/E01/epochs", json=body, headers=energy)
    assert (done.status_code, done.json()["point"]) == (201, "ENT01/E01")
    twice = client.post("/points/ENT01/E01/epochs", json=body, headers=energy)
    assert (twice.status_code, "epochs overlap" in twice.json()["detail"]) == (409, True)
    assert client.post("/points/ENT01/S01/epochs", json=body, headers=energy).status_code == 422
    assert client.post("/points/ENT01/E99/epochs", json=body, headers=energy).status_code == 404
    for wrong in ({"multiplier": 0}, {"width": -1}, {"first": "NaN"}, {"from": "2026-10-05T08:00:00"}):
        answer = client.post("/points/ENT01/E01/epochs", json=body | wrong, headers=energy)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(wrong)))
    assert park.execute("SELECT count(*) FROM meter_epochs").fetchone() == (1,)


def test_a_month_is_closed_and_restated(client: httpx.Client, october: Connection, energy: Headers) -> None:
    shown = client.get("/periods", headers=energy).json()["items"]
    assert [(month["period"], month["state"]) for month in shown] == [("2026-10", "open")]
    closed = client.post("/periods/2026-10/close", json={"comment": "as agreed"}, headers=energy)
    assert closed.status_code == 200, closed.text
    assert (closed.json()["state"], closed.json()["comment"]) == ("closed", "as agreed")
    assert client.post("/periods/2026-10/close", headers=energy).status_code == 409
    put_hour(october, "ENT01/E01", 6, 11.0)
    compute(october, NOW, ZONE)
    query = {"scope": "enterprise:ENT01", "period": "2026-10"}
    (month,) = client.get("/green-power", params=query, headers=energy).json()["items"]
    assert month["consumption_kwh"] == 140
    waiting = client.get("/periods/2026-10", headers=energy).json()
    assert waiting["restatement"] == "pending"
    (line,) = [
        row
        for row in waiting["restatements"][0]["lines"]
        if (row["scope"], row["grain"], row["rule"][:10]) == ("enterprise:ENT01", "month", "wuhai-plan")
    ]
    assert (line["old"]["consumption_kwh"], line["new"]["consumption_kwh"]) == (140, 151)
    assert client.post("/periods/2026-10/restate", json={"reason": " "}, headers=energy).status_code == 422
    asked = client.post("/periods/2026-10/restate", json={"reason": "late meter"}, headers=energy)
    assert (asked.status_code, asked.json()["restatement"]) == (202, "requested")
    compute(october, NOW, ZONE)
    (month,) = client.get("/green-power", params=query, headers=energy).json()["items"]
    assert month["consumption_kwh"] == 151
    done = client.get("/periods/2026-10", headers=energy).json()
    assert (done["restatement"], done["restatements"][0]["state"]) == (None, "applied")
    assert done["restatements"][0]["reason"] == "late meter"
    assert done["restatements"][0]["requested_by"].startswith("energy:")


def test_a_month_is_recomputed_on_request(client: httpx.Client, october: Connection, energy: Headers) -> None:
    asked = client.post("/periods/2026-10/recompute", json={"scope": "park:HBW", "hours": True}, headers=energy)
    assert (asked.status_code, asked.json()["days_marked"], asked.json()["hours_marked"]) == (202, 31, 2)
    assert client.post("/periods/2026-10/recompute", json={"scope": "park:NO"}, headers=energy).status_code == 404
    for path in ("/periods/2026-1", "/periods/nonsense", "/periods/2025-01"):
        assert client.get(path, headers=energy).status_code in (404, 422)


def test_an_enterprise_imports_no_instruments(client: httpx.Client, energy: Headers, ent01: Headers) -> None:
    table = b"enterprise,id,kind,mwh\n"
    query = {"kind": "instruments"}
    assert client.post("/imports", params=query, content=table, headers=ent01).status_code == 403
    assert client.post("/imports", params=query, content=table, headers=energy).status_code == 202
