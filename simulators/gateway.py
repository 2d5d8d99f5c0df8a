"""A gateway over MQTT that loses nothing: it keeps every message until the receipt for it has come."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from secrets import token_hex
from socket import SHUT_RDWR, socket
from threading import Condition, Event
from typing import Any
from urllib.parse import urlsplit

import orjson
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from schemas.errors import InvalidInput, Unavailable
from simulators.telemetry import Message

Credentials = Callable[[str, str], tuple[str, str]]
PREFIX = "pw/v1"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a gateway sent and what the receipts say became of it, in readings (``messages``, ``resent``: messages)."""

    messages: int = 0
    sent: int = 0
    resent: int = 0
    stored: int = 0
    duplicate: int = 0
    corrected: int = 0
    rejected: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(slots=True)
class _Outstanding:
    message: Message
    sent_at: float
    info: MQTTMessageInfo

    @property
    def is_at_broker(self) -> bool:
        """Whether the client is done with it; asked for, because a callback would hold the client's locks."""
        try:
            return self.info.is_published()
        except (RuntimeError, ValueError):  # given up by the client, so nobody but us repeats it
            return True


class Gateway:
    """One login of one enterprise: connects when it can, sends within a window, resends what has no receipt.

    Args:
        url: ``mqtt://host[:port]`` or ``mqtts://host[:port]``.
        window: how many messages may be without a receipt; the flow control of the whole path.
        resend_after_s: how long the broker may have a message without a receipt coming.
        receipts: without them a message counts as delivered when the broker has it (fire and forget).
        announces: says that it is online, and leaves a will that says the contrary; for one connection of a login.
    """

    def __init__(
        self, url: str, enterprise: str, code: str, login: tuple[str, str], *,
        window: int = 8, resend_after_s: float = 30.0, receipts: bool = True, announces: bool = True,
        prefix: str = PREFIX,
    ) -> None:  # fmt: skip
        self.enterprise, self.code = enterprise, code
        self._topic = f"{prefix}/{enterprise}/{code}/telemetry"
        self._receipt_topic = f"{prefix}/{enterprise}/{code}/receipts"
        self._status_topic = f"{prefix}/{enterprise}/{code}/status" if announces else ""
        self._session = ""
        self._window, self._resend_after_s, self._receipts = window, resend_after_s, receipts
        self._pause_s = 0.5 if receipts else 0.02  # nothing wakes a sender that asks for no receipts
        self._changed = Condition()
        self._outstanding: dict[str, _Outstanding] = {}
        self._totals = Totals()
        self._trouble = "not connected yet"
        self._client = self._make_client(login)
        self._start(url)

    @property
    def totals(self) -> Totals:
        with self._changed:
            return self._totals

    @property
    def outstanding(self) -> int:
        """Messages without a receipt."""
        with self._changed:
            return len(self._outstanding)

    @property
    def trouble(self) -> str:
        """Why the gateway is not connected, empty if it is."""
        return self._trouble

    def has_room(self) -> bool:
        """Whether ``send`` would not wait."""
        with self._changed:
            self._tend()
            return self._ready()

    def send(self, message: Message, stop: Event) -> bool:
        """Send a message as soon as there is a connection and room in the window; False if ``stop`` was set before."""
        with self._changed:
            while not self._ready():
                if stop.is_set():
                    return False
                self._changed.wait(self._pause_s)
                self._tend()
            self._totals = replace(
                self._totals, messages=self._totals.messages + 1, sent=self._totals.sent + message.readings
            )
            self._publish(message)
        return True

    def drain(self, stop: Event) -> bool:
        """Wait until every message has its receipt; False if ``stop`` was set before."""
        with self._changed:
            while self._outstanding:
                if stop.is_set():
                    return False
                self._changed.wait(self._pause_s)
                self._tend()
        return True

    def drop(self) -> None:
        """Cut the line, as a fault on it would; the client connects again by itself."""
        line = self._client.socket()
        if isinstance(line, socket):
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)

    def leave(self) -> None:
        """Begin to disconnect, without waiting for it."""
        if self._client.is_connected():
            self._say("offline")  # the broker drops the will of one that takes its leave
        self._client.disconnect()

    def close(self) -> None:
        """Disconnect. What has no receipt is forgotten: whoever made it can make it again."""
        self.leave()
        self._client.loop_stop()

    def _make_client(self, login: tuple[str, str]) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"simulated-{self.enterprise}-{self.code}-{token_hex(4)}",  # live and backfill run together
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.username_pw_set(*login)
        client.max_inflight_messages_set(self._window)
        client.reconnect_delay_set(1, 15)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_pre_connect = self._on_pre_connect
        client.on_message = self._on_message
        return client

    def _start(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise InvalidInput(f"{url!r} is no mqtt://host:port or mqtts://host:port", field="PARKWATCH_MQTT_URL")
        secure = parts.scheme == "mqtts"
        if secure:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.connect_async(parts.hostname, parts.port or (8883 if secure else 1883), keepalive=30)
        if self._client.loop_start() is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Unavailable("the thread of the MQTT client did not start")

    def _publish(self, message: Message) -> None:
        """Under the lock: hand a message to the client, which itself repeats what the broker has not confirmed."""
        info = self._client.publish(self._topic, message.payload, qos=1)
        if info.rc is MQTTErrorCode.MQTT_ERR_NO_CONN:  # the client keeps it, and sends it when it is connected again
            info.rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        self._outstanding[message.id] = _Outstanding(message, time.monotonic(), info)

    def _ready(self) -> bool:
        return self._client.is_connected() and len(self._outstanding) < self._window

    def _tend(self) -> None:
        """Under the lock: repeat what waited too long for its receipt, or settle what needs none."""
        if not self._receipts:
            for entry in [entry for entry in self._outstanding.values() if entry.is_at_broker]:
                self._settle(entry.message.id, {})
        elif self._client.is_connected():
            self._resend(older_than_s=self._resend_after_s)

    def _resend(self, older_than_s: float) -> None:
        now = time.monotonic()
        for entry in list(self._outstanding.values()):
            if now - entry.sent_at >= older_than_s and entry.is_at_broker:
                self._totals = replace(self._totals, resent=self._totals.resent + 1)
                self._publish(entry.message)

    def _on_pre_connect(self, client: Client, _data: Any) -> None:
        self._session = token_hex(4)  # a will that comes late is known as one of an earlier connection
        if self._status_topic:
            client.will_set(self._status_topic, self._status("offline"), qos=1, retain=True)

    def _say(self, state: str) -> None:
        if self._status_topic:
            self._client.publish(self._status_topic, self._status(state), qos=1, retain=True)

    def _status(self, state: str) -> bytes:
        return orjson.dumps({"state": state, "session": self._session})

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._trouble = f"the broker refuses the login: {reason}" if reason.is_failure else ""
        if reason.is_failure:
            return
        if self._receipts:
            client.subscribe(self._receipt_topic, qos=1)
        self._say("online")
        with self._changed:  # the receipts of these may have gone out while nobody listened
            self._resend(older_than_s=0.0)
            self._changed.notify_all()

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._trouble = self._trouble or f"disconnected: {reason}"

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        self._trouble = "the broker does not answer"

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            receipt = orjson.loads(message.payload)
        except orjson.JSONDecodeError:
            return
        with self._changed:
            self._settle(receipt.get("id"), receipt)
            self._settle(receipt.get("sha256"), receipt)  # the name of a message whose id cannot be read

    def _settle(self, identifier: str | None, receipt: dict[str, Any]) -> None:
        """Under the lock: the message is done, and its readings are booked as the receipt says."""
        if identifier is None or self._outstanding.pop(identifier, None) is None:
            return
        self._totals += Totals(
            stored=receipt.get("stored", 0),
            duplicate=receipt.get("duplicate", 0),
            corrected=receipt.get("corrected", 0),
            rejected=len(receipt.get("rejected", ())),
        )
        self._changed.notify_all()


def leave_all(gateways: list[Gateway]) -> None:
    """Begin to disconnect them all, so that closing one after the other does not wait for each in turn."""
    for gateway in gateways:
        gateway.leave()
