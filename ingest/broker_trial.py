"""A live broker tried from outside: what it says of itself, and what it does with a session that goes away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.consumer import SESSION_S, WINDOW, BrokerAddress
from schemas.errors import Unavailable

TRIAL_MESSAGES = 1_200  # more than the 1,000 that brokers queue unless told otherwise
_PATIENCE_S = 10.0
_QUIET_S = 1.0  # nothing more comes


@dataclass(slots=True)
class Trial:
    """What a broker said and did.

    Attributes:
        told: CONNACK properties by name, of MQTT 5 only.
        system: ``$SYS`` topics and their values; empty where the broker has none.
        session_kept: whether our session was there when we came back; None where it could not be tried.
        queued: of ``TRIAL_MESSAGES`` sent while we were away, those that came.
        window: how many of them came before any was acknowledged.
        anonymous: whether it lets in who names nobody.
    """

    told: dict[str, Any] = field(default_factory=dict)
    system: dict[str, str] = field(default_factory=dict)
    session_kept: bool | None = None
    queued: int = 0
    window: int = 0
    anonymous: bool = False


def try_broker(url: str, prefix: str = "pw/v1") -> Trial:
    """Try a broker with the login of ingest, in a session and on a topic of our own, which are gone afterwards.

    Raises:
        Unavailable: it does not answer, or refuses the login.
    """
    address = BrokerAddress.parse(url)
    trial = Trial()
    name = f"parkwatch-doctor-{token_hex(4)}"
    topic = f"{prefix}/doctor/{name}"
    with _Visitor(address, name) as visitor:
        trial.told = visitor.told
        visitor.subscribe([topic, "$SYS/broker/#"])
        visitor.wait_quiet()
        trial.system = {t: p.decode(errors="replace") for t, p in visitor.heard if t.startswith("$SYS")}
        visitor.unsubscribe("$SYS/broker/#")
    _send(address, topic, TRIAL_MESSAGES)
    with _Visitor(address, name, acknowledge=False) as visitor:
        trial.session_kept = visitor.session_present
        visitor.wait_quiet()
        trial.window = len(visitor.heard)
        visitor.acknowledge_all()
        visitor.wait_quiet()
        trial.queued = len(visitor.heard)
        visitor.forget()
    trial.anonymous = lets_in(address)
    return trial


def reaches(url: str, gateway_url: str, topic: str) -> bool:
    """Whether what a gateway's login publishes to ``topic`` arrives.

    Raises:
        Unavailable: the broker does not answer, or refuses a login.
    """
    token = token_hex(8).encode()
    with _Visitor(BrokerAddress.parse(url), f"parkwatch-doctor-{token_hex(4)}", expiry_s=0) as visitor:
        visitor.subscribe([topic])
        _send(BrokerAddress.parse(gateway_url), topic, 1, token)
        visitor.wait_quiet()
        return any(payload == token for _, payload in visitor.heard)


def lets_in(address: BrokerAddress) -> bool:
    """Whether the broker takes a connection that names nobody."""
    nobody = BrokerAddress(address.host, address.port, None, None, address.tls, address.version)
    with suppress(Unavailable), _Visitor(nobody, f"parkwatch-doctor-{token_hex(4)}", expiry_s=0):
        return True
    return False


class _Visitor:
    """A connection that keeps what it hears."""

    def __init__(
        self, address: BrokerAddress, name: str, *, acknowledge: bool = True, expiry_s: int = SESSION_S
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.told: dict[str, Any] = {}
        self.session_present = False
        self._address, self._expiry_s = address, expiry_s
        self._refused = ""
        self._answered = threading.Event()
        self._done = threading.Event()
        self._heard_at = time.monotonic()
        self._unacknowledged: list[int] = []
        self._acknowledges = acknowledge
        five = address.version is MQTTProtocolVersion.MQTTv5
        clean = None if five else expiry_s == 0
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=address.version,
            manual_ack=True,
            clean_session=clean,
        )
        self._client.username_pw_set(address.username, address.password)
        if address.tls:
            self._client.tls_set()
        self._client.max_inflight_messages_set(100)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._done.set()
        self._client.on_unsubscribe = lambda *_: self._done.set()
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        address = self._address
        properties = None
        if address.version is MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = self._expiry_s
            properties.ReceiveMaximum = WINDOW
        clean = {} if properties is None else {"clean_start": self._expiry_s == 0, "properties": properties}
        try:
            self._client.connect(address.host, address.port, **clean)  # type: ignore[arg-type]
        except OSError as error:
            raise Unavailable(f"{address.host}:{address.port}: {error}: is the broker running?") from error
        self._client.loop_start()
        if not self._answered.wait(_PATIENCE_S) or self._refused:
            self.__exit__()
            raise Unavailable(f"{address.host}:{address.port}: the broker says {self._refused or 'nothing'}")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, topics: list[str]) -> None:
        self._ask(lambda: self._client.subscribe([(topic, 1) for topic in topics]))

    def unsubscribe(self, topic: str) -> None:
        self._ask(lambda: self._client.unsubscribe(topic))

    def wait_quiet(self) -> None:
        """Until nothing has come for a while."""
        self._heard_at = time.monotonic()
        while time.monotonic() - self._heard_at < _QUIET_S:
            time.sleep(0.02)

    def acknowledge_all(self) -> None:
        """Acknowledge what waits, and from now on at once."""
        self._acknowledges = True
        for packet_id in self._unacknowledged:
            self._client.ack(packet_id, 1)

    def forget(self) -> None:
        """Leave, and let the broker forget the session."""
        if self._address.version is MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0
            self._client.disconnect(properties=properties)
            return
        self._client.disconnect()
        with _Visitor(self._address, self._client._client_id.decode(), expiry_s=0):  # noqa: SLF001  paho's only way
            pass

    def _ask(self, request: Callable[[], object]) -> None:
        self._done.clear()
        request()
        if not self._done.wait(_PATIENCE_S):
            raise Unavailable(f"{self._address.host}:{self._address.port}: the broker does not answer a subscription")

    def _on_connect(self, _client: object, _data: object, flags: Any, reason: Any, properties: Any) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        self.session_present = bool(flags.session_present)
        self.told = properties.json() if properties is not None else {}
        self._answered.set()

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self._heard_at = time.monotonic()
        self.heard.append((message.topic, bytes(message.payload)))
        if message.qos and self._acknowledges:
            client.ack(message.mid, message.qos)
        elif message.qos:
            self._unacknowledged.append(message.mid)


def _send(address: BrokerAddress, topic: str, number: int, payload: bytes = b"trial") -> None:
    """Publish at QoS 1 and wait until the broker has taken all."""
    with _Visitor(address, f"parkwatch-doctor-{token_hex(4)}", expiry_s=0) as sender:
        client = sender._client  # noqa: SLF001  the same class
        sent = [client.publish(topic, payload, qos=1) for _ in range(number)]
        deadline = time.monotonic() + _PATIENCE_S
        while not all(information.is_published() for information in sent) and time.monotonic() < deadline:
            time.sleep(0.02)
