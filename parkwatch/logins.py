"""Logins of gateways at a broker: their names, random passwords, and a trial whether a broker takes one."""

from __future__ import annotations

import re
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field
from urllib.parse import quote

from schemas.errors import InvalidInput, Unavailable

INGEST = "parkwatch-ingest"  # the internal login; no gateway can have it: its name has no dot
TOPIC_PREFIX = "pw/v1"

_CODE = re.compile(r"[^\s/+#$.:\"\\]{1,64}")  # a dot joins the two codes to a user name


@dataclass(frozen=True, slots=True)
class Gateway:
    """A sender of an enterprise, as its topics name it."""

    enterprise: str
    code: str

    def __post_init__(self) -> None:
        for field_name, code in (("enterprise", self.enterprise), ("gateway", self.code)):
            if not _CODE.fullmatch(code) or not code.isprintable():
                raise InvalidInput(
                    f"{code!r} cannot be part of an MQTT topic and a user name: "
                    'use 1 to 64 characters without blanks and without any of / + # $ . : " \\',
                    field=field_name,
                )

    @property
    def username(self) -> str:
        return f"{self.enterprise}.{self.code}"


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    password: str = field(repr=False)

    def in_url(self, port: int, version: str) -> str:
        """An MQTT URL of the loopback with this login."""
        return f"mqtt://{quote(self.username)}:{quote(self.password)}@127.0.0.1:{port}?version={version}"


def new_password() -> str:
    return secrets.token_urlsafe(24)


def accepts(port: int, login: Login) -> bool:
    """Whether the broker on 127.0.0.1 answers an MQTT 3.1.1 CONNECT with this login by 0, accepted."""
    texts = [f"trial-{secrets.token_hex(6)}", login.username, login.password]
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a" + b"".join(struct.pack("!H", len(t.encode())) + t.encode() for t in texts)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
            connection.sendall(b"\x10" + _length(len(body)) + body)
            return connection.recv(4) == b"\x20\x02\x00\x00"
    except OSError:
        return False


def wait_accepted(port: int, login: Login, *, seconds: float = 10.0) -> None:
    """Wait until the broker takes the login.

    Raises:
        Unavailable: it does not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not accepts(port, login):
        if time.monotonic() > deadline:
            raise Unavailable(f"the broker on 127.0.0.1:{port} does not accept the login {login.username}; see its log")
        time.sleep(0.03)


def _length(number: int) -> bytes:
    """MQTT's variable byte integer."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
