"""Live data beside a resend and a backlog: ``./dev bench backlog [--receipts] [--language hj212]``.

60 enterprises with 2,000 points of minute data. Their whole day is sent, sent again in full (all duplicates), sent with
other values (all corrections), and nine earlier days of six of them arrive at once, each as fast as the broker takes
it, ten minutes a message; meanwhile each enterprise sends a live message every three seconds. Live latency is from
publishing to the receipt, which follows the commit. Ingest, broker, PostgreSQL and senders share the machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest.decode.hj212 import encode
from parkwatch.logins import Gateway, Login
from parkwatch.mosquitto import Mosquitto, find_mosquitto
from parkwatch.postgres import Postgres
from parkwatch.processes import prepare_database
from schemas.errors import Unavailable
from storage.connect import Connection, open_connection
from storage.registry import apply_registry

ENTERPRISES = 60
POINTS = 2_000
MINUTE_MS = 60_000
PER_MESSAGE = 10  # minutes
LIVE_PERIOD_S = 3.0
BACKLOG_DAYS = 9
BACKLOG_ENTERPRISES = 6
PATIENCE_S = 240.0
CHINA = dt.timezone(dt.timedelta(hours=8))


def enterprise(e: int) -> str:
    return f"ENT{e:02}"


def points(e: int) -> list[str]:
    return [f"P{i:03}" for i in range(POINTS // ENTERPRISES + (e < POINTS % ENTERPRISES))]


def registry() -> str:
    """The park as ``registry apply`` reads it."""
    same = {"kind": "gauge", "unit": "kW", "role": "submeter", "quantity": "active_power", "interval": "60s"}
    enterprises = [
        {"code": enterprise(e), "park": "B", "points": [
            {"code": p, "hj212": {"mn": mn(e), "code": p}} | same for p in points(e)]}
        for e in range(ENTERPRISES)
    ]  # fmt: skip
    return json.dumps({"parks": [{"code": "B", "name": "bench"}], "enterprises": enterprises})


def mn(e: int) -> str:
    """The logger of an enterprise."""
    return f"{e:024X}"


class Past(NamedTuple):
    """Whole days of minute data of the first enterprises; ``more``: added to each value."""

    enterprises: int
    start_ms: int
    days: int
    more: float = 0.0

    def messages(self, language: str, e: int) -> Iterator[bytes]:
        """Those of an enterprise."""
        values = {p: i + self.more for i, p in enumerate(points(e))}
        for first in range(0, self.days * 1440, PER_MESSAGE):
            minutes = range(first, first + PER_MESSAGE)
            yield payload_of(language, e, {self.start_ms + minute * MINUTE_MS: values for minute in minutes})


def payload_of(language: str, e: int, told: Mapping[int, Mapping[str, float]]) -> bytes:
    """Values by point and instant in one message: of HJ 212 a frame for each instant."""
    if language == "telemetry":
        return orjson.dumps({"data": [{"ts": at_ms, "values": values} for at_ms, values in told.items()]})
    return b"".join(encode(_segment(e, at_ms, values)) for at_ms, values in told.items())


def _segment(e: int, at_ms: int, values: Mapping[str, float]) -> bytes:
    at = dt.datetime.fromtimestamp(at_ms // 1000, CHINA).strftime("%Y%m%d%H%M%S") + f"{at_ms % 1000:03}"
    items = ";".join(f"{p}-Rtd={value},{p}-Flag=N" for p, value in values.items())
    return f"QN={at};ST=31;CN=2011;PW=123456;MN={mn(e)};Flag=4;CP=&&DataTime={at};{items}&&".encode()


class Sender:
    """A gateway's connection; a window of messages at the broker."""

    def __init__(self, broker: Mosquitto, e: int, code: str, language: str, *, receipts: bool = False) -> None:
        login: Login = broker.issue(Gateway(enterprise(e), code))
        self.topic = f"pw/v1/{enterprise(e)}/{code}"
        self.language = language
        self.sent: dict[str, float] = {}  # by the hash that the receipt names
        self.taken_s: list[tuple[float, float]] = []
        self._room = threading.Semaphore(8 if receipts else 100)
        self._receipts = receipts
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.username_pw_set(login.username, login.password)
        self.client.on_connect = lambda c, *_: c.subscribe(f"{self.topic}/receipts", 1) and None
        self.client.on_message = self._on_receipt
        if not receipts:
            self.client.on_publish = lambda *_: self._room.release()
        self.client.connect("127.0.0.1", urlsplit(broker.url).port or 0)
        self.client.loop_start()

    def send(self, payload: bytes) -> None:
        self._room.acquire(timeout=PATIENCE_S)
        self.client.publish(f"{self.topic}/{self.language}", payload, qos=1)

    def _on_receipt(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        sha256 = orjson.loads(message.payload)["sha256"]
        if sha256 in self.sent:
            at = self.sent.pop(sha256)
            self.taken_s.append((at, time.monotonic() - at))
        if self._receipts:
            self._room.release()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Live:
    """Every enterprise's present, at a steady rate, until closed."""

    def __init__(self, broker: Mosquitto, language: str) -> None:
        self._senders = [Sender(broker, e, "live", language) for e in range(ENTERPRISES)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for n in range(1_000_000):
            e = n % ENTERPRISES
            sender, now_ms = self._senders[e], time.time_ns() // 1_000_000
            payload = payload_of(sender.language, e, {now_ms: {p: float(n % 97) for p in points(e)}})
            sender.sent[hashlib.sha256(payload).hexdigest()] = time.monotonic()
            sender.client.publish(f"{sender.topic}/{sender.language}", payload, qos=1)
            if self._stop.wait(LIVE_PERIOD_S / ENTERPRISES):
                return

    def latencies(self, since: float, until: float) -> dict[str, float]:
        """Seconds from publishing to the receipt, of what was published within a span."""
        deadline = time.monotonic() + PATIENCE_S
        while any(at < until for s in self._senders for at in list(s.sent.values())) and time.monotonic() < deadline:
            time.sleep(0.05)
        taken = [took for s in self._senders for at, took in list(s.taken_s) if since <= at < until]
        shares = np.percentile(taken, [50, 99, 100]).round(3).tolist() if taken else [0.0] * 3
        return {"messages": len(taken), **dict(zip(("p50_s", "p99_s", "max_s"), shares, strict=True))}

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for sender in self._senders:
            sender.close()


@contextmanager
def ingest(folder: Path, database: str, mqtt_url: str) -> Iterator[int]:
    """The real command as a process of its own; its pid."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PARKWATCH_")}
    ours = {"PARKWATCH_DATABASE_URL": database, "PARKWATCH_MQTT_URL": mqtt_url, "PARKWATCH_DATA_DIR": str(folder)}
    with (folder / "ingest.log").open("ab") as log:
        command = [sys.executable, "-P", "-m", "parkwatch", "ingest"]
        process = subprocess.Popen(command, env=plain | ours, stderr=log)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def received(connection: Connection) -> int:
    row = connection.execute("SELECT coalesce(sum(received), 0) FROM ledger").fetchone()
    return int(row[0]) if row else 0


def flood(
    broker: Mosquitto, connection: Connection, live: Live, past: Past, given: argparse.Namespace
) -> dict[str, Any]:
    """Send the past at once; what became of it and of the live data."""
    senders = [Sender(broker, e, "gw1", given.language, receipts=given.receipts) for e in range(past.enterprises)]
    readings = sum(len(points(e)) for e in range(past.enterprises)) * 1440 * past.days
    before, begun = received(connection), time.monotonic()

    def send(e: int) -> None:
        for payload in past.messages(given.language, e):
            senders[e].send(payload)

    threads = [threading.Thread(target=send, args=(e,)) for e in range(past.enterprises)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    published_s = time.monotonic() - begun
    while (came := received(connection) - before) < readings and time.monotonic() - begun < PATIENCE_S:
        time.sleep(0.2)
    done = time.monotonic()
    for sender in senders:
        sender.close()
    return {
        "readings": readings,
        "published_s": round(published_s, 1),
        "committed_s": round(done - begun, 1),
        "readings_per_s": round(min(came, readings) / (done - begun)),
        "live": live.latencies(begun, done),
    }


def main(options: list[str]) -> int:
    """Run it and print a line of JSON for each phase."""
    parser = argparse.ArgumentParser(prog="./dev bench backlog", description=__doc__)
    parser.add_argument("--receipts", action="store_true", help="gateways keep at most 8 messages without a receipt")
    parser.add_argument("--language", choices=["telemetry", "hj212"], default="telemetry")
    parser.add_argument("--days", type=int, default=BACKLOG_DAYS)
    given = parser.parse_args(options)
    program = find_mosquitto()
    if program is None:
        raise Unavailable("mosquitto is not installed: apt install mosquitto")
    today_ms = time.time_ns() // 1_000_000 // 86_400_000 * 86_400_000
    a_day = Past(ENTERPRISES, today_ms - 86_400_000, 1)
    phases = {
        "a day": a_day,
        "the day resent": a_day,
        "the day corrected": a_day._replace(more=0.5),
        f"{given.days} days": Past(BACKLOG_ENTERPRISES, today_ms - (given.days + 1) * 86_400_000, given.days),
    }
    with tempfile.TemporaryDirectory(prefix="backlog-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(Postgres(folder / "postgres")).url
        prepare_database(url)
        connection = stack.enter_context(closing(open_connection(url)))
        apply_registry(connection, registry())
        broker = stack.enter_context(Mosquitto(folder / "mosquitto", program))
        stack.enter_context(ingest(folder, url, broker.ingest_url))
        while connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is None:
            time.sleep(0.1)
        live = stack.enter_context(closing(Live(broker, given.language)))
        time.sleep(5)
        begun = time.monotonic()
        time.sleep(15)
        print(json.dumps({"phase": "live alone", "live": live.latencies(begun, time.monotonic() - 1)}), flush=True)
        for phase, past in phases.items():
            print(json.dumps({"phase": phase, **flood(broker, connection, live, past, given)}), flush=True)
        books = connection.execute(
            "SELECT sum(received) AS received, sum(stored) AS stored, sum(duplicate) AS duplicate, "
            "sum(corrected) AS corrected, sum(rejected) AS rejected FROM ledger"
        )
        names = [column.name for column in books.description or ()]
        sums = {name: int(found) for name, found in zip(names, books.fetchone() or (), strict=True)}
        print(json.dumps({"phase": "books", **sums}))
    return 0
