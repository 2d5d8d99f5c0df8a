"""The stream end to end: a real broker, a real database, a gateway that waits for its receipts."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.service import IngestSettings, run
from parkwatch.broker import Broker
from parkwatch.logins import Gateway
from storage.connect import Connection
from storage.registry import apply_registry

REGISTRY = """
parks: [{code: HBW, name: 示例园区}]
enterprises:
  - code: ENT01
    park: HBW
    points:
      - {code: E01, kind: counter, unit: kWh, role: grid_import}
      - {code: V01, kind: gauge, unit: mg/m3, role: stack, quantity: a24088, range: [-5, 5000]}
"""


@contextmanager
def serving(database_url: str, mqtt_url: str) -> Iterator[None]:
    stop = threading.Event()
    settings = IngestSettings(database_url=database_url, mqtt_url=mqtt_url)
    thread = threading.Thread(target=run, args=(settings, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


class Talker:
    """A gateway by hand: sends bytes, keeps the receipts."""

    def __init__(self, broker: Broker, enterprise: str = "ENT01", gateway: str = "gw1") -> None:
        login = broker.issue(Gateway(enterprise, gateway))
        parts = urlsplit(broker.url)
        self.topic = f"pw/v1/{enterprise}/{gateway}"
        self.receipts: queue.Queue[dict[str, Any]] = queue.Queue()
        self.ready = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.username_pw_set(login.username, login.password)
        self.client.on_connect = lambda c, *_: c.subscribe(f"{self.topic}/receipts", 1) and None
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = lambda _c, _d, m: self.receipts.put(json.loads(m.payload))
        assert parts.hostname
        assert parts.port
        self.client.connect(parts.hostname, parts.port)
        self.client.loop_start()
        assert self.ready.wait(10)

    def send(self, payload: bytes | dict[str, Any], language: str = "telemetry") -> dict[str, Any]:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.client.publish(f"{self.topic}/{language}", raw, qos=1)
        return self.receipts.get(timeout=20)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def reasons(receipt: dict[str, Any]) -> list[str]:
    return [refusal["reason"] for refusal in receipt["rejected"]]


def wait_for(condition: Callable[[], bool], patience_s: float = 30.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


@pytest.fixture
def talker(database_url: str, connection: Connection, broker: Broker) -> Iterator[Talker]:
    apply_registry(connection, REGISTRY)
    with serving(database_url, broker.ingest_url):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        talking = Talker(broker)
        yield talking
        talking.close()


def test_every_fault_gets_its_reason_is_kept_with_its_bytes_and_the_stream_goes_on(
    talker: Talker, connection: Connection
) -> None:
    now_ms = int(time.time() * 1000)
    good = {"id": "m1", "data": [{"ts": now_ms, "values": {"E01": 15230.4, "V01": {"v": 12.6, "q": "N"}}}]}
    receipt = talker.send(good)
    assert (receipt["id"], receipt["received"], receipt["stored"], receipt["rejected"]) == ("m1", 2, 2, [])
    faults: list[tuple[bytes, str]] = [
        (b"\xff\xfe not json", "malformed_payload"),
        (json.dumps({"data": [{"ts": now_ms, "values": {"V99": 1}}]}).encode(), "unknown_point"),
        (json.dumps({"data": [{"ts": "2026-11-23T10:00:00", "values": {"E01": 1}}]}).encode(), "bad_timestamp"),
        (json.dumps({"data": [{"values": {"E01": 1}}]}).encode(), "missing_timestamp"),
        (json.dumps({"data": [{"ts": now_ms, "values": {"E01": "15"}}]}).encode(), "not_a_number"),
        (b'{"data": [{"ts": %d, "values": {"E01": NaN}}]}' % now_ms, "malformed_payload"),
        (json.dumps({"data": [{"ts": now_ms, "values": {"V01": {"v": 1, "q": "Z"}}}]}).encode(), "unknown_flag"),
        (json.dumps({"data": [{"ts": now_ms, "values": {"V01": -200}}]}).encode(), "out_of_range"),
        (json.dumps({"data": [{"ts": now_ms + 600_000, "values": {"V01": 1}}]}).encode(), "in_future"),
        (b'{"pad": "' + b"x" * 1_000_000 + b'"}', "payload_too_large"),
        (b"[" * 100_000, "malformed_payload"),
    ]
    for payload, reason in faults:
        receipt = talker.send(payload)
        assert reasons(receipt) == [reason], payload[:60]
        assert (receipt["received"], receipt["stored"]) == (1, 0)
    kept = connection.execute("SELECT payload FROM rejected_payloads ORDER BY id").fetchall()
    assert [bytes(row[0]) for row in kept] == [payload for payload, _ in faults]
    assert talker.send({"id": 7, "data": []})["received"] == 0
    assert talker.send({"ts": now_ms + 1, "values": {"E01": 1}})["stored"] == 1
    books = connection.execute("SELECT received, stored, rejected FROM ledger").fetchall()
    assert books == [(len(faults) + 3, 3, len(faults))]


def test_a_registry_change_counts_from_the_next_message(talker: Talker, connection: Connection) -> None:
    now_ms = int(time.time() * 1000)
    reading = {"ts": now_ms, "values": {"V02": 1.0}}
    assert reasons(talker.send(reading)) == ["unknown_point"]
    extended = REGISTRY + "      - {code: V02, kind: gauge, unit: mg/m3, role: stack, quantity: a25002}\n"
    assert apply_registry(connection, extended) == ["point ENT01/V02: added"]
    assert apply_registry(connection, extended) == []
    assert talker.send(reading)["stored"] == 1
    assert apply_registry(connection, REGISTRY) == ["point ENT01/V02: retired"]
    late = {"ts": now_ms - 1000, "values": {"V02": 1.0}}
    assert talker.send(late)["stored"] == 1
    assert reasons(talker.send({"ts": int(time.time() * 1000) + 1000, "values": {"V02": 1.0}})) == ["retired_point"]


def test_the_database_going_away_loses_nothing(talker: Talker, connection: Connection) -> None:
    now_ms = int(time.time() * 1000)
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'parkwatch-ingest%'"
    )
    for i in range(50):
        talker.client.publish(
            f"{talker.topic}/telemetry", json.dumps({"id": str(i), "ts": now_ms - i, "values": {"E01": i}}), qos=1
        )
    told = [talker.receipts.get(timeout=30) for _ in range(50)]
    assert sum(receipt["stored"] for receipt in told) == 50
    assert connection.execute("SELECT count(*) FROM readings").fetchone() == (50,)
