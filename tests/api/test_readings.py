"""Raw reads are complete, steps are right, ranges are half open, formats agree."""

from __future__ import annotations

import csv
import datetime as dt
import io

import httpx
import pyarrow.parquet as pq
import pytest

from storage.connect import Connection
from tests.api.park import T0, put_readings

Headers = dict[str, str]
HOUR = dt.timedelta(hours=1)


def get(client: httpx.Client, headers: Headers, **query: object) -> httpx.Response:
    renamed = {"from" if name == "since" else name: str(value) for name, value in query.items()}
    return client.get("/readings", params=renamed, headers=headers)


def test_raw_pages_are_complete(client: httpx.Client, park: Connection, admin: Headers) -> None:
    values = [float(i) for i in range(2500)]
    put_readings(park, "ENT01/V01", T0, values, every_s=1)
    seen: list[dict[str, object]] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(
            client,
            admin,
            point="ENT01/V01",
            since=T0.isoformat(),
            to=(T0 + HOUR).isoformat(),
            limit=700,
            max_points=10,
            **cursor,
        ).json()
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [item["value"] for item in seen] == values
    assert seen[0] == {"ts": "2026-10-05T00:00:00+08:00", "value": 0.0, "flag": "N"}


def test_ranges_are_half_open(client: httpx.Client, park: Connection, admin: Headers) -> None:
    put_readings(park, "ENT01/V01", T0, [1, 2, 3, 4])
    since, to = T0 + dt.timedelta(minutes=1), T0 + dt.timedelta(minutes=3)
    page = get(client, admin, point="ENT01/V01", since=since.isoformat(), to=to.isoformat()).json()
    assert [item["value"] for item in page["items"]] == [2, 3]
    assert get(client, admin, point="ENT01/V01", since=to.isoformat(), to=to.isoformat()).json()["items"] == []
    blank = get(client, admin, point="ENT01/V01", since="2026-10-05T00:01:00 08:00", to=to.isoformat()).json()
    assert blank == page, "an unescaped + is understood"


def test_steps(client: httpx.Client, park: Connection, admin: Headers) -> None:
    put_readings(park, "ENT01/V01", T0, [1, 2, 3, 100], every_s=20)  # three in the first minute, one in the next
    park.execute("UPDATE readings SET flag = 'C' WHERE value = 2")
    query = {"point": "ENT01/V01", "since": T0.isoformat(), "to": (T0 + HOUR).isoformat()}
    hour = get(client, admin, **query, step="1h").json()
    expected = {"mean": 51.0, "min": 1.0, "max": 100.0, "n": 4, "n_valid": 3}
    assert hour == {"items": [{"ts": "2026-10-05T00:00:00+08:00", **expected}], "next": None}
    minutes = get(client, admin, **query, step="1m", max_points=1).json()
    assert [item["mean"] for item in minutes["items"]] == [2.0]
    rest = get(client, admin, **query, step="1m", max_points=1, cursor=minutes["next"]).json()
    assert [item["mean"] for item in rest["items"]] == [100.0]
    assert rest["next"] is None


def test_amounts_belong_to_the_step_they_end(client: httpx.Client, park: Connection, admin: Headers) -> None:
    put_readings(park, "ENT01/S01", T0, [5.0] * 9, every_s=900)  # 0:00 to 2:00, the first ends the day before
    query = {"point": "ENT01/S01", "since": T0.isoformat(), "to": (T0 + 2 * HOUR).isoformat(), "step": "1h"}
    assert [item["n"] for item in get(client, admin, **query).json()["items"]] == [4, 4]
    day = get(client, admin, **query | {"step": "1d"}).json()["items"]
    assert [(item["ts"], item["n"]) for item in day] == [("2026-10-05T00:00:00+08:00", 8)]


@pytest.mark.parametrize(("hours", "most", "count"), [(1, 60, 60), (1, 10, 4), (1, 3, 1)])
def test_auto_keeps_to_max_points(
    client: httpx.Client, park: Connection, admin: Headers, hours: int, most: int, count: int
) -> None:
    put_readings(park, "ENT01/V01", T0, [1.0] * 60)
    query = {"point": "ENT01/V01", "since": T0.isoformat(), "to": (T0 + hours * HOUR).isoformat()}
    page = get(client, admin, **query, step="auto", max_points=most).json()
    assert len(page["items"]) == count
    assert page["next"] is None


def test_formats_agree(client: httpx.Client, park: Connection, admin: Headers) -> None:
    put_readings(park, "ENT01/V01", T0, [1.5, 2.5, 3.5])
    query = {"point": "ENT01/V01", "from": T0.isoformat(), "to": (T0 + HOUR).isoformat(), "limit": "2"}
    as_csv = client.get("/readings", params=query, headers=admin | {"Accept": "text/csv"})
    assert as_csv.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [(row["value"], row["flag"]) for row in rows] == [("1.5", "N"), ("2.5", "N")]
    parquet = admin | {"Accept": "application/vnd.apache.parquet"}
    query["cursor"] = as_csv.headers["X-Next-Cursor"]
    table = pq.read_table(io.BytesIO(client.get("/readings", params=query, headers=parquet).content))
    assert table.column("value").to_pylist() == [3.5]
    assert client.get("/readings", params=query, headers=admin | {"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-10-05T00:00:00"},
        {"since": "yesterday"},
        {"since": "2026-10-06T00:00:00Z", "to": "2026-10-05T00:00:00Z"},
        {"step": "7m"},
        {"limit": "0"},
        {"cursor": "nonsense"},
        {"cursor": "WzFd"},
        {"max_points": "-1"},
    ],
)
def test_invalid_is_a_problem(client: httpx.Client, admin: Headers, query: dict[str, str]) -> None:
    response = get(client, admin, point="ENT01/V01", **query)
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == 422
    assert body["errors"]
    assert body["detail"]
    assert body["instance"] == "/api/v1/readings"


def test_an_export_is_one_file_of_what_the_caller_sees(
    client: httpx.Client, park: Connection, admin: Headers, ent01: Headers
) -> None:
    put_readings(park, "ENT01/V01", T0, [1, 2, 3])
    put_readings(park, "ENT02/V01", T0, [9])
    query = {"from": T0.isoformat(), "to": (T0 + HOUR).isoformat()}
    everything = client.get("/exports", params=query, headers=admin)
    own = client.get("/exports", params=query, headers=ent01)
    assert everything.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert pq.read_table(io.BytesIO(everything.content)).num_rows == 4
    assert pq.read_table(io.BytesIO(own.content))["value"].to_pylist() == [1, 2, 3]
    long = client.get("/exports", params=query | {"to": (T0 + 800 * HOUR).isoformat()}, headers=admin)
    assert (long.status_code, "at most 31 days" in long.text) == (422, True)
