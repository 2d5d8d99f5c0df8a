"""Source tracing by API: the bureau sees all outlets, an enterprise itself, the public directions only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import httpx
import pytest
from psycopg.types.json import Jsonb

from storage.connect import Connection
from tests.api.park import T0, point_id, put_readings
from tests.api.test_lists import put_alert

Headers = dict[str, str]
HOUR = dt.timedelta(hours=1)
POINTS = """
INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, longitude, latitude)
SELECT e.id, v.code, v.code, 'air', v.quantity, 'gauge', v.unit, v.role, 60, v.longitude, v.latitude
FROM (VALUES ('ENT01', 'F01', 'a24088', 'mg/m3', 'fence', 106.82, 39.68),
             ('ENT02', 'A01', 'a01007', 'm/s', 'weather', 106.82, 39.69),
             ('ENT02', 'A02', 'a01008', 'deg', 'weather', NULL, NULL)
     ) v (enterprise, code, quantity, unit, role, longitude, latitude)
JOIN enterprises e ON e.code = v.enterprise
"""
PLACES = """
UPDATE points p SET longitude = 106.82, latitude = v.latitude
FROM enterprises e, (VALUES ('ENT01', 39.6755), ('ENT02', 39.689)) v (code, latitude)
WHERE e.id = p.enterprise_id AND v.code = e.code AND p.role = 'stack'
"""


@pytest.fixture
def fence(park: Connection) -> int:
    """An hour over the limit at ENT01's fence in a north wind: ENT02's outlet is a kilometre north, ENT01's south."""
    park.execute(POINTS)
    park.execute(PLACES)
    put_readings(park, "ENT02/A01", T0, [3.0] * 60)
    put_readings(park, "ENT02/A02", T0, [350.0, 10.0] * 30)
    for address, then in (("ENT02/V01", 40.0), ("ENT01/F01", 4.5)):
        for hour, mean in [(T0 - n * HOUR, 10.0) for n in range(1, 49)] + [(T0, then)]:
            park.execute(
                "INSERT INTO hourly_facts (point_id, hour, n, n_valid, mean, covered_s, valid)"
                " VALUES (%s, %s, 60, 60, %s, 3600, true)",
                [point_id(park, address), hour, mean],
            )
    alert = put_alert(park, "ENT01/F01", at=T0 + HOUR)
    evidence = {"peak": {"ts": (T0 + HOUR).isoformat(), "value": 4.5}}
    park.execute("UPDATE alerts SET evidence = %s WHERE id = %s", [Jsonb(evidence), alert])
    return alert


def test_the_bureau_sees_what_lies_upwind_and_why(
    client: httpx.Client, fence: int, token: Callable[..., Headers]
) -> None:
    told = client.get(f"/alerts/{fence}/sources", headers=token("environment")).json()
    assert (told["answer"], told["words"]) == ("traced", "上风向可能方位,非责任认定")
    assert (told["from"], told["coverage"]) == ("2026-10-05T00:00:00+08:00", 1.0)
    assert told["wind"]["direction_deg"] % 360 == pytest.approx(0, abs=1e-6) or told["wind"]["direction_deg"] > 359.9
    assert (told["wind"]["sector"], told["upwind"]["sectors"]) == ("N", ["N", "NNE", "NNW"])
    first, second = told["sources"]
    assert (first["rank"], first["enterprise"], first["outlet"]) == (1, "ENT02", "V01")
    assert first["emission"] == "above_usual"
    assert first["distance_m"] == pytest.approx(1000.8, abs=0.5)
    assert first["ratio"] == pytest.approx(3.722, abs=0.01), "333 s before the hour, the air left in the hour before"
    assert "位于上风向扇区内,与来风方向相差 0°" in first["reasons"]
    assert (second["enterprise"], second["upwind"], second["rank"], second["score"]) == ("ENT01", False, None, 0.0)
    assert [e["enterprise"] for e in told["enterprises"]] == ["ENT02"]


def test_others_see_less(client: httpx.Client, fence: int, token: Callable[..., Headers], ent01: Headers) -> None:
    mine = client.get(f"/alerts/{fence}/sources", headers=ent01).json()
    assert [s["enterprise"] for s in mine["sources"]] == ["ENT01"]
    assert (mine["wind"]["sector"], mine["enterprises"]) == ("N", []), "a neighbour's mast, no neighbour"
    public = client.get(f"/alerts/{fence}/sources", headers=token("wall"))
    assert (public.json()["sources"], public.json()["upwind"]["sectors"]) == ([], ["N", "NNE", "NNW"])
    assert "ENT0" not in public.text
    assert client.get(f"/alerts/{fence}/sources", headers=token("enterprise", "ENT02")).status_code == 404


def test_what_cannot_be_told(
    client: httpx.Client, park: Connection, fence: int, admin: Headers, token: Callable[..., Headers]
) -> None:
    park.execute("UPDATE readings SET value = value - 90 WHERE value > 300")
    park.execute("UPDATE readings SET value = 260 WHERE value = 10")
    empty = client.get(f"/alerts/{fence}/sources", headers=admin).json()
    assert (empty["answer"], empty["enterprises"]) == ("traced", [])
    assert empty["words"].endswith("扇区内无已登记排口")
    assert "扇区内" not in client.get(f"/alerts/{fence}/sources", headers=token("wall")).json()["words"]
    park.execute("UPDATE readings SET value = 0.3 WHERE value = 3.0")
    told = client.get(f"/alerts/{fence}/sources", headers=admin).json()
    assert (told["answer"], told["sources"], told["upwind"]) == ("calm", [], None)
    park.execute("UPDATE readings SET flag = 'D' WHERE value = 0.3")
    assert client.get(f"/alerts/{fence}/sources", headers=admin).json()["answer"] == "no_wind"
    stack = put_alert(park)
    assert client.get(f"/alerts/{stack}/sources", headers=admin).status_code == 422
    assert client.get(f"/alerts/{stack}/sources", headers=token("energy")).status_code == 403


def test_a_wind_rose_with_what_was_measured(client: httpx.Client, fence: int, ent01: Headers) -> None:
    span = {"point": "ENT01/F01", "from": "2026-10-04T23:00:00+08:00", "to": "2026-10-05T03:00:00+08:00"}
    told = client.get("/wind-rose", params=span, headers=ent01).json()
    (petal,) = told["items"]
    assert (told["hours"], told["calm_hours"], told["unit"]) == (1, 0, "mg/m3")
    assert (petal["sector"], petal["from_m_s"], petal["to_m_s"]) == ("N", 2.0, 4.0)
    assert (petal["share"], petal["mean"]) == (1.0, 4.5)
    assert client.get("/wind-rose", params=span | {"to": "2027-01-01T00:00:00Z"}, headers=ent01).status_code == 422
    assert client.get("/wind-rose", params=span | {"point": "ENT02/V01"}, headers=ent01).status_code == 404
