"""An enterprise reads its own digest, and nobody else's."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import httpx
import pytest

from storage.connect import Connection
from tests.api.park import T0, point_id, put_readings

Headers = dict[str, str]
HOUR = dt.timedelta(hours=1)
PATH = "/enterprises/ENT01/digest"


@pytest.fixture
def outlet(park: Connection) -> Connection:
    """A day of ENT01 with two valid hours and one that never came; another of ENT02 that is nobody's business."""
    park.execute("UPDATE points SET outlet = 'DA001' WHERE role = 'stack'")
    for address in ("ENT01/V01", "ENT02/V01"):
        put_readings(park, address, T0, [1.0] * 120)
        for n in range(2):
            park.execute(
                "INSERT INTO hourly_facts (point_id, hour, n, n_valid, covered_s, valid)"
                " VALUES (%s, %s, 60, 60, 3600, true)",
                [point_id(park, address), T0 + n * HOUR],
            )
    for enterprise, refused in (("ENT01", 3), ("ENT02", 9)):
        park.execute("INSERT INTO ledger_reasons VALUES (%s, '2026-10-05', 'bad_crc', %s)", [enterprise, refused])
    return park


def test_an_enterprise_reads_its_day(client: httpx.Client, outlet: Connection, ent01: Headers) -> None:
    body = client.get(PATH, params={"day": "2026-10-05"}, headers=ent01).json()
    assert (body["enterprise"], body["date"], body["quiet"]) == ("ENT01", "2026-10-05", False)
    assert (body["day"]["due_hours"], body["day"]["valid_hours"], body["day"]["rejected"]) == (24, 2, 3)
    assert body["unmarked_hours"] == {"ENT01/V01": 22}
    (gap,) = body["gaps"]["longest"]
    assert (gap["point"], gap["from_ts"], gap["to_ts"]) == (
        "ENT01/V01", "2026-10-05T01:59:00+08:00", "2026-10-06T00:00:00+08:00",
    )  # fmt: skip
    closing = [window["closes_at"] for window in body["windows"]]
    assert closing == ["2026-10-06T12:00:00+08:00", "2026-11-06T00:00:00+08:00"]
    assert "拒收读数 3 条:bad_crc 3 条" in body["text"]
    assert "ENT02" not in str(body)


def test_the_operator_reads_any_and_yesterday_is_the_day_unless_said(
    client: httpx.Client, outlet: Connection, admin: Headers
) -> None:
    body = client.get("/enterprises/ENT02/digest", headers=admin).json()
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    assert (body["enterprise"], body["date"]) == ("ENT02", str(today - dt.timedelta(days=1)))


def test_another_enterprise_is_not_found_and_a_day_to_come_is_refused(client: httpx.Client, ent01: Headers) -> None:
    tomorrow = str(dt.date.today() + dt.timedelta(days=2))  # noqa: DTZ011
    assert client.get("/enterprises/ENT02/digest", params={"day": "nonsense"}, headers=ent01).status_code == 404
    for wrong in ("nonsense", tomorrow, "1969-12-31"):
        assert client.get(PATH, params={"day": wrong}, headers=ent01).status_code == 422
