"""The broker side of ingest when the broker goes away."""

from __future__ import annotations

import time
from collections.abc import Callable

from ingest.assemble import Message
from ingest.consumer import Arrival, Consumer
from parkwatch.broker import Broker


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_receipt_written_while_the_broker_is_away_is_taken_when_it_is_back(broker: Broker) -> None:
    consumer = Consumer(broker.ingest_url, client_id="test-0", prefix="pw/v1", enterprises=None)
    consumer.start()
    wait_until(consumer.connected.is_set)
    broker.stop()
    wait_until(lambda: not consumer.connected.is_set())
    message = Message("ENT01", "gw1", "pw/v1/ENT01/gw1/telemetry", "telemetry", b"[]")
    consumer.answer([(Arrival(message, packet_id=1, connection=0), b"{}")])
    assert consumer.unanswered() == 1
    broker.start()
    assert consumer.drain(30)
    consumer.stop()
