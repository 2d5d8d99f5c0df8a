"""The stream: every change once, in order, to those who may see it; resumed after a break."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from storage.connect import Connection, open_connection
from tests.api.park import T0, point_id, put_readings, wait_until
from tests.api.test_lists import put_alert

Headers = dict[str, str]


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """The events of a stream, heartbeats left out."""
    event: dict[str, Any] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            event[name] = json.loads(value) if name == "data" else value
        elif not line:
            if event.get("event", "heartbeat") != "heartbeat":
                yield event
            event = {}


def test_events_and_resume(client: httpx.Client, park: Connection, admin: Headers) -> None:
    with client.stream("GET", "/live", headers=admin) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        stream = events(response)
        put_readings(park, "ENT01/V01", T0, [1.0])
        first = next(stream)
        assert first["event"] == "reading"
        body = {"point": "ENT01/V01", "ts": "2026-10-05T00:00:00+08:00", "value": 1.0, "flag": "N", "unit": "mg/m3"}
        assert first["data"] == body
        alert = put_alert(park)
        second = next(stream)
        assert (second["event"], second["data"]["id"], second["data"]["state"]) == ("alert", alert, "firing")
    park.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, covered_s, valid) "
        "SELECT id, %s, 1, 1, 60, false FROM points",
        [T0],
    )
    put_readings(park, "ENT02/V01", T0, [2.0])
    with client.stream("GET", "/live", headers=admin | {"Last-Event-ID": second["id"]}) as response:
        stream = events(response)
        missed = [next(stream) for _ in range(7)]
        assert [event["event"] for event in missed] == ["fact"] * 6 + ["reading"]
        put_readings(park, "ENT02/V01", T0 + dt.timedelta(minutes=1), [3.0])
        assert next(stream)["data"]["value"] == 3.0
    with client.stream("GET", "/live", headers=admin | {"Last-Event-ID": missed[3]["id"]}) as response:
        stream = events(response)
        rest = [next(stream) for _ in range(3)]
        assert [event["data"] for event in rest[:2]] == [event["data"] for event in missed[4:6]], (
            "in mid-transaction too"
        )
        assert rest[2]["data"]["value"] == 3.0, "the newest state, once"


def test_a_slow_transaction_delays_nobody_and_loses_nothing(
    client: httpx.Client, park: Connection, admin: Headers, database_url: str
) -> None:
    """A transaction that began first and ends last is told after its end, though its number is lower."""
    put_readings(park, "ENT01/V01", T0, [1.0])
    put_readings(park, "ENT02/V01", T0, [1.0])
    slow = open_connection(database_url)
    with client.stream("GET", "/live", headers=admin) as response:
        stream = events(response)
        update = "UPDATE latest_readings SET value = %s, changed_in = pg_current_xact_id() WHERE point_id = %s"
        with slow.transaction():
            slow.execute(update, [10.0, point_id(park, "ENT01/V01")])
            park.execute(update, [20.0, point_id(park, "ENT02/V01")])
            park.execute("NOTIFY parkwatch_live")
            told = next(stream)
            assert told["data"]["value"] == 20.0, "while the other is still at work"
            slow.execute("NOTIFY parkwatch_live")
        assert next(stream)["data"]["value"] == 10.0
    with client.stream("GET", "/live", headers=admin | {"Last-Event-ID": told["id"]}) as response:
        assert next(events(response))["data"]["value"] == 10.0, "what ended after the break is not skipped"
    slow.close()


def test_enterprise_hears_its_own(client: httpx.Client, park: Connection, ent01: Headers) -> None:
    with client.stream("GET", "/live", headers=ent01) as response:
        put_readings(park, "ENT02/V01", T0, [2.0])
        put_readings(park, "ENT01/V01", T0, [1.0])
        assert next(events(response))["data"]["point"] == "ENT01/V01"


def test_strange_ids(client: httpx.Client, admin: Headers) -> None:
    strangers = ("x", "1-2-3", "1-1-1-1", "-1-0-0-0-1:1:", "1-9-0-0-1:1:", "1-1-1-0-9:5:", "1-1-1-0-0:0:")
    for strange in (*strangers, "9" * 30 + "-1-1-0-1:1:"):
        assert client.get("/live", headers=admin | {"Last-Event-ID": strange}).status_code == 422
    with client.stream("GET", "/live", headers=admin | {"Last-Event-ID": f"{2**60}-1-1-0-1:1:"}) as response:
        assert next(events(response))["event"] == "reset"


def test_ends_with_the_client_and_with_the_token(
    server: str, client: httpx.Client, park: Connection, token: Callable[..., Headers]
) -> None:
    def clients() -> float:
        text = httpx.get(f"{server}/metrics", headers={"Authorization": "Bearer scrape-me"}).text
        return float(text.split("\nparkwatch_live_clients ")[1].split("\n")[0])

    with client.stream("GET", "/live", headers=token("wall")):
        assert clients() == 1
    wait_until(lambda: clients() == 0)
    with client.stream("GET", "/live", headers=token("wall")) as response:
        park.execute("UPDATE tokens SET revoked_at = now()")
        assert list(events(response)) == [], "the stream ends"
