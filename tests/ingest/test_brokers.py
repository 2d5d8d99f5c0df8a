"""What must hold with every broker and protocol: mosquitto over MQTT 5 and 3.1.1, and the pip broker over 3.1.1."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parkwatch.broker import Broker, Choice, embedded_broker
from parkwatch.mosquitto import find_mosquitto
from storage.connect import Connection
from storage.registry import apply_registry
from tests.ingest.senders import REGISTRY, part, serving, stamp, wait_for
from tests.ingest.test_service import Talker


@pytest.fixture(params=["mosquitto", "mosquitto?version=3.1.1", "iotcore"])
def speaking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Broker, str]]:
    """A broker with the URL by which ingest speaks to it."""
    kind, _, version = request.param.partition("?")
    if kind == "mosquitto" and find_mosquitto() is None:
        pytest.skip("needs mosquitto: apt install mosquitto")
    started = embedded_broker(tmp_path / "broker", Choice(kind))
    started.start()
    plain = started.ingest_url.partition("?")[0]
    yield started, f"{plain}?{version}" if version else started.ingest_url
    started.stop()


def reading(age_s: int, value: float) -> bytes:
    ts_ms = int(time.time() * 1000) - 1000 * age_s
    return json.dumps({"id": f"{value}", "data": [{"ts": ts_ms, "values": {"V01": value}}]}).encode()


def ready(connection: Connection, client_id: str) -> None:
    query = "SELECT FROM heartbeats WHERE well AND part = %s"
    wait_for(lambda: connection.execute(query, [client_id]).fetchone() is not None)


def test_what_a_broker_retains_is_stored_when_it_is_sent_and_never_again(
    speaking: tuple[Broker, str], database_url: str, connection: Connection
) -> None:
    broker, url = speaking
    apply_registry(connection, REGISTRY)
    with serving(database_url, url, client_id="parkwatch-ingest-0"):
        ready(connection, "parkwatch-ingest-0")
        talker = Talker(broker)
        talker.client.publish(f"{talker.topic}/telemetry", reading(60, 1.0), qos=1, retain=True)
        assert talker.receipts.get(timeout=20)["stored"] == 1
    connection.execute("DELETE FROM ingest_shares")  # as if the first had never been: the next reads all
    connection.execute("DELETE FROM ingestors")
    for start in (1, 2):  # the second time its subscription exists
        connection.execute("DELETE FROM heartbeats")
        connection.execute("UPDATE ingest_shares SET ingestor = 'parkwatch-ingest-1'")
        with serving(database_url, url, client_id="parkwatch-ingest-1"):
            ready(connection, "parkwatch-ingest-1")
            assert talker.send(reading(60, 1.0 + start))["stored"] == 1
    talker.close()
    books = connection.execute("SELECT received, stored, duplicate, corrected FROM ledger").fetchall()
    assert books == [(3, 3, 0, 0)]


def test_a_held_part_holds_its_message_back_and_no_other(
    speaking: tuple[Broker, str], database_url: str, connection: Connection
) -> None:
    broker, url = speaking
    apply_registry(connection, REGISTRY)
    one, two = part(f"DataTime={stamp()};a24088-Rtd=12", 1, 2), part(".6,a24088-Flag=N", 2, 2)
    with serving(database_url, url):
        ready(connection, "parkwatch-ingest-0")
        talker = Talker(broker)
        talker.client.publish(f"{talker.topic}/hj212", one, qos=1)
        for i in range(20):
            assert talker.send(reading(100 + i, float(i)))["stored"] == 1
        assert connection.execute("SELECT count(*) FROM receipts").fetchone() == (20,)
    connection.execute("DELETE FROM heartbeats")
    with serving(database_url, url):  # the part was not acknowledged: it comes again
        ready(connection, "parkwatch-ingest-0")
        talker.client.publish(f"{talker.topic}/hj212", two, qos=1)
        told: dict[str, int] = {}
        while not {hashlib.sha256(one).hexdigest(), hashlib.sha256(two).hexdigest()} <= set(told):
            receipt = talker.receipts.get(timeout=40)
            told[receipt["sha256"]] = receipt["stored"]
        talker.close()
    assert (told[hashlib.sha256(one).hexdigest()], told[hashlib.sha256(two).hexdigest()]) == (0, 1)
    values = connection.execute("SELECT value FROM readings WHERE value = 12.6").fetchall()
    assert values == [(12.6,)]
    books = connection.execute("SELECT stored, corrected FROM ledger").fetchall()
    assert books == [(21, 0)]


def test_what_came_while_ingest_was_away_is_answered_however_much_it_is(
    speaking: tuple[Broker, str], database_url: str, connection: Connection
) -> None:
    broker, url = speaking
    apply_registry(connection, REGISTRY)
    with serving(database_url, url):
        ready(connection, "parkwatch-ingest-0")
        talker = Talker(broker)
        assert talker.send(reading(400, 1.0))["stored"] == 1
    for i in range(350):  # the pip broker hands out a hundred before it wants one acknowledged
        talker.client.publish(f"{talker.topic}/telemetry", reading(i, float(i)), qos=1)
    with serving(database_url, url):
        told = [talker.receipts.get(timeout=40) for _ in range(350)]
        talker.close()
    assert {receipt["id"] for receipt in told} == {f"{float(i)}" for i in range(350)}
    assert connection.execute("SELECT stored, duplicate FROM ledger").fetchall() == [(351, 0)]
