"""Paho's client for many small messages: it reads what has come at once, and writes a batch as one string of bytes.

Stock paho reads a packet byte by byte and makes a system call for each, and an object, a lock and a wake-up for every
packet that it sends. Here a read takes up to 256 KiB; PUBLISH and PUBACK packets are cut out of it and passed on as
lists; everything else (connecting, subscribing, keeping alive, TLS, coming back) stays paho's. This needs some of its
private methods: the version is pinned, and tests/ingest/test_buffered_client.py runs it against a real broker.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.properties import Properties

from ingest.packets import (
    DUPLICATE,
    PUBACK,
    PUBLISH,
    Malformed,
    Packet,
    Publish,
    read_publish,
    split,
    write_acknowledgements,
    write_publish,
)

log = logging.getLogger(__name__)

READ_BYTES = 256 * 1024
WINDOW = 10_000  # our own publishes that the broker has not acknowledged yet; it may allow fewer
FIRST_ID = 4096  # packet ids below it are paho's own, for what it sends itself
MOMENT_S = 0.002  # to be woken for each of many messages costs more than the messages, on both sides of the socket
LAST_ANSWER_S = 5.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0

Taken = Callable[[list[Any]], None]


class BufferedClient(mqtt.Client):
    """A client that passes on many messages at once and publishes many at once, at QoS 1.

    Args:
        on_publishes: called in the network thread with the messages of one read, in their order.
        on_taken: called in the network thread with the tokens of publishes that the broker has acknowledged.
        on_lost: called when a connection is lost, and before every new one.

    Attributes:
        connection: its number; a packet id means nothing in another.
    """

    def __init__(
        self,
        client_id: str,
        protocol: MQTTProtocolVersion,
        *,
        on_publishes: Callable[[list[Publish]], None],
        on_taken: Taken,
        on_lost: Callable[[], None],
    ) -> None:
        self._properties = protocol is MQTTProtocolVersion.MQTTv5
        persistent = {} if self._properties else {"clean_session": False}
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=protocol,
            manual_ack=True,
            **persistent,  # type: ignore[arg-type]
        )
        self._on_publishes, self._on_taken, self._on_lost = on_publishes, on_taken, on_lost
        self._chunks: list[bytes] = []
        self._missing = 0
        self.connection = 0
        self._guard = threading.Condition()
        self._open = False
        self._window = WINDOW
        self._waiting: deque[tuple[bytes, bytes, Any]] = deque()
        self._in_flight: dict[int, tuple[bytes, Any]] = {}
        self._last_id = FIRST_ID - 1
        self._failures = 0
        self._read_at = 0.0
        self._stopping, self._answered = threading.Event(), threading.Event()

    def publish_many(self, messages: list[tuple[bytes, bytes, Any]]) -> None:
        """Publish (topic, payload, token) at QoS 1, in order, now or when there is a connection, until acknowledged."""
        with self._guard:
            self._waiting.extend(messages)
            self._send_waiting()

    def acknowledge_many(self, packet_ids: list[int], connection: int) -> None:
        """Acknowledge messages, unless the connection that they came in is over: the broker delivers them again."""
        with self._guard:
            if packet_ids and self._open and connection == self.connection:
                self._packet_queue(PUBACK, write_acknowledgements(packet_ids), 0, 1)

    def opened(self, receive_maximum: int | None) -> None:
        """To be called when the broker has accepted us: sends what it has not acknowledged again, then the rest."""
        with self._guard:
            self._failures = 0
            self._open = True
            self._window = min(WINDOW, (receive_maximum or WINDOW + 16) - 16)  # paho's own need some room
            again = [bytes((packet[0] | DUPLICATE,)) + packet[1:] for packet, _ in self._in_flight.values()]
            self._write(b"".join(again))
            self._send_waiting()

    def unanswered(self) -> int:
        """Publishes that the broker has not acknowledged."""
        with self._guard:
            return len(self._waiting) + len(self._in_flight)

    def wait_taken(self, seconds: float) -> bool:
        """Wait until the broker has acknowledged all, or for so long."""
        with self._guard:
            return self._guard.wait_for(lambda: not self._waiting and not self._in_flight, seconds)

    def stop(self, properties: Properties | None = None) -> None:
        """Write what is to be written, leave the broker with these properties and end the network thread.

        A broker may throw away what it has not read when we close: mosquitto does. So it is asked for an answer first.
        """
        self._stopping.set()
        self._answered.clear()
        if self._open:
            self._send_pingreq()
            self._answered.wait(LAST_ANSWER_S)
        self.disconnect(properties=properties)
        self.loop_stop()

    def _send_waiting(self) -> None:
        """Send as many as may be in flight; with the guard held."""
        if not self._open:
            return
        packets = []
        while self._waiting and len(self._in_flight) < self._window:
            topic, payload, token = self._waiting.popleft()
            packet_id = self._next_id()
            packet = write_publish(topic, payload, packet_id, properties=self._properties)
            self._in_flight[packet_id] = packet, token
            packets.append(packet)
        self._write(b"".join(packets))

    def _write(self, packets: bytes) -> None:
        if packets:
            self._packet_queue(PUBLISH, packets, 0, 1)

    def _next_id(self) -> int:
        while True:
            self._last_id = self._last_id + 1 if self._last_id < 0xFFFF else FIRST_ID
            if self._last_id not in self._in_flight:
                return self._last_id

    # What follows takes the place of paho's own.

    def reconnect(self) -> MQTTErrorCode:
        """Nothing of the old connection may reach the new one: no half packet, no acknowledgement, no publish."""
        self._lose()
        return super().reconnect()

    def _do_on_disconnect(self, *arguments: Any, **named: Any) -> None:
        self._lose()
        super()._do_on_disconnect(*arguments, **named)

    def _lose(self) -> None:
        with self._guard:
            self._open = False
            self.connection += 1
            self._chunks, self._missing = [], 0
            self._answered.set()  # there will be none
            self._on_lost()

    def _reconnect_wait(self) -> None:
        """Exponential, shortened at random: ingestors do not come back all at once, and a stop does not wait."""
        longest = min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        if self._stopping.wait(longest * random.uniform(0.5, 1.0)):  # noqa: S311
            self._thread_terminate = True

    def _handle_pingresp(self) -> MQTTErrorCode:
        self._answered.set()
        return super()._handle_pingresp()

    def _mid_generate(self) -> int:
        with self._mid_generate_mutex:
            self._last_mid = self._last_mid % (FIRST_ID - 1) + 1
            return self._last_mid

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002
        """One read of what has come; where reads follow each other closely, of what comes within a moment."""
        if time.monotonic() - self._read_at < MOMENT_S:
            time.sleep(MOMENT_S)
        self._read_at = time.monotonic()
        try:
            data = self._sock_recv(READ_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError as error:
            log.info("the connection to the broker broke: %s", error)
            data = b""
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        self._heard()
        try:
            code = self._take(data)
        except Malformed as error:
            log.warning("the broker sent what is no MQTT: %s", error)
            code = MQTTErrorCode.MQTT_ERR_PROTOCOL
        return self._loop_rc_handle(code) if code else code

    def _heard(self) -> None:
        with self._msgtime_mutex:
            self._last_bytes_received = mqtt.time_func()

    def _take(self, data: bytes) -> MQTTErrorCode:
        self._chunks.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        buffer = b"".join(self._chunks)
        packets, wanted = split(buffer)
        rest = buffer[packets[-1].stop :] if packets else buffer
        self._chunks, self._missing = [rest] if rest else [], wanted - len(rest)
        return self._handle(buffer, packets)

    def _handle(self, buffer: bytes, packets: list[Packet]) -> MQTTErrorCode:
        """Pass on what came; an acknowledgement is of no use before the messages that came before it are passed on."""
        publishes: list[Publish] = []
        acknowledged: list[int] = []
        for packet in packets:
            kind = packet.header & 0xF0
            if kind == PUBLISH:
                publishes.append(read_publish(buffer, packet, properties=self._properties))
            elif kind == PUBACK and (packet_id := _packet_id(buffer, packet)) >= FIRST_ID:
                acknowledged.append(packet_id)
            else:
                self._pass_on(publishes)
                publishes = []
                code = self._handle_by_paho(buffer, packet)
                if code or self._sock is None:
                    return code
        self._pass_on(publishes)
        self._take_acknowledged(acknowledged)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _pass_on(self, publishes: list[Publish]) -> None:
        if any(publish.qos > 1 for publish in publishes):
            raise Malformed("a message at QoS 2, which we did not subscribe to")
        if publishes:
            self._on_publishes(publishes)

    def _take_acknowledged(self, packet_ids: list[int]) -> None:
        if not packet_ids:
            return
        with self._guard:
            found = (self._in_flight.pop(packet_id, None) for packet_id in packet_ids)
            tokens = [entry[1] for entry in found if entry is not None]
            self._send_waiting()
            if not self._waiting and not self._in_flight:
                self._guard.notify_all()
        self._on_taken(tokens)

    def _handle_by_paho(self, buffer: bytes, packet: Packet) -> MQTTErrorCode:
        self._in_packet["command"] = packet.header
        self._in_packet["packet"] = bytearray(buffer[packet.start : packet.stop])
        self._in_packet["remaining_length"] = packet.stop - packet.start
        try:
            return self._packet_handle()
        except MalformedPacket as error:
            raise Malformed(str(error)) from error
        finally:
            self._in_packet["command"] = 0


def _packet_id(buffer: bytes, packet: Packet) -> int:
    if packet.stop - packet.start < 2:
        raise Malformed("a PUBACK packet without a packet id")
    return buffer[packet.start] << 8 | buffer[packet.start + 1]
