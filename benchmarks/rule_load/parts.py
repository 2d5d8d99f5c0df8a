"""The real parts as processes of their own, and the processor time of each, PostgreSQL's by whom it works for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ingest_speed.processes import cpu_s, own_cpu_s
from parkwatch.children import tied
from parkwatch.mosquitto import Mosquitto
from parkwatch.postgres import Postgres
from parkwatch.processes import prepare_database
from storage.connect import Connection, open_connection

Seconds = dict[str, float]


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs: the folder, the database and the processes by name."""

    folder: Path
    url: str
    broker: Mosquitto
    pids: dict[str, int]

    def spent(self, connection: Connection) -> Seconds:
        """Processor seconds of each part until now; the publisher is this process."""
        postmaster = int((self.folder / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
        found = {name: cpu_s(pid) for name, pid in self.pids.items()}
        backends: dict[str, float] = defaultdict(float)
        for pid, application in connection.execute("SELECT pid, application_name FROM pg_stat_activity").fetchall():
            if "ingest" in application or "schedule" in application:
                backends["postgres for " + ("ingest" if "ingest" in application else "schedule")] += own_cpu_s(pid)
        rest = cpu_s(postmaster) - sum(backends.values())
        return found | dict(backends) | {"postgres, the rest": rest, "publisher": time.process_time()}


@contextmanager
def parts(folder: Path, program: Path, names: tuple[str, ...] = ("ingest", "schedule")) -> Iterator[Parts]:
    """PostgreSQL, mosquitto, ``parkwatch ingest`` and ``parkwatch schedule`` until the block ends."""
    with ExitStack() as stack:
        url = stack.enter_context(Postgres(folder / "postgres")).url
        prepare_database(url)
        broker = stack.enter_context(Mosquitto(folder / "mosquitto", program))
        pids = {"broker": int((broker.folder / "pid").read_text(encoding="utf-8"))}
        for name in names:
            pids[name] = stack.enter_context(_part(folder, name, url, broker.ingest_url))
        with closing(open_connection(url)) as connection:
            while connection.execute("SELECT count(*) FROM heartbeats WHERE well").fetchone() != (len(names),):
                time.sleep(0.1)
        yield Parts(folder, url, broker, pids)


@contextmanager
def _part(folder: Path, name: str, database: str, mqtt_url: str) -> Iterator[int]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PARKWATCH_")}
    ours = {"PARKWATCH_DATABASE_URL": database, "PARKWATCH_MQTT_URL": mqtt_url, "PARKWATCH_DATA_DIR": str(folder)}
    with (folder / f"{name}.log").open("ab") as log:
        command = [*tied(), sys.executable, "-P", "-m", "parkwatch", name]
        process = subprocess.Popen(command, env=plain | ours, stderr=log)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)
