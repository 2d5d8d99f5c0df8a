"""Mosquitto as the embedded broker: a generated configuration, one login and one list of rights for each gateway."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from parkwatch import children
from parkwatch.embedded import Embedded
from parkwatch.folders import in_turn, kept_port, kept_secret, write_private
from parkwatch.logins import INGEST, TOPIC_PREFIX, Gateway, Login, new_password, wait_accepted
from schemas.errors import Unavailable

CONFIGURATION = """\
# Written by ParkWatch at every start.
# nobody outside this machine
listener {port} 127.0.0.1
# no reading without a name to book it to
allow_anonymous false
password_file {folder}/passwords
# an enterprise writes below its own topics only
acl_file {folder}/rights
# as root it would change to another user, who cannot read this folder; otherwise without effect
user {user}
# queues and sessions survive a restart
persistence true
persistence_location {folder}/
# at most this many seconds of a queue are lost when the broker is killed; gateways wait for receipts
autosave_interval 15
# a small number would drop acknowledged readings when the database is away; a budget of bytes protects the memory;
# 0, unlimited, would make version 2.0 close the connection of a sender whenever it refuses one of its messages
max_queued_messages 1000000000
max_queued_bytes 2147483648
# each client's own receive maximum is the limit, not 20
max_inflight_messages 0
# above the payload limit of ingest, which names the reason; a larger packet ends the sender's connection
max_packet_size 4194304
# a session that nobody came back for
persistent_client_expiration 30d
# receipts are small and awaited
set_tcp_nodelay true
log_dest file {folder}/mosquitto.log
log_type error
log_type warning
log_type notice
# a line for each connection says nothing that the ledger does not
connection_messages false
log_timestamp_format %Y-%m-%dT%H:%M:%S
"""


def find_mosquitto() -> Path | None:
    """The program on PATH, or where Debian puts it, which is not on a normal user's PATH."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


class Mosquitto(Embedded):
    """A broker over one private folder."""

    name = "broker"
    stop_signals: ClassVar = [(signal.SIGTERM, 5.0)]  # it saves its queues first
    has_topic_rights = True

    def __init__(self, folder: Path, program: Path) -> None:
        super().__init__(folder)
        self.program = program
        self.port = 0
        self.ingest_url = ""

    def _start(self) -> None:
        children.end_orphan(self.folder / "pid", self.folder / "mosquitto.conf", self.stop_signals)
        self.port = self.port or kept_port(self.folder / "port")  # the parts know it: a second start keeps it
        user = "root" if os.geteuid() == 0 else "nobody"
        write_private(
            self.folder / "mosquitto.conf", CONFIGURATION.format(port=self.port, folder=self.folder, user=user)
        )
        ingest = Login(INGEST, kept_secret(self.folder / "ingest-password"))
        put_login(self.folder / "passwords", self.folder / "rights", ingest, INGEST_RIGHTS)
        renew_rights(self.folder / "passwords", self.folder / "rights")
        with children.log_file(self.folder / "mosquitto.log") as output:
            command = [*children.tied("TERM"), str(self.program), "-c", str(self.folder / "mosquitto.conf")]
            self._process = children.start(command, output=output)
        write_private(self.folder / "pid", str(self._process.pid))
        try:
            wait_accepted(self.port, ingest)
        except Unavailable as error:
            raise Unavailable(f"mosquitto does not start: see {self.folder / 'mosquitto.log'}") from error
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.ingest_url = ingest.in_url(self.port, "5")

    def issue(self, gateway: Gateway) -> Login:
        """Make or renew the login of a gateway; it works when this returns."""
        return issue(self.folder, gateway)


def issue(folder: Path, gateway: Gateway) -> Login:
    """Make or renew the login of a gateway at the broker that runs over the folder, from any process.

    Raises:
        Unavailable: no broker runs there, or it does not take the login.
    """
    pid = children.alive(folder / "pid", folder.resolve() / "mosquitto.conf")
    if pid is None:
        raise Unavailable(f"no broker runs over {folder}: start `parkwatch serve` or `parkwatch demo` first")
    login = Login(gateway.username, new_password())
    put_login(folder / "passwords", folder / "rights", login, gateway_rights(gateway))
    os.kill(pid, signal.SIGHUP)
    wait_accepted(int((folder / "port").read_text(encoding="utf-8")), login)
    return login


INGEST_RIGHTS = ["readwrite #", "read $SYS/#"]


def gateway_rights(gateway: Gateway, prefix: str = TOPIC_PREFIX) -> list[str]:
    """What a gateway may write and read: lines of mosquitto's rights file."""
    own, sparkplug = f"{prefix}/{gateway.enterprise}/{gateway.code}", f"spBv1.0/{gateway.enterprise}"
    return [
        f"write {own}/telemetry",
        f"write {own}/hj212",
        f"write {own}/status",
        f"write {sparkplug}/#",
        f"read {own}/receipts",
        f"read {prefix}/alerts/+/{gateway.enterprise}",
        f"read {sparkplug}/NCMD/#",
    ]


def put_login(password_file: Path, rights_file: Path, login: Login, rights: list[str]) -> None:
    """Write a login and its rights in the two files, in the place of earlier ones of the same name."""
    with in_turn(password_file.with_name(f".{password_file.name}.turn")):
        passwords = dict(line.split(":", 1) for line in _lines(password_file) if ":" in line)
        passwords[login.username] = hashed(login.password)
        _rewrite(password_file, [f"{name}:{value}" for name, value in passwords.items()])
        _rewrite(rights_file, _with_rights(_lines(rights_file), login.username, rights))


def renew_rights(password_file: Path, rights_file: Path) -> None:
    """Give every gateway the rights that one made today has: an earlier version may have made it."""
    with in_turn(password_file.with_name(f".{password_file.name}.turn")):
        lines = before = _lines(rights_file)
        for name in [line.removeprefix("user ") for line in before if line.startswith("user ")]:
            enterprise, dot, code = name.partition(".")
            if dot:
                lines = _with_rights(lines, name, gateway_rights(Gateway(enterprise, code)))
        if sorted(lines) != sorted(before):
            _rewrite(rights_file, lines)


def _with_rights(lines: list[str], username: str, rights: list[str]) -> list[str]:
    kept, mine = [], False
    for line in lines:
        if line.startswith("user "):
            mine = line == f"user {username}"
        if not mine:
            kept.append(line)
    return [*kept, f"user {username}", *(f"topic {right}" for right in rights)]


def hashed(password: str) -> str:
    """PBKDF2-SHA512 as mosquitto 2 reads it; few iterations do, because the passwords are 192 random bits."""
    salt, iterations = secrets.token_bytes(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _rewrite(file: Path, lines: list[str]) -> None:
    """Replace a file as a whole; one that exists keeps its owner and mode, as an external broker needs them."""
    before = file.stat() if file.exists() else None
    write_private(file, "\n".join(lines) + "\n")
    if before is not None:
        file.chmod(before.st_mode & 0o7777)
        with suppress(PermissionError):
            os.chown(file, before.st_uid, before.st_gid)
