"""The embedded broker: mosquitto where it is installed, else the broker of the ``iotcore`` package."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from parkwatch import children, mosquitto, rumqttd
from parkwatch.logins import INGEST, Gateway, Login
from parkwatch.mosquitto import Mosquitto, find_mosquitto
from parkwatch.rumqttd import Rumqttd
from schemas.errors import Unavailable


class Choice(StrEnum):
    """The values of PARKWATCH_BROKER."""

    AUTO = "auto"
    MOSQUITTO = "mosquitto"
    IOTCORE = "iotcore"


class Broker(Protocol):
    """A broker on 127.0.0.1 over a private folder.

    Attributes:
        url: its MQTT 3.1.1 listener, without a login.
        ingest_url: with the internal login that may read and write every topic; ``version`` names the protocol.
        has_topic_rights: whether a login is held to the topics of its enterprise.
    """

    url: str
    ingest_url: str

    @property
    def name(self) -> str: ...
    @property
    def has_topic_rights(self) -> bool: ...
    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def issue(self, gateway: Gateway) -> Login: ...


def embedded_broker(folder: Path, choice: Choice = Choice.AUTO) -> Broker:
    """The broker for this machine, not yet started. Each kind has its own folder inside ``folder``.

    Raises:
        Unavailable: mosquitto was asked for and is not installed.
    """
    program = None if choice is Choice.IOTCORE else find_mosquitto()
    if program is not None:
        return Mosquitto(folder / "mosquitto", program)
    if choice is Choice.MOSQUITTO:
        raise Unavailable("mosquitto is not installed: apt install mosquitto, or set PARKWATCH_BROKER=auto")
    return Rumqttd(folder / "iotcore")


def issue_login(folder: Path, gateway: Gateway) -> Login:
    """Make or renew a gateway's login at whichever broker runs over ``folder``, from any process.

    Raises:
        Unavailable: none runs.
    """
    if _is_alive(folder / "mosquitto", "mosquitto.conf"):
        return mosquitto.issue(folder / "mosquitto", gateway)
    if _is_alive(folder / "iotcore", "rumqttd.toml"):
        return rumqttd.issue(folder / "iotcore", gateway)
    raise Unavailable(f"no broker runs over {folder}: start `parkwatch serve` or `parkwatch demo` first")


def runs_over(folder: Path) -> bool:
    """Whether an embedded broker runs over ``folder``."""
    return _is_alive(folder / "mosquitto", "mosquitto.conf") or _is_alive(folder / "iotcore", "rumqttd.toml")


def ingest_url(folder: Path) -> str | None:
    """The broker that runs over ``folder``, with the internal login; None where it is the pip broker, or none runs."""
    own = folder / "mosquitto"
    if not _is_alive(own, "mosquitto.conf"):
        return None
    login = Login(INGEST, (own / "ingest-password").read_text(encoding="utf-8").strip())
    return login.in_url(int((own / "port").read_text(encoding="utf-8")), "5")


def _is_alive(folder: Path, configuration: str) -> bool:
    return children.alive(folder / "pid", folder.resolve() / configuration) is not None
