"""How fast readings come in, beside what else could take them: ``./dev bench ingest [--sizes 1 100] [--only NAMES]``.

Starts a PostgreSQL and a mosquitto of its own. A load generator publishes at QoS 1, flat out or at ``--rate`` messages
a second. Measured in one run: ``parkwatch ingest`` with validation, ledger, marks, latest values, rules and receipts,
once alone and once as two; ``COPY`` of the same rows into the same table; mosquitto_sub alone; and plain consumers.
``--minutes N`` runs one ingestor at full load for so long and watches its memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.ingest_speed.report import tell
from benchmarks.ingest_speed.runs import RUNS, endure, run
from benchmarks.ingest_speed.stage import Stage
from parkwatch.mosquitto import find_mosquitto

MESSAGES = {1: 200_000, 100: 90_000}
SLOW = {"stock paho + executemany": 10}  # it gets a tenth of them, or all would wait for it


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; the figures as one line of JSON, and as a table on stderr."""
    parser = argparse.ArgumentParser(prog="bench ingest", description=__doc__)
    parser.add_argument("--messages", type=int, help="of each run; 200,000 single readings, 90,000 of 100")
    parser.add_argument("--sizes", type=int, nargs="+", choices=[1, 100], default=[1, 100], help="readings a message")
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second; flat out unless set")
    parser.add_argument("--listen", choices=["none", "one", "all"], default="all", help="gateways that take receipts")
    parser.add_argument("--minutes", type=float, help="full load for so long; prints memory by the minute")
    options = parser.parse_args(arguments)
    if find_mosquitto() is None or shutil.which("mosquitto_sub") is None:
        sys.stderr.write("mosquitto is not installed: apt install mosquitto mosquitto-clients\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="parkwatch-bench-") as folder, ExitStack() as held:
        stage = Stage(Path(folder), held)
        if options.minutes:
            figures = [endure(stage, size, options.minutes) for size in options.sizes]
        else:
            told = {"rate": options.rate, "listen": options.listen}
            figures = [
                run(stage, name, size, (options.messages or MESSAGES[size]) // SLOW.get(name, 1), **told)
                for size in options.sizes
                for name in options.only
            ]
            tell(figures)
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0
