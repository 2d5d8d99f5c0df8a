"""The MQTT side: a persistent session with manual acknowledgement, and acknowledgements that cannot hit a stranger.

A packet id means something only within the connection that delivered it. Every message therefore carries the number of
its connection, and an acknowledgement for another connection is dropped: the broker delivers that message again.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.messages import Message, message_of, topic_filters
from ingest.subscriptions import Subscriptions
from schemas.errors import InvalidInput

log = logging.getLogger(__name__)

SESSION_S = 14 * 86_400  # how long the broker keeps our messages while we are away
WINDOW = 5_000  # unacknowledged messages the broker may hand us: the memory bound and the back-pressure


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message with what its acknowledgement needs; the packet id is 0 where there is none to give."""

    message: Message
    packet_id: int
    connection: int


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """``mqtt[s]://user:password@host:port?version=5|3.1.1``"""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    version: MQTTProtocolVersion

    @classmethod
    def parse(cls, url: str) -> BrokerAddress:
        """Read a broker URL.

        Raises:
            InvalidInput: not such a URL.
        """
        parts = urlsplit(url)
        versions = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
        version = parse_qs(parts.query).get("version", ["5"])[0]
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or version not in versions:
            raise InvalidInput("expected mqtt[s]://user:password@host:port?version=5|3.1.1", source="MQTT URL")
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=parts.port or (8883 if tls else 1883),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            version=versions[version],
        )


class Consumer:
    """Receives what gateways send; answers and acknowledges when told to."""

    def __init__(self, url: str, *, client_id: str, prefix: str, enterprises: list[str] | None) -> None:
        self.arrivals: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.connected = threading.Event()
        self.forget_session = False  # whether the broker is to forget the session when we leave
        self._address = BrokerAddress.parse(url)
        self._prefix = prefix
        self._connection = 0
        self._guard = threading.Lock()
        self._answered: deque[tuple[mqtt.MQTTMessageInfo | None, Arrival]] = deque()
        self._five = self._address.version is MQTTProtocolVersion.MQTTv5
        self._in_order = self._address.version is MQTTProtocolVersion.MQTTv311  # the pip broker insists on it
        self._unacknowledged: deque[int] = deque()
        self._acknowledgeable: set[int] = set()
        self._client = self._make_client(client_id)
        self.subscriptions = Subscriptions(self._client, topic_filters(prefix, enterprises), self._five)

    def start(self) -> None:
        """Connect in the background, again and again until it works."""
        host, port = self._address.host, self._address.port
        if self._address.version is MQTTProtocolVersion.MQTTv5:
            self._client.connect_async(host, port, clean_start=False, properties=_session_properties())
        else:
            self._client.connect_async(host, port)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the broker; what is unacknowledged is delivered again next time."""
        self._client.disconnect(properties=_forgetting() if self.forget_session and self._five else None)
        self._client.loop_stop()

    def answer(self, arrival: Arrival, receipt: bytes) -> None:
        """Publish a receipt; the message is acknowledged once the broker has taken it."""
        message = arrival.message
        topic = f"{self._prefix}/{message.enterprise}/{message.gateway}/receipts"
        try:
            self._answered.append((self.publish(topic, receipt), arrival))
        except ValueError:  # no topic can be that long
            self._answered.append((None, arrival))

    def acknowledge(self, arrival: Arrival) -> None:
        """Acknowledge a message that gets no receipt."""
        self._answered.append((None, arrival))

    def publish(self, topic: str, payload: bytes) -> mqtt.MQTTMessageInfo:
        """Publish at QoS 1; without a connection the client keeps it, and sends it when there is one again."""
        information = self._client.publish(topic, payload, qos=1)
        if information.rc is MQTTErrorCode.MQTT_ERR_NO_CONN:  # or the client would for ever raise what is over soon
            information.rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        return information

    def acknowledge_answered(self) -> int:
        """Acknowledge every message whose receipt the broker has taken, in order; how many still wait."""
        while self._answered and (self._answered[0][0] is None or self._answered[0][0].is_published()):
            _, arrival = self._answered.popleft()
            with self._guard:
                if arrival.connection == self._connection and self.connected.is_set():
                    self._acknowledge(arrival.packet_id)
        return len(self._answered)

    def _acknowledge(self, packet_id: int) -> None:
        """Acknowledge; over MQTT 3.1.1 only after all that came before, so that a held message holds the others."""
        if not packet_id:
            return
        if not self._in_order or packet_id not in self._unacknowledged:
            self._client.ack(packet_id, 1)
            return
        self._acknowledgeable.add(packet_id)
        while self._unacknowledged and self._unacknowledged[0] in self._acknowledgeable:
            first = self._unacknowledged.popleft()
            self._acknowledgeable.discard(first)
            self._client.ack(first, 1)

    def _make_client(self, client_id: str) -> mqtt.Client:
        address = self._address
        persistent = {} if address.version is MQTTProtocolVersion.MQTTv5 else {"clean_session": False}
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=address.version,
            manual_ack=True,
            **persistent,  # type: ignore[arg-type]
        )
        client.username_pw_set(address.username, address.password)
        if address.tls:
            client.tls_set()
        client.max_inflight_messages_set(0)
        client.reconnect_delay_set(min_delay=1, max_delay=15)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            log.warning("the broker refused us: %s", reason)
            return
        self.subscriptions.renew()
        self.connected.set()
        log.info("connected to the broker at %s:%d", self._address.host, self._address.port)

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        with self._guard:
            self.connected.clear()
            self._connection += 1
            self._unacknowledged.clear()
            self._acknowledgeable.clear()
        log.info("left the broker: %s", reason)

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        told = message_of(message.topic, bytes(message.payload))
        packet_id = message.mid if message.qos else 0  # what came at QoS 0 has nothing to acknowledge
        if self._in_order and packet_id:
            with self._guard:
                self._unacknowledged.append(packet_id)
        if message.retain:  # a copy of what was said before we subscribed: the past, and it would come at each start
            log.info("a retained message on %s is left out", message.topic[:200])
            with self._guard:
                self._acknowledge(packet_id)
            return
        self.arrivals.put(Arrival(told, packet_id, self._connection))


def _session_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_S
    properties.ReceiveMaximum = WINDOW
    return properties


def _forgetting() -> Properties:
    properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    return properties
