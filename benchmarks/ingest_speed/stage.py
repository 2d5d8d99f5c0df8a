"""What the runs of ``./dev bench ingest`` are played on: a PostgreSQL for all, a database and a broker for each run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.ingest_speed.load import GATEWAYS, Load, enterprise, registry
from benchmarks.ingest_speed.processes import cpu_s
from parkwatch.children import tied
from parkwatch.mosquitto import Mosquitto, find_mosquitto
from parkwatch.postgres import Postgres
from storage.connect import open_connection
from storage.databases import create_database, drop_database, seal_database, with_database
from storage.migrate import migrate
from storage.registry import apply_registry
from storage.shares import enroll

PATIENCE_S = 300.0

Process = subprocess.Popen[bytes]


class Stage:
    """A folder with the servers, and the processes of a run as context managers."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.folder = folder
        self._brokers = 0
        self.postgres = held.enter_context(Postgres(folder / "postgres", settings={"track_commit_timestamp": "on"}))
        create_database(self.postgres.url, "template_bench")
        with closing(open_connection(with_database(self.postgres.url, "template_bench"))) as connection:
            migrate(connection)
            apply_registry(connection, registry())
        seal_database(self.postgres.url, "template_bench")

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a migrated database with the park's registry."""
        create_database(self.postgres.url, "bench", template="template_bench")
        with closing(open_connection(self.postgres.url)) as connection:
            connection.execute("CHECKPOINT")  # what was written before is not this run's to pay
        try:
            yield with_database(self.postgres.url, "bench")
        finally:
            drop_database(self.postgres.url, "bench")

    @contextmanager
    def broker(self) -> Iterator[Mosquitto]:
        self._brokers += 1
        program = find_mosquitto()
        assert program
        with Mosquitto(self.folder / f"broker{self._brokers}", program) as broker:
            yield broker

    @contextmanager
    def ingestors(self, url: str, broker: Mosquitto, n: int) -> Iterator[list[Process]]:
        """``parkwatch ingest``, one or several with the enterprises divided among them, once they are subscribed."""
        with ExitStack() as held:
            processes = []
            shares = [[enterprise(g) for g in range(GATEWAYS) if g % n == i] if n > 1 else [] for i in range(n)]
            _claim(url, shares)
            for i, own in enumerate(shares):
                environment = {
                    **os.environ,
                    "PARKWATCH_DATABASE_URL": url,
                    "PARKWATCH_MQTT_URL": broker.ingest_url,
                    "PARKWATCH_DATA_DIR": str(self.folder / "data"),
                    "PARKWATCH_INGEST_CLIENT_ID": f"bench-ingest-{i}",
                    "PARKWATCH_INGEST_ENTERPRISES": ",".join(own),
                }
                command = [*tied(), sys.executable, "-P", "-m", "parkwatch", "ingest"]
                log = held.enter_context((self.folder / "ingest.log").open("ab"))
                processes.append(held.enter_context(subprocess.Popen(command, env=environment, stderr=log)))
                held.callback(processes[-1].terminate)
            _wait_subscribed(url, GATEWAYS if n > 1 else 1, processes)
            yield processes

    @contextmanager
    def subscriber(self, broker: Mosquitto, messages: int) -> Iterator[Process]:
        """mosquitto_sub, which ends after so many messages."""
        parts = urlsplit(broker.ingest_url)
        login = ["-u", unquote(parts.username or ""), "-P", unquote(parts.password or "")]
        session = ["-h", "127.0.0.1", "-p", str(parts.port), *login, "-V", "5", "-q", "1", "-c", "-i", "bench-sub"]
        command = [*tied(), "mosquitto_sub", *session, "-t", "pw/v1/+/+/telemetry", "-C", str(messages)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            time.sleep(1)  # it does not say when it has subscribed
            yield process

    @contextmanager
    def rival(self, kind: str, url: str, broker: Mosquitto, messages: int) -> Iterator[Process]:
        """A plain consumer, which ends after so many messages."""
        words = ["benchmarks.ingest_speed.rivals", kind, broker.ingest_url, url, str(messages)]
        with subprocess.Popen([*tied(), sys.executable, "-m", *words], stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            yield process

    @contextmanager
    def publisher(self, broker: Mosquitto, load: Load, messages: int, **options: object) -> Iterator[Process]:
        """The load generator."""
        told = {"url": broker.ingest_url, "messages": messages, "per-message": load.per_message,
                "start-ms": load.start_ms, "step-ms": load.step_ms, **options}  # fmt: skip
        words = [word for name, value in told.items() for word in (f"--{name}", str(value))]
        command = [*tied(), sys.executable, "-m", "benchmarks.ingest_speed.publisher", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            yield process

    def cpu(self, broker: Mosquitto | None = None, **processes: Process) -> dict[str, float]:
        """Seconds of processor time until now, by part."""
        pids = {"postgres": int((self.folder / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])}
        if broker is not None:
            pids["broker"] = pid_of(broker)
        pids |= {name: process.pid for name, process in processes.items()}
        return {name: cpu_s(pid) for name, pid in pids.items()}


def pid_of(broker: Mosquitto) -> int:
    return int((broker.folder / "pid").read_text(encoding="utf-8"))


def _claim(url: str, shares: list[list[str]]) -> None:
    """Before the first starts: it would take what nobody has, and the second come too late."""
    with closing(open_connection(url)) as connection:
        for i, own in enumerate(shares):
            enroll(connection, f"bench-ingest-{i}", own)


def _wait_subscribed(url: str, shares: int, processes: list[Process]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    query = "SELECT count(*) FILTER (WHERE taken_at IS NOT NULL) FROM ingest_shares"
    with closing(open_connection(url)) as connection:
        while connection.execute(query).fetchone() != (shares,):
            assert time.monotonic() < deadline, "ingest did not subscribe"
            assert all(process.poll() is None for process in processes), "ingest ended"
            time.sleep(0.1)
