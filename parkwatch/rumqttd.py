"""The broker of the ``iotcore`` package as the embedded broker where mosquitto is not installed.

It checks logins but has no rights by topic, keeps its queues in memory, and reads its logins only at its start:
so a pool of logins is made beforehand, and the next free one is handed out.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from parkwatch import children
from parkwatch.embedded import Embedded
from parkwatch.folders import in_turn, kept_port, kept_secret, write_private
from parkwatch.logins import INGEST, Gateway, Login, new_password, wait_accepted
from schemas.errors import Unavailable

POOL = 500  # logins that can be handed out between two starts
RETIRED = "retired"

CONFIGURATION = """\
id = 0

[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
"""

# A window above 100 was seen to lose or stall messages.
LISTENER = """
[{protocol}.1]
name = "{protocol}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[{protocol}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 4194304
max_inflight_count = 100
dynamic_filters = true

[{protocol}.1.connections.auth]
"""


@dataclass(frozen=True, slots=True)
class PoolLogin:
    """A login of the pool and the gateway it was handed to: None is free, ``retired`` ends at the next start."""

    username: str
    password: str
    gateway: str | None = None


class Rumqttd(Embedded):
    """A broker over one private folder; what it has queued is gone when it stops."""

    name = "broker"
    stop_signals: ClassVar = [(signal.SIGTERM, 2.0)]  # it has nothing to save
    has_topic_rights = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = 0
        self.ingest_url = ""

    def _start(self) -> None:
        children.end_orphan(self.folder / "pid", self._configuration, self.stop_signals)
        self.port = self.port or kept_port(self.folder / "port")  # the parts know it: a second start keeps it
        ingest = Login(INGEST, kept_secret(self.folder / "ingest-password"))
        logins = [PoolLogin(ingest.username, ingest.password), *_refill(self.folder / "logins.json")]
        ports = {"v4": self.port, "v5": kept_port(self.folder / "port5")}
        write_private(self._configuration, configuration(ports, logins))
        with children.log_file(self.folder / "broker.log") as output:
            # its log says ERROR for every message that it routes
            program = [sys.executable, "-m", "iotcore", "--log-level", "CRITICAL", "--config", str(self._configuration)]
            self._process = children.start([*children.tied("KILL"), *program], output=output, folder=self.folder)
        write_private(self.folder / "pid", str(self._process.pid))
        try:
            wait_accepted(self.port, ingest)
        except Unavailable as error:
            raise Unavailable(f"the pip broker does not start: see {self.folder / 'broker.log'}") from error
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.ingest_url = ingest.in_url(self.port, "3.1.1")

    @property
    def _configuration(self) -> Path:
        return self.folder / "rumqttd.toml"

    def issue(self, gateway: Gateway) -> Login:
        """Hand out the next free login of the pool."""
        return issue(self.folder, gateway)


def issue(folder: Path, gateway: Gateway) -> Login:
    """Hand out the next free login of the broker that runs over the folder, from any process.

    A login that the gateway had before is refused from the broker's next start on.

    Raises:
        Unavailable: no broker runs there, or the pool is used up.
    """
    if children.alive(folder / "pid", folder.resolve() / "rumqttd.toml") is None:
        raise Unavailable(f"no broker runs over {folder}: start `parkwatch serve` or `parkwatch demo` first")
    with in_turn(folder / ".logins.turn"):
        pool = _read(folder / "logins.json")
        free = next((login for login in pool if login.gateway is None), None)
        if free is None:
            raise Unavailable(f"all {POOL} logins of the broker are handed out: restart ParkWatch to make more")
        _write(folder / "logins.json", [_handed(login, free, gateway) for login in pool])
    return Login(free.username, free.password)


def _handed(login: PoolLogin, chosen: PoolLogin, gateway: Gateway) -> PoolLogin:
    if login is chosen:
        return PoolLogin(login.username, login.password, gateway.username)
    return PoolLogin(login.username, login.password, RETIRED) if login.gateway == gateway.username else login


def configuration(ports: dict[str, int], logins: list[PoolLogin]) -> str:
    """The broker's file: one listener for each protocol, each with all logins."""
    users = "".join(f'"{login.username}" = "{login.password}"\n' for login in logins)
    return CONFIGURATION + "".join(LISTENER.format(protocol=p, port=port) + users for p, port in ports.items())


def _refill(file: Path) -> list[PoolLogin]:
    """The pool without retired logins and with ``POOL`` free ones."""
    with in_turn(file.with_name(".logins.turn")):
        kept = [login for login in _read(file) if login.gateway is not None and login.gateway != RETIRED]
        pool = [*kept, *(PoolLogin(f"gateway-{os.urandom(6).hex()}", new_password()) for _ in range(POOL))]
        _write(file, pool)
    return pool


def _read(file: Path) -> list[PoolLogin]:
    return [PoolLogin(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def _write(file: Path, pool: list[PoolLogin]) -> None:
    write_private(file, json.dumps([asdict(login) for login in pool]))
