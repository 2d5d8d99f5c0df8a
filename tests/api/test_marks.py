"""Marks by API: who may declare and decide what, and what they do to hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import httpx
import pytest

from accounting.air.transmission import FORMULA
from parkwatch.jobs.drain_hours import drain
from storage.connect import Connection
from tests.api.park import point_id, put_readings

Headers = dict[str, str]
ZONE = ZoneInfo("Asia/Shanghai")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def start() -> dt.datetime:
    """An hour that has ended, today or yesterday in Shanghai."""
    return dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) - 3 * HOUR


@pytest.fixture
def outlet(park: Connection) -> str:
    park.execute("UPDATE points SET outlet = 'DA001' WHERE code = 'V01'")
    return "ENT01/DA001"


def body(start: dt.datetime, minutes: int = 60, **fields: object) -> dict[str, object]:
    until = start + dt.timedelta(minutes=minutes)
    return {
        "point": "ENT01/V01", "kind": "calibration", "from": start.isoformat(), "to": until.isoformat(),
        "reason": "span gas", "author": "张三",
    } | fields  # fmt: skip


def hour(client: httpx.Client, headers: Headers, start: dt.datetime) -> dict[str, object]:
    query = {"point": "ENT01/V01", "from": start.isoformat(), "to": (start + HOUR).isoformat()}
    (item,) = client.get("/hours", params=query, headers=headers).json()["items"]
    return {name: item[name] for name in ("n", "n_valid", "mean", "valid")}


def test_an_equipment_mark_takes_minutes_out_and_gives_them_back(
    client: httpx.Client, park: Connection, ent01: Headers, start: dt.datetime
) -> None:
    put_readings(park, "ENT01/V01", start, [10.0] * 30 + [500.0] * 10 + [10.0] * 20)
    park.execute("INSERT INTO dirty_hours (point_id, hour) VALUES (%s, %s)", [point_id(park, "ENT01/V01"), start])
    now = dt.datetime.now(dt.UTC)
    drain(park, now, timezone=ZONE)
    assert hour(client, ent01, start) == {"n": 60, "n_valid": 60, "mean": pytest.approx(5500 / 60), "valid": True}
    made = client.post("/marks", json=body(start + HOUR / 2, 10), headers=ent01)
    assert made.status_code == 201
    mark = made.json()
    assert (mark["state"], mark["author"], mark["declared_by"].split(":")[0]) == ("in_force", "张三", "enterprise")
    drain(park, now, timezone=ZONE)
    assert hour(client, ent01, start) == {"n": 60, "n_valid": 50, "mean": 10.0, "valid": True}
    gone = client.post(f"/marks/{mark['id']}/withdraw", json={"reason": "wrong point"}, headers=ent01).json()
    assert [event["event"] for event in gone["events"]] == ["declared", "withdrawn"]
    drain(park, now, timezone=ZONE)
    assert hour(client, ent01, start)["n_valid"] == 60


def test_an_operating_condition_exempts_nobody_by_declaration(
    client: httpx.Client, park: Connection, ent01: Headers, start: dt.datetime
) -> None:
    put_readings(park, "ENT01/V01", start, [10.0] * 60)
    assert client.post("/marks", json=body(start, kind="start_up"), headers=ent01).json()["state"] == "in_force"
    drain(park, dt.datetime.now(dt.UTC), timezone=ZONE)
    assert hour(client, ent01, start) == {"n": 60, "n_valid": 60, "mean": 10.0, "valid": True}


def test_late_and_overlapping_marks_wait_for_the_bureau(
    client: httpx.Client, park: Connection, ent01: Headers, token: Callable[..., Headers], start: dt.datetime
) -> None:
    bureau = token("environment")
    late = client.post("/marks", json=body(start - dt.timedelta(days=3)), headers=ent01).json()
    assert (late["state"], late["waits_for"]) == ("waiting", "late")
    first = client.post("/marks", json=body(start), headers=ent01).json()
    second = client.post("/marks", json=body(start + HOUR / 2, kind="fault"), headers=ent01).json()
    assert (first["state"], second["state"], second["waits_for"]) == ("in_force", "waiting", "overlap")
    assert client.post(f"/marks/{late['id']}/accept", headers=ent01).status_code == 403
    taken = client.post(f"/marks/{late['id']}/accept", json={"reason": "report seen"}, headers=bureau).json()
    assert (taken["state"], taken["events"][-1]["detail"]) == ("in_force", "report seen")
    assert taken["accepted_at"]
    refused = client.post(f"/marks/{second['id']}/refuse", headers=bureau).json()
    assert refused["state"] == "refused"
    assert client.post(f"/marks/{second['id']}/accept", headers=bureau).status_code == 409
    assert client.post(f"/marks/{second['id']}/withdraw", headers=ent01).status_code == 409
    by_bureau = client.post("/marks", json=body(start - dt.timedelta(days=9)), headers=bureau).json()
    assert by_bureau["state"] == "in_force"
    waiting = client.get("/marks", params={"state": "waiting"}, headers=ent01).json()["items"]
    assert waiting == []


def test_a_mark_of_an_outlet_covers_its_points(
    client: httpx.Client, park: Connection, outlet: str, ent01: Headers, start: dt.datetime
) -> None:
    put_readings(park, "ENT01/V01", start, [10.0] * 60)
    mark = client.post("/marks", json=body(start, point=None, outlet=outlet), headers=ent01).json()
    assert (mark["outlet"], mark["point"], mark["state"]) == ("DA001", None, "in_force")
    drain(park, dt.datetime.now(dt.UTC), timezone=ZONE)
    assert hour(client, ent01, start) == {"n": 60, "n_valid": 0, "mean": None, "valid": False}
    listed = client.get("/marks", params={"address": "ENT01/V01"}, headers=ent01).json()["items"]
    assert [item["id"] for item in listed] == [mark["id"]]
    overlap = client.post("/marks", json=body(start), headers=ent01).json()
    assert overlap["waits_for"] == "overlap"


def test_marks_are_ones_own(
    client: httpx.Client, outlet: str, ent01: Headers, token: Callable[..., Headers], start: dt.datetime
) -> None:
    mark = client.post("/marks", json=body(start), headers=ent01).json()
    other = token("enterprise", "ENT02")
    assert client.get(f"/marks/{mark['id']}", headers=other).status_code == 404
    assert client.get("/marks", headers=other).json()["items"] == []
    assert client.post("/marks", json=body(start), headers=other).status_code == 404
    assert client.post("/marks", json=body(start, point=None, outlet=outlet), headers=other).status_code == 404
    assert client.post(f"/marks/{mark['id']}/withdraw", headers=other).status_code == 404
    assert client.post("/marks", json=body(start), headers=token("energy")).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"to": "2020-01-01T00:00:00Z"}, "to"), ({"point": None}, "point"), ({"outlet": "ENT01/DA001"}, "point"),
     ({"kind": "holiday"}, "kind"), ({"reason": " "}, "reason"), ({"from": "yesterday"}, "from")],
)  # fmt: skip
def test_a_wrong_mark_names_its_field(
    client: httpx.Client, ent01: Headers, start: dt.datetime, wrong: dict[str, object], field: str
) -> None:
    answer = client.post("/marks", json=body(start) | wrong, headers=ent01)
    assert answer.status_code == 422
    assert field in str(answer.json())


def test_marks_come_by_page(client: httpx.Client, ent01: Headers, start: dt.datetime) -> None:
    ids = [client.post("/marks", json=body(start + i * HOUR), headers=ent01).json()["id"] for i in range(3)]
    first = client.get("/marks", params={"limit": 2}, headers=ent01).json()
    rest = client.get("/marks", params={"limit": 2, "cursor": first["next"]}, headers=ent01).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == ids
    assert rest["next"] is None


def test_the_logbook_of_an_outlet(
    client: httpx.Client, park: Connection, outlet: str, ent01: Headers, start: dt.datetime
) -> None:
    entry = {
        "outlet": outlet, "kind": "calibration", "from": start.isoformat(), "to": (start + HOUR / 4).isoformat(),
        "quantity": "a24088", "reference": 80.0, "before": 83.1, "after": 80.2, "unit": "mg/m3", "passed": True,
        "note": "span", "author": "李四", "mark": True,
    }  # fmt: skip
    written = client.post("/logbook", json=entry, headers=ent01)
    assert written.status_code == 201
    (listed,) = client.get("/logbook", params={"outlet": outlet}, headers=ent01).json()["items"]
    told = {name: listed[name] for name in ("outlet", "reference", "before", "after", "passed", "author", "mark_id")}
    assert told == {"outlet": outlet, "reference": 80.0, "before": 83.1, "after": 80.2, "passed": True,
                    "author": "李四", "mark_id": written.json()["mark_id"]}  # fmt: skip
    mark = client.get(f"/marks/{listed['mark_id']}", headers=ent01).json()
    assert (mark["kind"], mark["outlet"]) == ("calibration", "DA001")
    assert client.post("/logbook", json=entry | {"outlet": "ENT02/DA001"}, headers=ent01).status_code == 404


def test_the_transmission_effective_rate(
    client: httpx.Client, park: Connection, outlet: str, admin: Headers, ent01: Headers
) -> None:
    """Ten hours of a past month: eight came, seven count, and one stood still."""
    first = dt.datetime(2026, 9, 30, 14, tzinfo=dt.UTC)  # two hours before the month ends in Shanghai
    begin = first - 8 * HOUR
    point = point_id(park, "ENT01/V01")
    for i in range(8):
        park.execute(
            "INSERT INTO hourly_facts (point_id, hour, n, n_valid, covered_s, valid) VALUES (%s, %s, 60, 60, 3600, %s)",
            [point, begin + i * HOUR, i != 3],
        )
    park.execute("UPDATE points SET retired_at = '2026-09-30T16:00Z' WHERE id = %s", [point])
    made = client.post("/marks", json=body(first, 60, kind="standstill"), headers=admin)
    assert made.json()["state"] == "in_force"
    answer = client.get("/enterprises/ENT01/transmission", params={"month": "2026-09"}, headers=ent01).json()
    (shown,) = answer["outlets"]
    told = {"elapsed_hours": 10, "standstill_hours": 1, "due_hours": 9, "transmitted_hours": 8, "valid_hours": 7}
    assert {name: shown[name] for name in told} == told
    assert answer["transmission_effective_rate"] == pytest.approx(7 / 9)
    assert (answer["formula"], shown["outlet"], shown["points"][0]["point"]) == (FORMULA, "DA001", "ENT01/V01")
    assert client.get("/enterprises/ENT02/transmission", headers=ent01).status_code == 404
    wrong = client.get("/enterprises/ENT01/transmission", params={"month": "2026"}, headers=ent01)
    assert wrong.status_code == 422
