"""The buffered client against real brokers, and against a server that cuts its packets as it likes."""

from __future__ import annotations

import queue
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.buffered_client import FIRST_ID, BufferedClient
from ingest.consumer import BrokerAddress
from ingest.packets import Publish, split, write_publish
from parkwatch.broker import Broker

TOPIC = "pw/v1/ENT01/gw1/telemetry"
VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])


class Receiver:
    """A client and what it received, taken, and lost."""

    def __init__(self, url: str, *, subscribe: bool) -> None:
        self.address = BrokerAddress.parse(url)
        self.received: queue.SimpleQueue[tuple[int, Publish]] = queue.SimpleQueue()
        self.taken: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.ready = threading.Event()
        self.lost = threading.Event()
        self.client = BufferedClient(
            "receiver",
            self.address.version,
            on_publishes=self._on_publishes,
            on_taken=self._on_taken,
            on_lost=self.lost.set,
        )
        self.client.username_pw_set(self.address.username, self.address.password)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.ready.set()
        self._subscribe = subscribe

    def _on_publishes(self, publishes: list[Publish]) -> None:
        for publish in publishes:
            self.received.put((self.client.connection, publish))

    def _on_taken(self, tokens: list[object]) -> None:
        for token in tokens:
            self.taken.put(token)

    def _on_connect(self, *told: object) -> None:
        reason, properties = told[3:]
        assert isinstance(reason, ReasonCode)
        assert not reason.is_failure
        if self._subscribe:
            self.client.subscribe(TOPIC, 1)
        self.client.opened(getattr(properties, "ReceiveMaximum", None))
        if not self._subscribe:
            self.ready.set()

    def start(self) -> None:
        if self.address.version is MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval, properties.ReceiveMaximum = 3600, 1000
            self.client.connect_async(self.address.host, self.address.port, clean_start=False, properties=properties)
        else:
            self.client.connect_async(self.address.host, self.address.port)
        self.client.loop_start()
        assert self.ready.wait(20)

    def take(self, n: int) -> list[tuple[int, Publish]]:
        return [self.received.get(timeout=20) for _ in range(n)]


@contextmanager
def receiving(url: str, *, subscribe: bool = True) -> Iterator[Receiver]:
    receiver = Receiver(url, subscribe=subscribe)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.client.stop()


@contextmanager
def sending(broker: Broker) -> Iterator[mqtt.Client]:
    address = BrokerAddress.parse(broker.ingest_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="sender", protocol=address.version)
    client.username_pw_set(address.username, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def url_of(broker: Broker, version: str) -> str:
    """The broker's URL with another version, where it speaks both on one port."""
    if broker.ingest_url.endswith("version=3.1.1") and version == "5":
        pytest.skip("the pip broker is used with MQTT 3.1.1 only; apt install mosquitto")
    return broker.ingest_url.rpartition("=")[0] + f"={version}"


@VERSIONS
def test_messages_of_every_size_and_quality_arrive_whole_and_in_order(broker: Broker, version: str) -> None:
    sizes = [0, 1, 100, 127, 128, 16_383, 16_384, 300_000, 2_000_000, 5, 70_000] * 3
    with receiving(url_of(broker, version)) as receiver, sending(broker) as sender:
        for i, size in enumerate(sizes):
            sender.publish(TOPIC, i.to_bytes(2, "big") + bytes(size), qos=i % 3).wait_for_publish(20)
            [(connection, found)] = receiver.take(1)
            assert (found.topic.decode(), found.payload) == (TOPIC, i.to_bytes(2, "big") + bytes(size))
            assert found.qos == min(1, i % 3)
            assert bool(found.packet_id) == bool(i % 3)
            receiver.client.acknowledge_many([found.packet_id] if found.packet_id else [], connection)


@VERSIONS
def test_what_was_acknowledged_never_comes_again_and_the_rest_does_in_order(broker: Broker, version: str) -> None:
    if broker.ingest_url.endswith("version=3.1.1"):
        pytest.skip("the pip broker gives new numbers at a redelivery")
    with receiving(url_of(broker, version)) as receiver, sending(broker) as sender:
        for i in range(200):
            sender.publish(TOPIC, str(i), qos=1)
        first = receiver.take(200)
        assert [p.payload for _, p in first] == [str(i).encode() for i in range(200)]
        receiver.client.acknowledge_many([p.packet_id for _, p in first[:120]], first[0][0])
    with receiving(url_of(broker, version)) as receiver:
        again = receiver.take(80)
        assert [p.payload for _, p in again] == [str(i).encode() for i in range(120, 200)]
        connection = again[0][0]
        receiver.client.acknowledge_many(
            [p.packet_id for _, p in again], connection - 1
        )  # another connection's: nothing
        receiver.client.acknowledge_many([again[0][1].packet_id], connection)
    with receiving(url_of(broker, version)) as receiver:
        assert [p.payload for _, p in receiver.take(79)] == [str(i).encode() for i in range(121, 200)]


@VERSIONS
def test_more_than_the_window_is_published_and_all_of_it_taken_once_in_order(broker: Broker, version: str) -> None:
    with receiving(url_of(broker, version), subscribe=False) as receiver:
        receiver.client.publish_many([(b"pw/v1/ENT01/gw1/receipts", b"{}", n) for n in range(25_000)])
        assert receiver.client.wait_taken(60)
        assert [receiver.taken.get(timeout=20) for _ in range(25_000)] == list(range(25_000))
        assert receiver.taken.empty()
        assert receiver.client.unanswered() == 0


def test_what_was_published_while_the_broker_was_away_is_taken_when_it_is_back(broker: Broker) -> None:
    with receiving(broker.ingest_url, subscribe=False) as receiver:
        receiver.lost.clear()
        broker.stop()
        assert receiver.lost.wait(20)
        receiver.client.publish_many([(b"pw/v1/ENT01/gw1/receipts", b"{}", n) for n in range(100)])
        assert receiver.client.unanswered() == 100
        broker.start()
        assert receiver.client.wait_taken(60)
        assert [receiver.taken.get(timeout=20) for _ in range(100)] == list(range(100))


Script = Callable[[socket.socket], None]


@contextmanager
def server(*scripts: Script, tls: ssl.SSLContext | None = None, maximum: int = 32) -> Iterator[str]:
    """An MQTT 5 server by hand: each connection is accepted, greeted, and then goes as its script says.

    Args:
        maximum: the receive maximum that it tells; all but 16 of it are for what is published by the batch.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        for script in scripts:
            accepted, _ = listener.accept()
            with tls.wrap_socket(accepted, server_side=True) if tls else accepted as connection:
                connection.settimeout(20)
                assert connection.recv(1000)[0] == 0x10
                connection.sendall(b"\x20\x06\x00\x00\x03\x21" + maximum.to_bytes(2, "big"))
                script(connection)
                connection.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"mqtt://u:p@127.0.0.1:{listener.getsockname()[1]}?version=5"
    finally:
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


def read_packets(connection: socket.socket, n: int) -> list[bytes]:
    """The next n whole packets that the client sent."""
    buffer = b""
    while len(found := split(buffer)[0]) < n:
        buffer += connection.recv(1 << 16)
    return [buffer[packet.start : packet.stop] for packet in found]


def test_packets_that_come_byte_by_byte_are_read_and_half_of_one_is_forgotten_with_its_connection() -> None:
    one = write_publish(b"t", b"one" * 100, 1, properties=True)
    two = write_publish(b"t", b"two", 2, properties=True)
    done = threading.Event()

    def first(connection: socket.socket) -> None:
        for i in range(len(one)):
            connection.sendall(one[i : i + 1])
        connection.sendall(two[:4])

    def second(connection: socket.socket) -> None:
        connection.sendall(two + one)
        done.wait(20)

    with server(first, second) as url, receiving(url, subscribe=False) as receiver:
        (before, a), (after, b), (_, c) = receiver.take(3)
        assert [p.payload for p in (a, b, c)] == [b"one" * 100, b"two", b"one" * 100]
        assert after > before
        done.set()


def test_what_is_no_mqtt_ends_the_connection_and_the_client_comes_back() -> None:
    done = threading.Event()

    def first(connection: socket.socket) -> None:
        connection.sendall(b"\x32\xff\xff\xff\xff\x01")
        while connection.recv(100):
            pass  # it goes

    def second(connection: socket.socket) -> None:
        connection.sendall(write_publish(b"t", b"again", 1, properties=True))
        done.wait(20)

    with server(first, second) as url, receiving(url, subscribe=False) as receiver:
        assert receiver.take(1)[0][1].payload == b"again"
        done.set()


def test_no_more_are_in_flight_than_the_server_takes_and_they_are_sent_again_as_duplicates() -> None:
    done, came = threading.Event(), threading.Event()

    def first(connection: socket.socket) -> None:
        packets = read_packets(connection, 16)
        assert [int.from_bytes(packet[3:5], "big") for packet in packets] == list(range(FIRST_ID, FIRST_ID + 16))
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(100)  # nor one more
        connection.settimeout(20)
        connection.sendall(b"\x40\x03" + FIRST_ID.to_bytes(2, "big") + b"\x10")  # taken, nobody subscribed
        assert len(read_packets(connection, 1)) == 1

    def second(connection: socket.socket) -> None:
        buffer = b""
        while len(split(buffer)[0]) < 16:
            buffer += connection.recv(1 << 16)
        assert [packet.header for packet in split(buffer)[0]] == [0x3A] * 16
        numbers = range(FIRST_ID + 1, FIRST_ID + 17)
        connection.sendall(b"".join(b"\x40\x02" + n.to_bytes(2, "big") for n in numbers))
        assert len(read_packets(connection, 3)) == 3
        connection.sendall(b"".join(b"\x40\x02" + n.to_bytes(2, "big") for n in range(FIRST_ID + 17, FIRST_ID + 20)))
        came.set()
        done.wait(20)

    with server(first, second) as url, receiving(url, subscribe=False) as receiver:
        receiver.client.publish_many([(b"t", b"x", n) for n in range(20)])
        assert came.wait(40)
        assert receiver.client.wait_taken(20)
        assert [receiver.taken.get(timeout=20) for _ in range(20)] == list(range(20))
        done.set()


def test_acknowledgements_of_a_batch_leave_as_one_string() -> None:
    done = threading.Event()
    read: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def first(connection: socket.socket) -> None:
        connection.sendall(b"".join(write_publish(b"t", b"x", n, properties=True) for n in range(1, 501)))
        read.put(connection.recv(1 << 16))
        done.wait(20)

    with server(first) as url, receiving(url, subscribe=False) as receiver:
        came = receiver.take(500)
        receiver.client.acknowledge_many([p.packet_id for _, p in came], came[0][0])
        assert read.get(timeout=20) == b"".join(b"\x40\x02" + n.to_bytes(2, "big") for n in range(1, 501))
        done.set()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A key and a certificate of 127.0.0.1 that vouches for itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt install openssl")
    key, own = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(own)]
    subprocess.run(["openssl", "req", "-x509", *words, *names], check=True, capture_output=True)
    return key, own


def test_over_tls_nothing_that_was_read_already_waits_for_more(certificate: tuple[Path, Path]) -> None:
    """A TLS record holds up to 16 KiB: what is left of it in the library is no longer seen by select."""
    key, own = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    done = threading.Event()
    messages = [bytes([n]) * size for n, size in enumerate([10, 60_000, 16_384, 1, 300_000, 0])]

    def first(connection: socket.socket) -> None:
        packets = [write_publish(b"t", payload, n + 1, properties=True) for n, payload in enumerate(messages)]
        connection.sendall(b"".join(packets))
        assert read_packets(connection, 300)
        connection.sendall(b"".join(b"\x40\x02" + (FIRST_ID + n).to_bytes(2, "big") for n in range(300)))
        done.wait(20)

    with server(first, tls=context, maximum=1000) as url:
        receiver = Receiver(url, subscribe=False)
        receiver.client.tls_set(str(own))
        receiver.start()
        assert [p.payload for _, p in receiver.take(6)] == messages
        receiver.client.publish_many([(b"t", b"x" * 1000, n) for n in range(300)])
        assert receiver.client.wait_taken(20)
        done.set()
        receiver.client.stop()
