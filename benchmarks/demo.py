"""The whole history of the demo park through MQTT, with the wall live meanwhile: ``./dev bench demo [--days N]``.

Starts ``parkwatch demo --backfill`` over a fresh temporary folder and measures from the start of the command: until the
service is ready, until every message of the backfill has its receipt, and until the accounts of last month equal the
simulator's own truth. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import IO

from parkwatch.balance import ledger_differences, share_differences, truth_of_what_arrived
from parkwatch.demo_park import demo_park
from simulators.park import first_of_last_month
from simulators.streams import LOCAL
from storage.connect import Connection, open_connection

RULE = "wuhai-plan@1"
PATIENCE_S = 1_500.0
STALE_S = 150.0  # a point sends once a minute, and the answer may be polled just before the next


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; 1 if the books or the shares do not agree."""
    parser = argparse.ArgumentParser(prog="bench demo", description=__doc__)
    parser.add_argument("--days", type=int, help="only so many days; then no month is compared")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="parkwatch-bench-") as folder, (Path(folder) / "log").open("w+b") as log:
        figures = _measure(Path(folder) / "data", log, options.days)
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if figures["differences"] else 0


def _measure(data_dir: Path, log: IO[bytes], days: int | None) -> dict[str, object]:
    command = [sys.executable, "-P", "-m", "parkwatch", "demo", "--backfill", *(["--days", str(days)] if days else [])]
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PARKWATCH_DATA_DIR": str(data_dir)}
    )
    try:
        assert process.stdout
        urls = json.loads(process.stdout.readline())
        ready_s = time.monotonic() - started
        with closing(open_connection(urls["database"])) as connection:
            sent, oldest_s = _watch_backfill(connection, Path(log.name), started)
            backfill_s = time.monotonic() - started
            _wait_settled(connection, started)
            settled_s = time.monotonic() - started
            differences = _compare(connection, data_dir, whole=days is None)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    return {
        "ready_s": round(ready_s, 1),
        "backfill_s": round(backfill_s, 1),
        "settled_s": round(settled_s, 1),
        "readings": sent["sent"],
        "readings_per_s": round(sent["sent"] / (backfill_s - ready_s)),
        "resent": sent["resent"],
        "oldest_live_reading_s": round(oldest_s, 1),
        "differences": differences,
    }


def _watch_backfill(connection: Connection, log: Path, started: float) -> tuple[dict[str, int], float]:
    """The backfill's own totals when it is done, and how old the newest reading of the park got meanwhile."""
    oldest_s = 0.0
    while time.monotonic() - started < PATIENCE_S:
        found = re.findall(rb'\{"messages".*?\}', log.read_bytes())
        if found:
            return json.loads(found[0]), oldest_s
        row = connection.execute("SELECT extract(epoch FROM now() - max(ts)) FROM latest_readings").fetchone()
        if row and row[0] is not None and time.monotonic() - started > STALE_S:
            oldest_s = max(oldest_s, float(row[0]))
        time.sleep(1)
    raise TimeoutError(f"the backfill was not done after {PATIENCE_S} s")


def _wait_settled(connection: Connection, started: float) -> None:
    """Until no hour and no day of the past waits to be computed."""
    now = dt.datetime.now(dt.UTC)
    while time.monotonic() - started < PATIENCE_S:
        waiting = connection.execute(
            "SELECT (SELECT count(*) FROM dirty_hours WHERE hour < %s)"
            " + (SELECT count(*) FROM dirty_days WHERE day < %s)",
            [now - dt.timedelta(hours=2), (now - dt.timedelta(days=1)).date()],
        ).fetchone()
        if waiting == (0,):
            return
        time.sleep(1)
    raise TimeoutError(f"the accounts were not settled after {PATIENCE_S} s")


def _compare(connection: Connection, data_dir: Path, *, whole: bool) -> list[str]:
    differences = ledger_differences(connection)
    if whole:
        truth = truth_of_what_arrived(connection, demo_park(data_dir))
        month = first_of_last_month(dt.datetime.now(LOCAL).date())
        differences += share_differences(connection, truth, month, RULE)
    return [str(difference) for difference in differences]
