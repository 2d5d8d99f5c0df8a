"""Alert changes to third systems over MQTT: published by ingest, which owns the session, at least once."""

from __future__ import annotations

import datetime as dt

import orjson

from ingest.consumer import Consumer
from storage.connect import Connection
from storage.outbox import claim_messages, finish_messages, release_messages

CHANNEL = "mqtt"
_LEASE = dt.timedelta(seconds=30)
_PATIENCE_S = 5.0


def publish_outbox(connection: Connection, consumer: Consumer, prefix: str, now: dt.datetime) -> int:
    """Publish what is due to ``{prefix}/alerts/{park}/{enterprise}``; how many the broker has taken."""
    if not consumer.connected.is_set():
        return 0
    messages = claim_messages(connection, CHANNEL, now, now + _LEASE, 200)
    sent = []
    for message in messages:
        topic = f"{prefix}/alerts/{message.payload['park']}/{message.payload['enterprise']}"
        sent.append(consumer.publish(topic, orjson.dumps(message.payload)))
    for information in sent:
        information.wait_for_publish(_PATIENCE_S)
    taken = [m.id for m, information in zip(messages, sent, strict=True) if information.is_published()]
    finish_messages(connection, taken, now)
    release_messages(connection, [m.id for m in messages if m.id not in set(taken)], now + _LEASE)
    return len(taken)
