"""Gateways that say of themselves that they are there, and the wills of those that are gone, over a real broker."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.decode.status import GatewayState, Status, decode_status
from ingest.languages import Entry
from ingest.messages import message_of
from ingest.words import words_of
from parkwatch.broker import Broker, Choice, embedded_broker
from parkwatch.logins import Gateway
from storage.connect import Connection
from storage.gateways import GatewayWord, note_words
from storage.registry import apply_registry
from tests.ingest.senders import REGISTRY, frame, serving, sparkplug, stamp, wait_for

TOPIC = "pw/v1/ENT01/gw1"


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (b'{"state": "online"}', Status(GatewayState.ONLINE)),
        (b'{"state":"offline","session":"a1","since":5}', Status(GatewayState.OFFLINE, "a1")),
        (b'{"state": "Offline"}', None),
        (b"offline", None),
        (b'{"state": "offline", "session": 5}', None),
        (b'{"state": "offline", "session": "a\\u0000"}', None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_a_status_is_read_strictly(payload: bytes, status: Status | None) -> None:
    assert decode_status(payload) == status


def entry(came_us: int | None, state: str = "", session: str = "") -> Entry:
    language = "status" if state else "telemetry"
    status = Status(GatewayState(state), session) if state else None
    return Entry(None, message_of(f"{TOPIC}/{language}", b""), came_us, status)


def test_a_will_counts_after_what_its_gateway_said_unless_it_is_of_another_connection() -> None:
    word = GatewayWord("ENT01", "gw1")
    said = words_of([entry(5), entry(3), entry(None), entry(7, "offline", "a")])
    assert said == [GatewayWord("ENT01", "gw1", 3, 5, "", 7, "a")]
    assert words_of([entry(1, "online", "b"), entry(2, "offline", "a")]) == [GatewayWord("ENT01", "gw1", 1, 1, "b")]
    assert words_of([entry(1, "online", "b"), entry(2, "offline")])[0].gone_us == 2
    assert words_of([entry(2, "offline", "a")]) == [
        GatewayWord(word.enterprise, word.gateway, gone_us=2, gone_session="a")
    ]
    assert words_of([entry(None, "offline")]) == []


def stored(connection: Connection) -> tuple[Any, ...] | None:
    return connection.execute(
        "SELECT (extract(epoch FROM heard_at) * 1000000)::bigint,"
        " (extract(epoch FROM gone_at) * 1000000)::bigint, session FROM gateway_words WHERE gateway = 'gw1'"
    ).fetchone()


def test_words_come_to_the_same_in_any_order_and_as_often_as_they_come(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    words = [
        GatewayWord("ENT01", "gw1", 10_000_000, 20_000_000),
        GatewayWord("ENT01", "gw1", 15_000_000, 40_000_000, "a"),
        GatewayWord("ENT01", "gw1", gone_us=50_000_000),
        GatewayWord("ENT01", "gw1", 30_000_000, 30_000_000, gone_us=45_000_000, gone_session="a"),
        GatewayWord("ENT09", "gw1", 1, 1),
    ]
    for order in itertools.permutations(words):
        connection.execute("DELETE FROM gateway_words")
        note_words(connection, words[:1])
        for word in (*order, *order):
            note_words(connection, [word])
        assert stored(connection) == (40_000_000, 50_000_000, "a")


def test_a_gateway_that_never_spoke_is_not_gone_and_an_old_connections_will_is_left_out(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    note_words(connection, [GatewayWord("ENT01", "gw1", gone_us=5)])
    assert stored(connection) is None
    note_words(connection, [GatewayWord("ENT01", "gw1", 6, 6, "b")])
    note_words(connection, [GatewayWord("ENT01", "gw1", gone_us=7, gone_session="a")])
    assert stored(connection) == (6, None, "b")
    note_words(connection, [GatewayWord("ENT01", "gw1", gone_us=8, gone_session="b")])
    assert stored(connection) == (6, 8, "b")


def test_the_first_word_after_a_pause_is_kept(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)

    def back_s() -> Any:
        row = connection.execute("SELECT extract(epoch FROM back_at) FROM gateway_words").fetchone()
        return row[0] if row else None

    told = [(1, 1, None, 1), (30, 50, None, 1), (200, 230, None, 200), (240, 240, 250, 200), (245, 246, None, 250)]
    told += [(260, 270, None, 260), (271, 272, None, 260), (265, 266, None, 260)]
    for first_s, heard_s, gone_s, expected in told:
        gone_us = None if gone_s is None else gone_s * 1_000_000
        note_words(connection, [GatewayWord("ENT01", "gw1", first_s * 1_000_000, heard_s * 1_000_000, gone_us=gone_us)])
        assert back_s() == expected


class Line:
    """A gateway with a will, whose line can be cut without a goodbye."""

    def __init__(self, broker: Broker, login: tuple[str, str], client_id: str, session: str = "") -> None:
        self._session = {"session": session} if session else {}
        self._ready = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self.client.username_pw_set(*login)
        self.client.will_set(f"{TOPIC}/status", self._status("offline"), qos=1, retain=True)
        self.client.on_connect = lambda *_: self._ready.set()
        parts = urlsplit(broker.url)
        self.client.connect(parts.hostname or "", parts.port or 0)
        self.client.loop_start()
        assert self._ready.wait(10)
        self.say(f"{TOPIC}/status", self._status("online"), retain=True)

    def _status(self, state: str) -> bytes:
        return json.dumps({"state": state, **self._session}).encode()

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def read(self, value: float = 12.5) -> None:
        told = {"ts": int(time.time() * 1000), "values": {"V01": value}}
        self.say(f"{TOPIC}/telemetry", json.dumps(told).encode())

    def cut(self) -> None:
        """As a line that is cut: the socket ends without a DISCONNECT, and nobody connects again."""
        line = self.client.socket()
        self.client.loop_stop()
        assert isinstance(line, socket.socket)
        line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def is_gone(connection: Connection) -> bool | None:
    row = connection.execute(
        "SELECT coalesce(gone_at > heard_at, false) FROM gateway_words WHERE gateway = 'gw1'"
    ).fetchone()
    return None if row is None else bool(row[0])


@pytest.fixture
def login(connection: Connection, broker: Broker) -> tuple[str, str]:
    apply_registry(connection, REGISTRY)
    made = broker.issue(Gateway("ENT01", "gw1"))
    return made.username, made.password


@contextmanager
def reading(database_url: str, connection: Connection, broker: Broker) -> Iterator[None]:
    with serving(database_url, broker.ingest_url):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        yield


def test_the_will_of_a_gateway_whose_line_is_cut_and_its_return(
    database_url: str, connection: Connection, broker: Broker, login: tuple[str, str]
) -> None:
    with reading(database_url, connection, broker):
        line = Line(broker, login, "gw1")
        line.read()
        wait_for(lambda: is_gone(connection) is False)
        line.cut()
        wait_for(lambda: is_gone(connection) is True)
        again = Line(broker, login, "gw1")
        wait_for(lambda: is_gone(connection) is False)
        again.say(f"{TOPIC}/status", b"nothing that can be read")
        again.read(13.5)
        wait_for(lambda: connection.execute("SELECT count(*) FROM readings").fetchone() == (2,))
        again.close()
    assert connection.execute("SELECT received, rejected FROM ledger").fetchall() == [(2, 0)]
    assert connection.execute("SELECT count(*) FROM receipts").fetchone() == (2,)
    assert connection.execute("SELECT kind, noted FROM decoder_notes").fetchall() == [("unreadable", 1)]
    assert connection.execute(
        "SELECT p.code, g.gateway FROM point_gateways g JOIN points p ON p.id = g.point_id"
    ).fetchall() == [("V01", "gw1")]


def test_a_will_that_a_new_connection_releases_finds_a_gateway_that_speaks(
    database_url: str, connection: Connection, broker: Broker, login: tuple[str, str]
) -> None:
    with reading(database_url, connection, broker):
        first = Line(broker, login, "gw1")
        first.client.loop_stop()  # it does not notice that it is put out
        second = Line(broker, login, "gw1")  # takes the session over: the broker publishes the will of the first
        second.read()
        wait_for(lambda: connection.execute("SELECT count(*) FROM readings").fetchone() == (1,))
        assert is_gone(connection) is False
        second.close()


def test_a_late_will_of_another_connection_is_known_by_its_session(
    database_url: str, connection: Connection, broker: Broker, login: tuple[str, str]
) -> None:
    with reading(database_url, connection, broker):
        first, second = Line(broker, login, "gw1-a", "a"), Line(broker, login, "gw1-b", "b")
        second.read()
        wait_for(lambda: is_gone(connection) is False)
        first.cut()  # as where the broker finds out after minutes that nobody is there any more
        witness = Line(broker, login, "gw1-b2", "b")
        witness.say(f"{TOPIC}/status", b"behind the will")
        wait_for(
            lambda: connection.execute("SELECT FROM decoder_notes WHERE kind = 'unreadable'").fetchone() is not None
        )
        assert connection.execute("SELECT gone_at FROM gateway_words").fetchall() == [(None,)]
        second.close()
        witness.close()


@pytest.mark.parametrize("choice", ["mosquitto", "iotcore"])
def test_what_the_broker_retains_invents_nothing_and_what_waited_comes_in_order(
    choice: str, database_url: str, connection: Connection, tmp_path: Any
) -> None:
    broker = embedded_broker(tmp_path / choice, Choice(choice))
    broker.start()
    try:
        apply_registry(connection, REGISTRY)
        made = broker.issue(Gateway("ENT01", "gw1"))
        line = Line(broker, (made.username, made.password), "gw1")
        line.say(f"{TOPIC}/status", b'{"state": "offline"}', retain=True)
        with reading(database_url, connection, broker):
            line.read()
            wait_for(lambda: is_gone(connection) is False)
        line.say(f"{TOPIC}/status", b'{"state": "offline"}', retain=True)  # while ingest is away
        with reading(database_url, connection, broker):
            wait_for(lambda: is_gone(connection) is True)
            line.read(13.5)
            wait_for(lambda: is_gone(connection) is False)
        line.close()
    finally:
        broker.stop()


def test_other_languages_are_words_of_their_gateways_and_an_edge_node_has_a_will_of_its_own(
    database_url: str, connection: Connection, broker: Broker, login: tuple[str, str]
) -> None:
    def gone() -> dict[str, bool]:
        rows = connection.execute("SELECT gateway, coalesce(gone_at > heard_at, false) FROM gateway_words").fetchall()
        return dict(rows)

    with reading(database_url, connection, broker):
        line = Line(broker, login, "gw1")
        line.say(f"{TOPIC}/hj212", frame("", cn="9015"))
        line.say("spBv1.0/ENT01/NBIRTH/edge7", sparkplug(0, [{"name": "power", "value": 1.5}], bd_seq=4))
        wait_for(lambda: gone() == {"gw1": False, "edge7": False})
        line.say("spBv1.0/ENT01/NDEATH/edge7", sparkplug(None, [], bd_seq=3))  # of an earlier connection
        line.say(f"{TOPIC}/hj212", frame(f"DataTime={stamp()};a24088-Rtd=12.6,a24088-Flag=N"))
        wait_for(lambda: connection.execute("SELECT count(*) FROM readings").fetchone() == (2,))
        assert gone() == {"gw1": False, "edge7": False}
        line.say("spBv1.0/ENT01/NDEATH/edge7", sparkplug(None, [], bd_seq=4))
        wait_for(lambda: gone() == {"gw1": False, "edge7": True})
        line.close()


def test_a_will_that_came_while_ingest_was_killed_is_taken_in_by_the_next_one(
    database_url: str, connection: Connection, broker: Broker, login: tuple[str, str], tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PARKWATCH_DATABASE_URL": database_url,
        "PARKWATCH_MQTT_URL": broker.ingest_url,
        "PARKWATCH_DATA_DIR": str(tmp_path / "data"),
    }
    process = subprocess.Popen([sys.executable, "-m", "parkwatch", "ingest"], env=environment)
    try:
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        line = Line(broker, login, "gw1", "a")
        line.read()
        wait_for(lambda: is_gone(connection) is False)
    finally:
        process.kill()
        process.wait(10)
    line.read(13.5)
    line.cut()
    with reading(database_url, connection, broker):
        wait_for(lambda: is_gone(connection) is True)
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (2,)


def test_a_broker_that_starts_again_leaves_no_gateway_for_gone(
    database_url: str, connection: Connection, broker: Broker, login: tuple[str, str]
) -> None:
    with reading(database_url, connection, broker):
        line = Line(broker, login, "gw1", "a")
        line.read()
        wait_for(lambda: connection.execute("SELECT count(*) FROM readings").fetchone() == (1,))
        broker.stop()
        broker.start()
        wait_for(line.client.is_connected)  # again, by itself
        line.read(13.5)
        wait_for(lambda: connection.execute("SELECT count(*) FROM readings").fetchone() == (2,))
        assert is_gone(connection) is False
        line.close()
