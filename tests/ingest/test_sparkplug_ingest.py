"""Sparkplug B end to end: births, aliases, a restart that needs no rebirth, deaths, faults."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.decode.sparkplug.payload import parse
from parkwatch.broker import Broker
from storage.connect import Connection
from storage.registry import apply_registry
from tests.ingest.senders import REGISTRY, serving, sparkplug, wait_for
from tests.ingest.test_service import Talker, reasons


class Edge(Talker):
    """An edge node by hand; its receipts come under its own name."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker, "ENT01", "edge7")
        self.commands: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.client.message_callback_add(
            "spBv1.0/ENT01/NCMD/edge7", lambda _c, _d, m: self.commands.put((m.topic, bytes(m.payload)))
        )
        self.ready.clear()
        self.client.subscribe("spBv1.0/ENT01/NCMD/edge7", 1)
        assert self.ready.wait(10)

    def tell(self, kind: str, payload: bytes, device: str = "") -> dict[str, Any]:
        topic = f"spBv1.0/ENT01/{kind}/edge7" + (f"/{device}" if device else "")
        self.client.publish(topic, payload, qos=0)
        return self.receipts.get(timeout=20)


@pytest.fixture
def served(database_url: str, connection: Connection, broker: Broker) -> Iterator[None]:
    apply_registry(connection, REGISTRY)
    with serving(database_url, broker.ingest_url):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        yield


@pytest.fixture
def edge(broker: Broker, connection: Connection, database_url: str) -> Iterator[Edge]:
    apply_registry(connection, REGISTRY)
    talking = Edge(broker)
    yield talking
    talking.close()


def stored(connection: Connection) -> list[tuple[str, float]]:
    return connection.execute(
        "SELECT p.code, r.value FROM readings r JOIN points p ON p.id = r.point_id ORDER BY r.ts, p.code"
    ).fetchall()


def be_born(edge: Edge) -> None:
    assert edge.tell("NBIRTH", sparkplug(0, [{"name": "power", "alias": 1, "value": 10.0}], bd_seq=4))["stored"] == 1
    birth = sparkplug(1, [{"name": "temperature", "alias": 2, "value": 20.0}])
    assert edge.tell("DBIRTH", birth, "press")["stored"] == 1


def test_births_and_aliases_become_readings(edge: Edge, served: None, connection: Connection) -> None:
    be_born(edge)
    receipt = edge.tell("DDATA", sparkplug(2, [{"alias": 2, "value": 21.0}]), "press")
    assert (receipt["id"], receipt["received"], receipt["stored"]) == (None, 1, 1)
    assert edge.tell("NDATA", sparkplug(3, [{"alias": 1, "value": 11.0}]))["stored"] == 1
    assert stored(connection) == [("P01", 10.0), ("T01", 20.0), ("T01", 21.0), ("P01", 11.0)]
    assert edge.commands.empty()


def test_a_restart_needs_no_rebirth(edge: Edge, database_url: str, connection: Connection, broker: Broker) -> None:
    for start in (1, 2):
        connection.execute("DELETE FROM heartbeats")
        with serving(database_url, broker.ingest_url):
            wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
            if start == 1:
                be_born(edge)
            receipt = edge.tell("DDATA", sparkplug(1 + start, [{"alias": 2, "value": 20.0 + start}]), "press")
            assert receipt["stored"] == 1, receipt
    assert edge.commands.empty()


def test_a_gap_asks_for_a_rebirth_and_not_again_at_once(edge: Edge, served: None, connection: Connection) -> None:
    be_born(edge)
    for seq in (7, 9):
        assert edge.tell("DDATA", sparkplug(seq, [{"alias": 2, "value": float(seq)}]), "press")["stored"] == 1
    topic, payload = edge.commands.get(timeout=10)
    assert topic == "spBv1.0/ENT01/NCMD/edge7"
    assert parse(payload).metrics[0].name == b"Node Control/Rebirth"
    edge.tell("DDATA", sparkplug(11, []), "press")
    assert edge.commands.empty()
    noted = connection.execute("SELECT noted FROM decoder_notes WHERE kind = 'sequence_gap'").fetchone()
    assert noted == (3,)


def test_a_death_marks_its_points_until_they_speak_again(edge: Edge, served: None, connection: Connection) -> None:
    def silent() -> list[str]:
        rows = connection.execute("SELECT code FROM stale_points s JOIN points p ON p.id = s.point_id ORDER BY code")
        return [row[0] for row in rows]

    be_born(edge)
    edge.tell("DDEATH", sparkplug(2, []), "press")
    assert silent() == ["T01"]
    edge.tell("DBIRTH", sparkplug(3, [{"name": "temperature", "alias": 2, "value": 22.0}]), "press")
    assert silent() == []
    assert edge.tell("NDEATH", sparkplug(None, [], bd_seq=3))["received"] == 0  # the will of an earlier life
    assert silent() == []
    edge.tell("NDEATH", sparkplug(None, [], bd_seq=4))
    assert silent() == ["P01", "T01"]
    be_born(edge)
    assert silent() == []


def test_every_fault_is_answered(edge: Edge, served: None, connection: Connection) -> None:
    be_born(edge)
    faults = [
        (b"\xff\xff\xff", "malformed_payload"),
        (sparkplug(2, [{"alias": 99, "value": 1.0}]), "unknown_point"),
        (sparkplug(3, [{"name": "nobody", "value": 1.0}]), "unknown_point"),
        (sparkplug(4, [{"alias": 2, "value": float("nan")}]), "not_a_number"),
        (sparkplug(5, [{"alias": 2, "value": 1.0, "at_ms": 5}]), "bad_timestamp"),
        (sparkplug(6, [{"alias": 2, "value": 1.0, "at_ms": 4_000_000_000_000}]), "in_future"),
    ]
    for payload, reason in faults:
        assert reasons(edge.tell("DDATA", payload, "press")) == [reason]
    kept = connection.execute("SELECT payload FROM rejected_payloads ORDER BY id").fetchall()
    assert [bytes(row[0]) for row in kept] == [payload for payload, _ in faults]
    assert connection.execute("SELECT received, stored, rejected FROM ledger").fetchall() == [(8, 2, 6)]
