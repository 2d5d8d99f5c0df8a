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
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.buffered_client import BufferedClient
from ingest.messages import Message, message_of, topic_filters
from ingest.packets import LONGEST_TOPIC, Publish
from ingest.subscriptions import Subscriptions
from schemas.errors import InvalidInput

log = logging.getLogger(__name__)

SESSION_S = 14 * 86_400  # how long the broker keeps our messages while we are away
WINDOW = 20_000  # unacknowledged messages the broker may hand us: the memory bound and the back-pressure


class Arrival(NamedTuple):
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
    """Receives what gateways send; answers and acknowledges when told to.

    ``arrivals`` holds lists: what came in one read.
    """

    def __init__(self, url: str, *, client_id: str, prefix: str, enterprises: list[str] | None) -> None:
        self.arrivals: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
        self.connected = threading.Event()
        self.forget_session = False  # whether the broker is to forget the session when we leave
        self._address = BrokerAddress.parse(url)
        self._prefix = prefix
        self._guard = threading.Lock()
        self._five = self._address.version is MQTTProtocolVersion.MQTTv5
        # the pip broker insists on acknowledgements in order; over MQTT 5 a held message must not hold the others
        self._order = None if self._five else _InOrder()
        self._client = self._make_client(client_id)
        self.subscriptions = Subscriptions(self._client, topic_filters(prefix, enterprises), self._five)

    def start(self) -> None:
        """Connect in the background, again and again until it works."""
        host, port = self._address.host, self._address.port
        if self._five:
            self._client.connect_async(host, port, clean_start=False, properties=_session_properties())
        else:
            self._client.connect_async(host, port)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the broker; what is unacknowledged is delivered again next time."""
        self._client.stop(_forgetting() if self.forget_session and self._five else None)

    def answer(self, answers: list[tuple[Arrival, bytes]]) -> None:
        """Publish receipts; each message is acknowledged once the broker has taken its receipt.

        Where acknowledgements go in order they follow the receipts at once, in the same stream of bytes: what reads
        them has read the receipts. The pip broker says nothing any more, not even that it took a receipt, while as
        many messages as it allows are unacknowledged: to wait for its word would be to wait for ever.
        """
        named = [(_receipt_topic(self._prefix, a.message.enterprise, a.message.gateway), r, a) for a, r in answers]
        self._client.publish_many([answer for answer in named if answer[0]])
        self.acknowledge([arrival for topic, _, arrival in named if self._order or not topic])

    def unanswered(self) -> int:
        """Receipts that the broker has not taken."""
        return self._client.unanswered()

    def drain(self, seconds: float) -> bool:
        """Wait until the broker has taken all receipts, or for so long; whether it has."""
        return self._client.wait_taken(seconds)

    def publish(self, topic: str, payload: bytes) -> mqtt.MQTTMessageInfo:
        """Publish at QoS 1; without a connection the client keeps it, and sends it when there is one again."""
        information = self._client.publish(topic, payload, qos=1)
        if information.rc is MQTTErrorCode.MQTT_ERR_NO_CONN:  # or the client would for ever raise what is over soon
            information.rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        return information

    def acknowledge(self, arrivals: list[Arrival]) -> None:
        """Acknowledge what came in this connection, receipt or not; in order, where the broker insists on it."""
        with self._guard:
            connection = self._client.connection
            self._acknowledge([a.packet_id for a in arrivals if a.connection == connection and a.packet_id], connection)

    def _acknowledge(self, packet_ids: list[int], connection: int) -> None:
        released = self._order.release(packet_ids, connection) if self._order else packet_ids
        self._client.acknowledge_many(released, connection)

    def _make_client(self, client_id: str) -> BufferedClient:
        address = self._address
        client = BufferedClient(
            client_id,
            address.version,
            on_publishes=self._on_publishes,
            on_taken=self._on_taken,
            on_lost=self._on_lost,
        )
        client.username_pw_set(address.username, address.password)
        if address.tls:
            client.tls_set()
        client.max_inflight_messages_set(0)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        return client

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("the broker refused us: %s", reason)
            return
        self.subscriptions.renew()
        self._client.opened(getattr(properties, "ReceiveMaximum", None))
        self.connected.set()
        log.info("connected to the broker at %s:%d", self._address.host, self._address.port)

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        log.info("left the broker: %s", reason)

    def _on_taken(self, arrivals: list[Arrival]) -> None:
        if not self._order:
            self.acknowledge(arrivals)

    def _on_lost(self) -> None:
        self.connected.clear()

    def _on_publishes(self, publishes: list[Publish]) -> None:
        connection = self._client.connection
        if self._order:
            self._order.expect([p.packet_id for p in publishes if p.packet_id], connection)
        retained = [p for p in publishes if p.retained]
        if retained:  # copies of what was said before we subscribed: the past, and they would come at each start
            log.info(
                "%d retained messages are left out, one on %s",
                len(retained),
                retained[0].topic[:200].decode(errors="replace"),
            )
            with self._guard:
                self._acknowledge([p.packet_id for p in retained if p.packet_id], connection)
        self.arrivals.put([_arrival(p, connection) for p in publishes if not p.retained])


def _arrival(publish: Publish, connection: int) -> Arrival:
    return Arrival(message_of(publish.topic.decode(errors="replace"), publish.payload), publish.packet_id, connection)


class _InOrder:
    """Packet ids of one connection that may be acknowledged only after all that came before them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._connection = -1
        self._expected: deque[int] = deque()
        self._ready: set[int] = set()

    def expect(self, packet_ids: list[int], connection: int) -> None:
        """These came, in this order."""
        with self._guard:
            if connection != self._connection:
                self._connection = connection
                self._expected.clear()
                self._ready.clear()
            self._expected.extend(packet_ids)

    def release(self, packet_ids: list[int], connection: int) -> list[int]:
        """What may be acknowledged, now that these may be as far as they are concerned."""
        with self._guard:
            if connection != self._connection:
                return []
            self._ready.update(packet_ids)
            released = []
            while self._expected and self._expected[0] in self._ready:
                first = self._expected.popleft()
                self._ready.discard(first)
                released.append(first)
            return released


@lru_cache(maxsize=20_000)
def _receipt_topic(prefix: str, enterprise: str, gateway: str) -> bytes:
    """Where a gateway's receipts go; empty where no topic can be that long."""
    topic = f"{prefix}/{enterprise}/{gateway}/receipts".encode()
    return topic if len(topic) <= LONGEST_TOPIC else b""


def _session_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_S
    properties.ReceiveMaximum = WINDOW
    return properties


def _forgetting() -> Properties:
    properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    return properties
