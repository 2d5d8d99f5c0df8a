"""The runs of ``./dev bench ingest``: the same messages, taken by ParkWatch, by what is plain, and by COPY alone."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.ingest_speed.load import Load
from benchmarks.ingest_speed.processes import ended_s, memory_mib
from benchmarks.ingest_speed.stage import PATIENCE_S, Process, Stage, pid_of
from parkwatch.mosquitto import Mosquitto
from storage.connect import open_connection
from storage.partitions import ensure_day

RUNS = ("copy", "mosquitto_sub", "ingest", "two ingestors", "stock paho + staging", "stock paho + executemany")
LONG_AGO_MS, LONG_STEP_MS = 40 * 86_400_000, 10_000  # the long run has more stamps than the present
LONG_UNANSWERED = 20_000


@dataclass(slots=True)
class Figures:
    """One run. ``committed`` is from publish to commit, ``receipt`` from publish to the receipt at its gateway."""

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


def run(stage: Stage, name: str, per_message: int, messages: int, *, rate: float, listen: str) -> dict[str, Any]:
    """One run by its name, with so many messages, flat out or at a rate."""
    load = Load.of_the_present(per_message, messages)
    with stage.database() as url:
        _make_partitions(url, load, messages)
        match name:
            case "copy":
                figures = _copy(stage, url, load, messages)
            case "ingest" | "two ingestors":
                figures = _ingest(stage, name, url, load, messages, rate=rate, listen=listen)
            case _:
                figures = _take(stage, name, url, load, messages)
    sys.stderr.write(f"{figures.run}, {per_message} a message: {figures.readings_per_s:,.0f} readings/s\n")
    return asdict(figures)


def endure(stage: Stage, per_message: int, minutes: float) -> dict[str, Any]:
    """One ingestor at full load, always with 20,000 messages unanswered: its rate and memory by the half minute."""
    load = Load(per_message, round(time.time() * 1000) - LONG_AGO_MS, LONG_STEP_MS)
    seen: list[dict[str, float]] = []
    options = {"listen": "all", "unanswered": LONG_UNANSWERED}
    with (
        stage.database() as url,
        stage.broker() as broker,
        closing(open_connection(url)) as connection,
        stage.ingestors(url, broker, 1) as [ingestor],
        stage.publisher(broker, load, 10**9, **options) as sender,
    ):
        before = 0
        for _ in range(round(minutes * 2)):
            time.sleep(30)
            row = connection.execute("SELECT coalesce(sum(received), 0)::bigint FROM ledger").fetchone() or (0,)
            rate, before = round((row[0] - before) / 30), row[0]
            memory = {"ingest_mib": memory_mib(ingestor.pid)[0], "broker_mib": memory_mib(pid_of(broker))[0]}
            seen.append({"readings_per_s": rate, **{name: round(value) for name, value in memory.items()}})
            sys.stderr.write(json.dumps(seen[-1]) + "\n")
        sender.kill()
    return {"per_message": per_message, "half_minutes": seen}


def _copy(stage: Stage, url: str, load: Load, messages: int) -> Figures:
    file = stage.folder / "rows.txt"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(load.rows(messages))
    columns = "readings (point_id, ts, value, flag, received_at)"
    before, ended_before_s, started = stage.cpu(), ended_s(), time.time()
    if shutil.which("psql"):
        subprocess.run(["psql", "-q", "-X", url, "-c", f"\\copy {columns} from '{file}'"], check=True)
    else:
        with (
            closing(open_connection(url)) as connection,
            connection.cursor() as cursor,
            file.open("rb") as rows,
            cursor.copy(f"COPY {columns} FROM STDIN") as copy,
        ):
            while block := rows.read(1 << 16):
                copy.write(block)
    figures = _figures(stage, "copy", load, messages, started, time.time(), before)
    figures.cpu_s["psql"] = round(ended_s() - ended_before_s, 2)
    return figures


def _take(stage: Stage, name: str, url: str, load: Load, messages: int) -> Figures:
    """mosquitto_sub or a plain consumer, which ends when it has all."""
    with stage.broker() as broker:
        kind = name.split()[-1]
        taker = stage.subscriber(broker, messages) if kind == name else stage.rival(kind, url, broker, messages)
        with taker as consumer:
            before, ended_before_s = stage.cpu(broker), ended_s()
            with stage.publisher(broker, load, messages) as sender:
                consumer.wait(PATIENCE_S)
                ended, consumer_s = time.time(), ended_s() - ended_before_s
                told = json.loads(sender.communicate()[0])
            figures = _figures(stage, name, load, messages, told["started"], ended, before, broker)
            figures.cpu_s |= {"consumer": round(consumer_s, 2), "publisher": round(told["cpu_s"], 2)}
            return figures


def _ingest(
    stage: Stage, name: str, url: str, load: Load, messages: int, *, rate: float, listen: str
) -> Figures:  # fmt: skip
    n = 2 if name == "two ingestors" else 1
    with stage.broker() as broker, stage.ingestors(url, broker, n) as ingestors:
        processes = {f"ingest {i + 1}": process for i, process in enumerate(ingestors)}
        before = stage.cpu(broker, **processes)
        with stage.publisher(broker, load, messages, rate=rate, listen=listen) as sender:
            ended = _wait_committed(url, messages * load.per_message)
            told = json.loads(sender.communicate(timeout=PATIENCE_S)[0])
        figures = _figures(stage, name, load, messages, told["started"], ended, before, broker, **processes)
        assert told["receipts"] == told["expected"], f"{told['receipts']} of {told['expected']} receipts"
        if told["last_receipt"]:
            figures.answered_s = round(told["last_receipt"] - told["started"], 2)
        figures.cpu_s["publisher"] = round(told["cpu_s"], 2)
        figures.published_s = round(told["published_s"], 2)
        figures.receipt_ms = _percentiles(told["receipt_s"])
        figures.committed_ms = _percentiles(_commit_delays(url, told["sent"]))
        return figures


def _figures(
    stage: Stage, name: str, load: Load, messages: int, started: float, ended: float, before: dict[str, float],
    broker: Mosquitto | None = None, **processes: Process,
) -> Figures:  # fmt: skip
    after = stage.cpu(broker, **processes)
    seconds = ended - started
    figures = Figures(name, load.per_message, messages, round(seconds, 2), round(messages * load.per_message / seconds))
    figures.cpu_s = {part: round(after[part] - before[part], 2) for part in after}
    pids = {part: process.pid for part, process in processes.items()} | ({"broker": pid_of(broker)} if broker else {})
    figures.peak_mib = {part: round(memory_mib(pid)[1]) for part, pid in pids.items()}
    return figures


def _make_partitions(url: str, load: Load, messages: int) -> None:
    last_ms = load.start_ms + messages // load.turn * load.step_ms
    with closing(open_connection(url)) as connection:
        for day in range(load.start_ms // 86_400_000, last_ms // 86_400_000 + 1):
            ensure_day(connection, dt.date(1970, 1, 1) + dt.timedelta(days=day))


def _wait_committed(url: str, readings: int) -> float:
    """When the last reading was in the books."""
    deadline = time.monotonic() + PATIENCE_S
    with closing(open_connection(url)) as connection:
        while True:
            row = connection.execute(
                "SELECT coalesce(sum(received), 0), coalesce(sum(stored), 0) FROM ledger"
            ).fetchone()
            if row and row[0] >= readings:
                assert row == (readings, readings), f"{row} of {readings} readings received and stored"
                return time.time()
            assert time.monotonic() < deadline, f"{row} of {readings} readings received and stored"
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
