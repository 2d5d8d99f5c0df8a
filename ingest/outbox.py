"""Alert changes to third systems over MQTT: published by ingest, which owns the session, at least once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson

from ingest.consumer import Consumer
from storage.connect import Connection
from storage.outbox import claim_messages, finish_messages, release_messages

CHANNEL = "mqtt"
_LEASE = dt.timedelta(seconds=30)
_PATIENCE_S = 5.0


def topic_of(prefix: str, payload: Mapping[str, Any]) -> str:
    """Where a change goes; an alert of a park, an industry or the city has ``-`` for what it is not of."""
    return f"{prefix}/alerts/{payload['park'] or '-'}/{payload['enterprise'] or '-'}"


def publish_outbox(connection: Connection, consumer: Consumer, prefix: str, now: dt.datetime) -> int:
    """Publish what is due to ``{prefix}/alerts/{park}/{enterprise}``; how many the broker has taken."""
    if not consumer.connected.is_set():
        return 0
    messages = claim_messages(connection, CHANNEL, now, now + _LEASE, 200)
    sent = [consumer.publish(topic_of(prefix, m.payload), orjson.dumps(m.payload)) for m in messages]
    for information in sent:
        information.wait_for_publish(_PATIENCE_S)
    taken = [m.id for m, information in zip(messages, sent, strict=True) if information.is_published()]
    finish_messages(connection, taken, now)
    release_messages(connection, [m.id for m in messages if m.id not in set(taken)], now + _LEASE)
    return len(taken)
