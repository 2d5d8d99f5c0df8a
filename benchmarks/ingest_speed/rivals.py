"""The plain alternatives, as a process: stock paho, and an INSERT for each row or COPY into a staging table.

``python -m benchmarks.ingest_speed.rivals executemany|staging MQTT_URL DATABASE_URL MESSAGES``. They decode and look a
point up, nothing else: no validation, no ledger, no marks, no latest values, no receipts. Acknowledged after commit.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

BATCH_ROWS = 20_000
BATCH_S = 0.25

Row = tuple[int, float, float]


class _Entry(msgspec.Struct):
    ts: int
    values: dict[str, float]


class _Message(msgspec.Struct):
    data: list[_Entry]


_decoder = msgspec.json.Decoder(_Message)

_POINTS = "SELECT e.code || '/' || p.code, p.id FROM points p JOIN enterprises e ON e.id = p.enterprise_id"
_COLUMNS = "point_id int, ts timestamptz, value float8"
_INSERT = "INSERT INTO readings (point_id, ts, value, flag, received_at) "
_STAGED = "SELECT DISTINCT ON (point_id, ts) point_id, ts, value, 'N', now() FROM staging"
_UPDATE = " ON CONFLICT (point_id, ts) DO UPDATE SET value = excluded.value"


def executemany(connection: psycopg.Connection[Any], rows: list[Row]) -> None:
    statement = _INSERT + "VALUES (%s, to_timestamp(%s), %s, 'N', now())" + _UPDATE
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def staging(connection: psycopg.Connection[Any], rows: list[Row]) -> None:
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS staging ({_COLUMNS}) ON COMMIT DELETE ROWS")
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("COPY staging FROM STDIN") as copy:
            for point, seconds, value in rows:
                copy.write_row((point, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)), value))
        cursor.execute(_INSERT + _STAGED + _UPDATE)


def consume(
    write: Callable[[psycopg.Connection[Any], list[Row]], None], mqtt_url: str, database_url: str, n: int
) -> None:
    """Take n messages into the database, then end."""
    arrivals: queue.SimpleQueue[mqtt.MQTTMessage] = queue.SimpleQueue()
    client = _client(mqtt_url, arrivals)
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as connection:
        points: dict[str, int] = dict(connection.execute(_POINTS).fetchall())
        done = 0
        while done < n:
            messages = _gather(arrivals)
            rows = [row for message in messages for row in _rows(message, points)]
            if rows:
                write(connection, rows)
            for message in messages:
                client.ack(message.mid, 1)
            done += len(messages)
    client.disconnect()
    client.loop_stop()


def _client(url: str, arrivals: queue.SimpleQueue[mqtt.MQTTMessage]) -> mqtt.Client:
    parts = urlsplit(url)
    ready = threading.Event()
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id="bench-rival", protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
    )
    client.username_pw_set(unquote(parts.username or ""), unquote(parts.password or ""))

    def subscribe(*_: object) -> None:
        client.subscribe("pw/v1/+/+/telemetry", 1)

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _c, _d, message: arrivals.put(message)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval, properties.ReceiveMaximum = 3600, 5000
    client.connect(parts.hostname or "", parts.port or 1883, clean_start=False, properties=properties)
    client.loop_start()
    assert ready.wait(10)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return client


def _gather(arrivals: queue.SimpleQueue[mqtt.MQTTMessage]) -> list[mqtt.MQTTMessage]:
    messages: list[mqtt.MQTTMessage] = []
    size, deadline = 0, time.monotonic() + BATCH_S
    while size < BATCH_ROWS * 25:  # bytes
        try:
            messages.append(arrivals.get(timeout=max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            break
        size += len(messages[-1].payload)
    return messages


def _rows(message: mqtt.MQTTMessage, points: dict[str, int]) -> list[Row]:
    enterprise = message.topic.split("/")[2]
    return [
        (points[f"{enterprise}/{code}"], entry.ts / 1000, value)
        for entry in _decoder.decode(message.payload).data
        for code, value in entry.values.items()
    ]


if __name__ == "__main__":
    consume({"executemany": executemany, "staging": staging}[sys.argv[1]], sys.argv[2], sys.argv[3], int(sys.argv[4]))
