"""Refused messages: listed, taken in again after a fix, forgotten in time."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.assemble import assemble
from ingest.directory import read_directory
from ingest.messages import message_of
from ingest.replay import replay
from parkwatch.jobs.forget_refused import Keep, forget_job
from storage.connect import Connection
from storage.registry import apply_registry
from storage.rejected import list_payloads
from storage.write_batch import BatchWriter
from tests.ingest.senders import MN, REGISTRY, frame, stamp

ZONE = ZoneInfo("Asia/Shanghai")
EXTENDED = REGISTRY.replace(
    "      - {code: T01,",
    f"      - {{code: V03, kind: gauge, unit: mg/m3, role: stack, quantity: a25002,"
    f" hj212: {{mn: {MN}, code: a25002, unit: mg/m3}}}}\n      - {{code: T01,",
)


def take_in(connection: Connection, *told: tuple[str, bytes]) -> None:
    now = dt.datetime.now(dt.UTC)
    messages = [message_of(topic, payload) for topic, payload in told]
    BatchWriter(connection, ZONE).write(assemble(messages, read_directory(connection, None), now), now)


def refuse_some(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    at = stamp()
    take_in(
        connection,
        ("pw/v1/ENT01/gw1/hj212", frame(f"DataTime={at};a25002-Rtd=4,a25002-Flag=N;a24088-Rtd=1,a24088-Flag=N")),
        (f"tcp/hj212/{MN}", frame(f"DataTime={at};a25002-Avg=5,a25002-Flag=N", cn="2031").replace(b"\r\n", b"")),
        ("pw/v1/ENT01/gw1/telemetry", b'{"ts": 1790000000000, "values": {"V03": 4}}'),
        ("pw/v1/ENT01/gw1/telemetry", b"not json"),
    )


def books(connection: Connection) -> list[Any]:
    return connection.execute("SELECT sum(received), sum(stored), sum(duplicate), sum(rejected) FROM ledger").fetchall()


def test_a_replay_after_the_fix_stores_what_was_refused(connection: Connection) -> None:
    refuse_some(connection)
    before = books(connection)[0]
    waiting = [row["id"] for row in list_payloads(connection, replayed=False)]
    assert len(waiting) == 4
    apply_registry(connection, EXTENDED)
    told = replay(connection, waiting, ZONE, None)
    assert told["messages"] == 4
    assert told["duplicate"] == 1  # V01 was stored the first time
    assert told["reasons"].get("malformed_payload") == 1
    assert told["received"] == told["stored"] + told["duplicate"] + told["corrected"] + told["rejected"]
    after = books(connection)[0]
    assert after[0] - before[0] == told["received"]
    again = list_payloads(connection, replayed=False)
    assert len(again) == told["rejected"]
    assert min(row["id"] for row in again) > max(waiting)
    assert replay(connection, waiting, ZONE, None)["messages"] == 0  # each once
    codes = connection.execute("SELECT DISTINCT code FROM readings JOIN points ON id = point_id").fetchall()
    assert ("V03",) in codes


def test_the_commands(connection: Connection, database_url: str, tmp_path: Path) -> None:
    refuse_some(connection)
    apply_registry(connection, EXTENDED)
    environment = {**os.environ, "PARKWATCH_DATABASE_URL": database_url, "PARKWATCH_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "parkwatch", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    listed = json.loads(run("rejected", "list", "--reason", "unknown_point").stdout)
    assert len(listed["items"]) >= 2
    assert listed["complete"]
    assert run("rejected", "replay").returncode == 2
    done = json.loads(run("rejected", "replay", "--reason", "unknown_point", "--enterprise", "ENT01").stdout)
    assert done["stored"] >= 2
    assert (
        json.loads(run("rejected", "list", "--reason", "unknown_point", "--enterprise", "ENT01").stdout)["items"] == []
    )
    file = tmp_path / "payload"
    file.write_bytes(frame(f"DataTime={stamp()};a24088-Rtd=1,a24088-Flag=N"))
    checked = run("check", "payload", str(file), "--language", "hj212", "--enterprise", "ENT01")
    assert json.loads(checked.stdout) == {"ok": True, "accepted": 1, "rejected": []}, checked.stderr
    wrong = run("check", "payload", str(file), "--language", "sparkplug")
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout)["rejected"][0]["reason"] == "malformed_payload"


def test_what_is_old_is_forgotten(connection: Connection) -> None:
    refuse_some(connection)
    job = forget_job(Keep(rejected_days=10, receipts_days=5))
    assert job.run(connection, ZONE, dt.datetime.now(dt.UTC)) == ""
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=6)
    assert job.run(connection, ZONE, later) == "0 refused messages and 4 receipts forgotten"
    later += dt.timedelta(days=6)
    assert job.run(connection, ZONE, later) == "4 refused messages and 0 receipts forgotten"
    assert connection.execute("SELECT count(*) FROM rejected_readings").fetchone() == (0,)
