"""Gateways, live park and backfill over a real broker, with a receiver that answers receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from parkwatch.broker import Broker
from parkwatch.logins import Gateway as Sender
from simulators.backfill import run_backfill
from simulators.gateway import Gateway
from simulators.live import run_live
from simulators.park import Park
from simulators.plants import PLANTS
from simulators.streams import LOCAL, minute_of
from simulators.telemetry import Message, messages

PATIENCE_S = 60.0


@dataclass
class Receiver:
    """Answers every message; ``deaf`` many it drops without an answer."""

    deaf: int = 0
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def receive(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        with self.changed:
            if self.deaf:
                self.deaf -= 1
                return
            body = orjson.loads(message.payload)
            count = sum(len(entry["values"]) for entry in body["data"])
            self.seen.append((message.topic, body))
            receipt = {"id": body["id"], "received": count, "stored": count, "duplicate": 0, "corrected": 0}
            client.publish(
                message.topic.replace("telemetry", "receipts"), orjson.dumps(receipt | {"rejected": []}), qos=1
            )
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= count, PATIENCE_S), f"only {len(self.seen)} messages"

    def readings(self) -> dict[tuple[str, str, int], Any]:
        """Everything seen: (enterprise, point, stamp) to the value as it was sent."""
        with self.changed:
            return {
                (topic.split("/")[2], code, entry["ts"]): value
                for topic, body in self.seen
                for entry in body["data"]
                for code, value in entry["values"].items()
            }


def _subscribe(client: Client, *_: object) -> None:
    client.subscribe("pw/v1/+/+/telemetry", qos=1)


@pytest.fixture
def receiver(broker: Broker) -> Iterator[Receiver]:
    ingest, ready = Receiver(), Event()
    parts = urlsplit(broker.ingest_url)
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(unquote(parts.username or ""), unquote(parts.password or ""))
    client.on_connect = _subscribe
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = ingest.receive
    own = urlsplit(broker.url)  # the 3.1.1 listener, which takes the internal login too
    client.connect(own.hostname or "", own.port or 1883)
    client.loop_start()
    assert ready.wait(PATIENCE_S)
    yield ingest
    client.disconnect()
    client.loop_stop()


def message(identifier: str) -> Message:
    return Message(identifier, orjson.dumps({"id": identifier, "data": [{"ts": 1, "values": {"E01": 1.0}}]}), 1)


def login(broker: Broker, enterprise: str = "ENT01", code: str = "energy") -> tuple[str, str]:
    made = broker.issue(Sender(enterprise, code))
    return made.username, made.password


def test_a_message_is_kept_until_its_receipt(broker: Broker, receiver: Receiver) -> None:
    receiver.deaf = 1
    gateway = Gateway(broker.url, "ENT01", "energy", login(broker), window=4, resend_after_s=0.2)
    with closing(gateway):
        for i in range(20):
            assert gateway.send(message(f"m{i}"), Event())
        assert gateway.drain(Event())
    assert gateway.totals.stored == gateway.totals.sent == 20
    assert gateway.totals.resent >= 1
    assert {body["id"] for _, body in receiver.seen} == {f"m{i}" for i in range(20)}


def test_without_receipts_the_brokers_word_is_enough(broker: Broker, receiver: Receiver) -> None:
    gateway = Gateway(broker.url, "ENT01", "energy", login(broker), window=2, receipts=False)
    with closing(gateway):
        for i in range(10):
            assert gateway.send(message(f"m{i}"), Event())
        assert gateway.drain(Event())
        receiver.wait_for(10)
    assert gateway.totals.stored == 0


def test_a_gateway_without_a_broker_ends_when_asked() -> None:
    stop = Event()
    stop.set()
    with closing(Gateway("mqtt://127.0.0.1:9", "ENT01", "energy", ("a", "b"))) as gateway:
        assert not gateway.has_room()
        assert not gateway.send(message("m"), stop)
        assert gateway.drain(stop)


def test_a_live_park_without_a_broker_ends_when_asked() -> None:
    stop = Event()
    park = Park(7, dt.date(2026, 10, 1))
    live = Thread(target=run_live, args=("mqtt://127.0.0.1:9", lambda *_: ("a", "b"), park, stop))
    live.start()
    stop.set()
    live.join(PATIENCE_S)
    assert not live.is_alive()


def test_what_is_outstanding_survives_a_restart_of_the_broker(broker: Broker, receiver: Receiver) -> None:
    receiver.deaf = 3
    with closing(Gateway(broker.url, "ENT01", "energy", login(broker), window=8, resend_after_s=1.0)) as gateway:
        for i in range(3):
            gateway.send(message(f"m{i}"), Event())
        broker.stop()
        broker.start()
        sending = Thread(target=lambda: gateway.send(message("after"), Event()) and gateway.drain(Event()))
        sending.start()
        sending.join(PATIENCE_S)
        assert gateway.outstanding == 0, gateway.trouble
    assert gateway.totals.stored == 4


def test_live_goes_on_where_the_backfill_ended(broker: Broker, receiver: Receiver, monkeypatch: Any) -> None:
    """Together they send what the model says, with no minute missing and none with two values."""
    monkeypatch.setattr("simulators.live.is_offline", lambda *_: False)
    now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    until = now - dt.timedelta(minutes=6)
    park = Park(7, now.astimezone(LOCAL).date() - dt.timedelta(days=1))
    logins: dict[tuple[str, str], tuple[str, str]] = {}

    def credentials(enterprise: str, code: str) -> tuple[str, str]:
        if (enterprise, code) not in logins:
            logins[enterprise, code] = login(broker, enterprise, code)
        return logins[enterprise, code]

    sent = run_backfill(broker.url, credentials, park, until, Event(), days=1)
    assert sent.stored == sent.sent == len(receiver.readings())
    stop = Event()
    live = Thread(target=run_live, args=(broker.url, credentials, park, stop),
                  kwargs={"since": until + dt.timedelta(minutes=1)})  # fmt: skip
    before = len(receiver.seen)
    live.start()
    receiver.wait_for(before + len(PLANTS))
    stop.set()
    live.join(PATIENCE_S)
    assert not live.is_alive()
    _is_the_model(park, receiver.readings(), until)


def _is_the_model(park: Park, readings: dict[tuple[str, str, int], Any], until: dt.datetime) -> None:
    day, minute = minute_of(until)
    for plant in PLANTS:
        body = [orjson.loads(m.payload) for m in messages(park.frame(plant, "energy", day), day, "x", 0, minute + 1)]
        for entry in (entry for part in body for entry in part["data"]):
            for code, value in entry["values"].items():
                assert readings[plant.code, code, entry["ts"]] == value
    after = {ts for _, _, ts in readings if ts > until.timestamp() * 1000}
    assert min(after) == (until + dt.timedelta(minutes=1)).timestamp() * 1000
