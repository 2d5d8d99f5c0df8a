"""The runs of ``./dev bench ingest``: each on a database and a broker of its own, with the same messages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.ingest_speed.load import GATEWAYS, Load, enterprise, first_ms, registry
from benchmarks.ingest_speed.processes import cpu_s, memory_mib
from parkwatch.children import tied
from parkwatch.mosquitto import Mosquitto, find_mosquitto
from parkwatch.postgres import Postgres
from storage.connect import open_connection
from storage.databases import create_database, drop_database, seal_database, with_database
from storage.migrate import migrate
from storage.partitions import ensure_day
from storage.registry import apply_registry

PATIENCE_S = 300.0
DAYS_AGO = 30
RUNS = ("copy", "mosquitto_sub", "ingest", "two ingestors", "stock paho + staging", "stock paho + executemany")


@dataclass(slots=True)
class Figures:
    """One run. Latencies from publish to committed, and to the receipt at its gateway; CPU by process."""

    run: str
    per_message: int
    messages: int
    seconds: float
    readings_per_s: float
    published_s: float | None = None
    answered_s: float | None = None
    committed_ms: dict[str, float] = field(default_factory=dict)
    receipt_ms: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)


class Bench:
    """Two servers' worth of folders, and what all runs share."""

    def __init__(self, folder: Path, held: ExitStack, *, rate: float, listen: str) -> None:
        self.folder, self.rate, self.listen = folder, rate, listen
        self.postgres = held.enter_context(Postgres(folder / "postgres", settings={"track_commit_timestamp": "on"}))
        self.start_ms = first_ms(DAYS_AGO)
        self._brokers = 0
        create_database(self.postgres.url, "template_bench")
        with closing(open_connection(with_database(self.postgres.url, "template_bench"))) as connection:
            migrate(connection)
            apply_registry(connection, registry())
        seal_database(self.postgres.url, "template_bench")

    def run(self, name: str, per_message: int, messages: int) -> dict[str, Any]:
        """One run by its name."""
        with self._database() as url:
            match name:
                case "copy":
                    figures = self._copy(url, per_message, messages)
                case "mosquitto_sub":
                    figures = self._subscribe(per_message, messages)
                case "ingest" | "two ingestors":
                    figures = self._ingest(url, per_message, messages, 1 if name == "ingest" else 2)
                case _:
                    figures = self._rival(name, url, per_message, messages)
        sys.stderr.write(f"{figures.run}, {per_message} a message: {figures.readings_per_s:,.0f} readings/s\n")
        return asdict(figures)

    def endure(self, per_message: int, minutes: float) -> dict[str, Any]:
        """One ingestor at full load: readings a second and its memory in MiB, by the half minute."""
        seen: list[dict[str, float]] = []
        with self._database() as url, self._broker() as broker, closing(open_connection(url)) as connection:
            with (
                self._ingestors(url, broker, 1) as [ingestor],
                self._publisher(broker, per_message, 10**9, "one") as sender,
            ):
                before = 0
                for _ in range(round(minutes * 2)):
                    time.sleep(30)
                    [received] = connection.execute(
                        "SELECT coalesce(sum(received), 0)::bigint FROM ledger"
                    ).fetchone() or [0]
                    memory, broker_pid = memory_mib(ingestor.pid)[0], int((broker.folder / "pid").read_text())
                    seen.append(
                        {
                            "readings_per_s": (received - before) / 30,
                            "ingest_mib": memory,
                            "broker_mib": memory_mib(broker_pid)[0],
                        }
                    )
                    sys.stderr.write(json.dumps(seen[-1]) + "\n")
                    before = received
                sender.kill()
        return {"per_message": per_message, "half_minutes": seen}

    def _copy(self, url: str, per_message: int, messages: int) -> Figures:
        load, file = Load(per_message, self.start_ms), self.folder / "rows.txt"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(load.rows(messages))
        self._partitions(url, load, messages)
        before, started = self._cpu(), time.time()
        statement = f"\\copy readings (point_id, ts, value, flag, received_at) from '{file}'"
        if shutil.which("psql"):
            subprocess.run(["psql", "-q", "-X", url, "-c", statement], check=True)
        else:
            with closing(open_connection(url)) as connection, connection.cursor() as cursor, file.open("rb") as rows:
                with cursor.copy(statement.replace("\\copy", "COPY").replace(f"'{file}'", "STDIN")) as copy:
                    while block := rows.read(1 << 16):
                        copy.write(block)
        return self._figures("copy", per_message, messages, started, time.time(), before)

    def _subscribe(self, per_message: int, messages: int) -> Figures:
        with self._broker() as broker:
            parts = urlsplit(broker.ingest_url)
            login = ["-u", unquote(parts.username or ""), "-P", unquote(parts.password or "")]
            words = ["-h", "127.0.0.1", "-p", str(parts.port), *login, "-V", "5", "-q", "1", "-c", "-i", "bench-sub"]
            command = ["mosquitto_sub", *words, "-t", "pw/v1/+/+/telemetry", "-C", str(messages)]
            with subprocess.Popen([*tied(), *command], stdout=subprocess.DEVNULL) as subscriber:
                time.sleep(1)  # it does not say when it has subscribed
                before = self._cpu(broker, subscriber)
                with self._publisher(broker, per_message, messages, "none") as sender:
                    subscriber.wait(PATIENCE_S)
                    ended = time.time()
                    told = json.loads(sender.communicate()[0])
                return self._figures("mosquitto_sub", per_message, messages, told["started"], ended, before, broker)

    def _ingest(self, url: str, per_message: int, messages: int, ingestors: int) -> Figures:
        with self._broker() as broker, self._ingestors(url, broker, ingestors) as processes:
            before = self._cpu(broker, *processes)
            with self._publisher(broker, per_message, messages, self.listen) as sender:
                ended = _wait_committed(url, messages * per_message)
                told = json.loads(sender.communicate(timeout=PATIENCE_S)[0])
                name = "ingest" if ingestors == 1 else "two ingestors"
                figures = self._figures(
                    name, per_message, messages, told["started"], ended, before, broker, *processes, publisher=sender
                )
            assert told["receipts"] == told["expected"], f"{told['receipts']} of {told['expected']} receipts"
            if told["last_receipt"]:
                figures.answered_s = round(told["last_receipt"] - told["started"], 2)
            figures.published_s = round(told["published_s"], 2)
            figures.receipt_ms = _percentiles(told["receipt_s"])
            figures.committed_ms = _percentiles(_commit_delays(url, told["sent"]))
            return figures

    def _rival(self, name: str, url: str, per_message: int, messages: int) -> Figures:
        self._partitions(url, Load(per_message, self.start_ms), messages)
        with self._broker() as broker:
            kind = name.split()[-1]
            command = [
                sys.executable,
                "-m",
                "benchmarks.ingest_speed.rivals",
                kind,
                broker.ingest_url,
                url,
                str(messages),
            ]
            with subprocess.Popen([*tied(), *command], stdout=subprocess.PIPE) as consumer:
                assert consumer.stdout
                assert consumer.stdout.readline() == b"ready\n"
                before = self._cpu(broker, consumer)
                with self._publisher(broker, per_message, messages, "none") as sender:
                    consumer.wait(PATIENCE_S)
                    ended = time.time()
                    told = json.loads(sender.communicate()[0])
            return self._figures(name, per_message, messages, told["started"], ended, before, broker)

    @contextmanager
    def _database(self) -> Iterator[str]:
        create_database(self.postgres.url, "bench", template="template_bench")
        try:
            yield with_database(self.postgres.url, "bench")
        finally:
            drop_database(self.postgres.url, "bench")
            with closing(open_connection(self.postgres.url)) as connection:
                connection.execute("CHECKPOINT")  # what this run left to write is not the next one's to pay

    @contextmanager
    def _broker(self) -> Iterator[Mosquitto]:
        self._brokers += 1
        program = find_mosquitto()
        assert program
        with Mosquitto(self.folder / f"broker{self._brokers}", program) as broker:
            yield broker

    @contextmanager
    def _ingestors(self, url: str, broker: Mosquitto, n: int) -> Iterator[list[subprocess.Popen[bytes]]]:
        with ExitStack() as held:
            processes = []
            for i in range(n):
                environment = {
                    **os.environ,
                    "PARKWATCH_DATABASE_URL": url,
                    "PARKWATCH_MQTT_URL": broker.ingest_url,
                    "PARKWATCH_DATA_DIR": str(self.folder / "data"),
                    "PARKWATCH_INGEST_CLIENT_ID": f"bench-ingest-{i}",
                    "PARKWATCH_INGEST_ENTERPRISES": ",".join(enterprise(g) for g in range(GATEWAYS) if g % n == i),
                }
                command = [*tied(), sys.executable, "-P", "-m", "parkwatch", "ingest"]
                process = held.enter_context(subprocess.Popen(command, env=environment))
                held.callback(process.terminate)
                processes.append(process)
            _wait_well(url, n)
            yield processes

    @contextmanager
    def _publisher(
        self, broker: Mosquitto, per_message: int, messages: int, listen: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        told = {"url": broker.ingest_url, "messages": messages, "per-message": per_message, "start-ms": self.start_ms,
                "rate": self.rate, "listen": listen}  # fmt: skip
        words = [word for name, value in told.items() for word in (f"--{name}", str(value))]
        command = [*tied(), sys.executable, "-m", "benchmarks.ingest_speed.publisher", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            yield process

    def _partitions(self, url: str, load: Load, messages: int) -> None:
        last_ms = self.start_ms + messages // load.turn * 10_000
        with closing(open_connection(url)) as connection:
            for day in range(self.start_ms // 86_400_000, last_ms // 86_400_000 + 1):
                ensure_day(connection, _date(day))

    def _cpu(self, broker: Mosquitto | None = None, *processes: subprocess.Popen[bytes]) -> dict[str, float]:
        pids = {"postgres": int((self.folder / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])}
        if broker is not None:
            pids["broker"] = int((broker.folder / "pid").read_text())
        pids |= {f"consumer {i}" if i else "consumer": process.pid for i, process in enumerate(processes)}
        return {name: cpu_s(pid) for name, pid in pids.items()}

    def _figures(
        self, run: str, per_message: int, messages: int, started: float, ended: float, before: dict[str, float],
        broker: Mosquitto | None = None, *processes: subprocess.Popen[bytes], publisher: subprocess.Popen[bytes] | None = None,
    ) -> Figures:  # fmt: skip
        after = self._cpu(broker, *processes)
        seconds = ended - started
        figures = Figures(run, per_message, messages, round(seconds, 2), round(messages * per_message / seconds))
        figures.cpu_s = {name: round(after[name] - before[name], 2) for name in after}
        figures.peak_mib = {
            f"consumer {i}" if i else "consumer": round(memory_mib(p.pid)[1]) for i, p in enumerate(processes)
        }
        return figures


def _date(day: int) -> Any:
    import datetime as dt

    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def _wait_well(url: str, ingestors: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with closing(open_connection(url)) as connection:
        while connection.execute("SELECT count(*) FROM heartbeats WHERE well").fetchone() != (ingestors,):
            assert time.monotonic() < deadline, "ingest did not start"
            time.sleep(0.1)


def _wait_committed(url: str, readings: int) -> float:
    """When the last reading was in the books."""
    deadline = time.monotonic() + PATIENCE_S
    with closing(open_connection(url)) as connection:
        while True:
            row = connection.execute("SELECT coalesce(sum(received), 0) FROM ledger").fetchone()
            if row and row[0] >= readings:
                assert row[0] == readings
                return time.time()
            assert time.monotonic() < deadline, f"{row} of {readings} readings committed"
            time.sleep(0.05)


def _commit_delays(url: str, sent: list[list[float]]) -> list[float]:
    """Seconds from publish to commit of the first messages of chunks."""
    with closing(open_connection(url)) as connection:
        rows = connection.execute(
            "SELECT message_id::int, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8"
            " FROM receipts WHERE message_id = ANY (%s)",
            [[f"{int(n):09}" for n, _ in sent]],
        ).fetchall()
    at = {int(n): when for n, when in sent}
    return sorted(committed - at[n] for n, committed in rows)


def _percentiles(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {f"p{p}": round(1000 * seconds[min(len(seconds) - 1, len(seconds) * p // 100)], 1) for p in (50, 99)}
