"""A month of the park's air with every fault, through the service: ``./dev bench alert_month [--days N] [--kills N]``.

Gateways send leaks, spikes, over-range stretches, calibrations, maintenance, gaps, drifting and jumping clocks,
late and reordered messages, corrections and repetitions over MQTT; ingest and PostgreSQL are killed meanwhile. In the
end the alerts must be those that the simulator's own truth asks for. Prints one line of JSON; 1 if they are not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.chaos import Service, Target, service
from parkwatch.alert_balance import AlertComparison, compare_alerts
from parkwatch.demo_park import demo_park
from schemas.errors import Unavailable
from simulators.faults import rates
from simulators.faulty import Storm, run_faulty
from simulators.points import AIR_GATEWAY
from simulators.sent import Sent, Truth
from storage.balance import answered_messages
from storage.connect import OperationalError, open_connection

PATIENCE_S = 900.0


def main(options: Sequence[str]) -> int:
    """Run it; 1 if an alert is missed, invented, or another one."""
    parser = argparse.ArgumentParser(prog="./dev bench alert_month", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--kills", type=int, default=4, help="of ingest and of PostgreSQL, in turns")
    parser.add_argument("--gateways", type=int, default=12)
    parser.add_argument("--rate", type=float, default=0.03, help="share of messages that each fault befalls")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(options)
    folder = Path(tempfile.mkdtemp(prefix="alert-month-"))
    print(f"log in {folder / 'log'}", file=sys.stderr, flush=True)
    with service(folder / "data", folder / "log") as found:
        figures, compared = _run(found, folder / "truth", given)
    print(json.dumps(figures | _told(compared)), flush=True)
    return 1 if compared.differences else 0


def _run(found: Service, file: Path, given: argparse.Namespace) -> tuple[dict[str, Any], AlertComparison]:
    storm = Storm(given.seed, given.days * 1440, rates(given.rate), given.gateways, codes=(AIR_GATEWAY,))
    started, stop = time.monotonic(), Event()
    with closing(Sent(file)) as sent, ThreadPoolExecutor(1) as pool:
        arguments = (found.urls["mqtt"], found.credentials, demo_park(found.folder), storm, sent, stop)
        sending = pool.submit(run_faulty, *arguments)
        try:
            kills = _kill(found, given.kills, random.Random(given.seed), sending.done)
            totals, struck = sending.result(PATIENCE_S)
        finally:
            stop.set()
    sent_s = time.monotonic() - started
    with closing(Truth(file)) as truth:
        compared = _compare_when_settled(found, truth)
    figures = {"days": given.days, "messages": totals.messages, "readings": totals.sent, "faults": struck.total()}
    settled_s = round(time.monotonic() - started, 1)
    return figures | {"kills": kills, "sent_s": round(sent_s, 1), "settled_s": settled_s}, compared


def _kill(found: Service, kills: int, chance: random.Random, is_over: Any) -> int:
    """Kill ingest and PostgreSQL in turns while the gateways send; how often."""
    done = 0
    while done < kills and not is_over():
        time.sleep(chance.uniform(5.0, 10.0))
        pid = found.pid((Target.INGEST, Target.POSTGRES)[done % 2])
        if pid is not None and not is_over():
            os.kill(pid, signal.SIGKILL)
            done += 1
    return done


def _compare_when_settled(found: Service, truth: Truth) -> AlertComparison:
    """The comparison once every message is answered and every hour is judged."""
    sent = sum(1 for _ in truth.messages())
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with closing(open_connection(found.urls["database"])) as connection:
                if sum(1 for _ in answered_messages(connection)) >= sent:
                    return compare_alerts(connection, truth)
        except (Unavailable, OperationalError):
            pass
        assert time.monotonic() < deadline, f"the hours were not judged after {PATIENCE_S:.0f} s"
        time.sleep(1)


def _told(compared: AlertComparison) -> dict[str, Any]:
    shown = {name: getattr(compared, name) for name in compared.__dataclass_fields__}
    return shown | {"differences": [str(difference) for difference in compared.differences[:5]]}
