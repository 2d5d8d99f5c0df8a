"""A month of the park's air with every fault, through the service: ``./dev bench alert_month [--days N] [--kills N]``.

Gateways send leaks, spikes, over-range stretches, frozen values, calibrations, maintenance, gaps, drifting, creeping
and jumping clocks, messages that are days late, reordered messages, corrections and repetitions over MQTT. Meanwhile
marks are declared, accepted, refused and taken back; three more gateways fall silent in real time; ingest, PostgreSQL
and the schedule are killed. In the end the alerts of every statistic must be those that the simulator's own truth
asks for.
Prints one line of JSON; 1 if they are not.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.chaos import Service, Target, service
from benchmarks.month.marks import Planned, declare_all, plan
from parkwatch.alert_balance import AlertComparison, compare_alerts
from parkwatch.demo_park import demo_park
from schemas.errors import Unavailable
from simulators.faulty import Storm, run_faulty
from simulators.letters import rates
from simulators.month_rules import month_rules
from simulators.outages import HIGH, Outages, live_enterprise, live_rules, run_outages
from simulators.points import AIR_GATEWAY
from simulators.registry import demo_registry
from simulators.sent import Sent, Truth
from simulators.streams import LOCAL
from storage.balance import answered_messages
from storage.connect import Connection, OperationalError, open_connection
from storage.registry import apply_registry

PATIENCE_S = 1800.0
_VICTIMS = (Target.INGEST, Target.POSTGRES, Target.SCHEDULE)
_ACCOUNTED = "SELECT (SELECT count(*) FROM remarked) + (SELECT count(*) FROM dirty_hours)"
_UNHEARD = (
    "SELECT e.code || '/' || p.code, (extract(epoch FROM a.opened_at) * 1000000)::bigint FROM alerts a"
    " JOIN points p ON p.id = a.point_id JOIN enterprises e ON e.id = p.enterprise_id WHERE a.rule = %s"
    " AND EXISTS (SELECT FROM alert_events v WHERE v.alert_id = a.id AND v.event = 'no_data')"
)


def main(options: Sequence[str]) -> int:
    """Run it; 1 if an alert is missed, invented, or another one."""
    parser = argparse.ArgumentParser(prog="./dev bench alert_month", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--kills", type=int, default=12, help="of ingest, PostgreSQL and the schedule, in turns")
    parser.add_argument("--gateways", type=int, default=12)
    parser.add_argument("--rate", type=float, default=0.03, help="share of messages that each fault befalls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-outages", action="store_true", help="without silences in real time, 25 minutes")
    given = parser.parse_args(options)
    folder = Path(tempfile.mkdtemp(prefix="alert-month-"))
    print(f"log in {folder / 'log'}", file=sys.stderr, flush=True)
    with service(folder / "data", folder / "log") as found:
        month = _Month(found, folder / "truth", given)
        figures = month.run()
    print(json.dumps(figures), flush=True)
    return 1 if figures["differences"] or figures["wrongly_heard"] else 0


@dataclass(slots=True)
class _Month:
    found: Service
    file: Path
    given: argparse.Namespace

    def run(self) -> dict[str, Any]:
        """Everything; the figures."""
        given, begun = self.given, time.monotonic()
        rules = self._apply()
        marks = self._marks()
        with closing(Sent(self.file)) as sent, ThreadPoolExecutor(3) as pool:
            stop = Event()
            sending = pool.submit(self._send, sent, stop)
            others: list[Future[Any]] = [pool.submit(self._declare, marks, stop)]
            silent: Future[Outages] | None = None
            if not given.no_outages:
                silent = pool.submit(run_outages, self.found.urls["mqtt"], self.found.credentials, stop)
                others.append(silent)
            try:
                kills = self._kill(lambda: sending.done() and all(other.done() for other in others))
                figures = sending.result(PATIENCE_S)
                repeated = others[0].result(PATIENCE_S)
                outages = silent.result(PATIENCE_S) if silent else Outages()
            finally:
                stop.set()
            for mark in marks:
                if mark.stays:
                    sent.book_mark(mark.marked)
        figures |= {"sent_s": round(time.monotonic() - begun, 1), "kills": kills.total(), "killed": dict(kills)}
        figures |= {"marks": len(marks), "marks_by_fate": dict(Counter(mark.fate for mark in marks))}
        figures |= {"mark_steps_repeated": repeated, "silences_void": not outages.told_by_the_clock}
        with closing(Truth(self.file)) as truth:
            compared, unheard = self._settled(truth, rules, outages)
        figures |= {"settled_s": round(time.monotonic() - begun, 1), **_told(compared)}
        return figures | {"no_data_marks": len(unheard), "wrongly_heard": len(unheard ^ outages.unheard())}

    def _apply(self) -> list[dict[str, Any]]:
        """Put the month's rules in force; those of the demo park's points."""
        park = demo_park(self.found.folder)
        now = dt.datetime.now(LOCAL)
        rules = month_rules((now - dt.timedelta(days=self.given.days / 2)).replace(microsecond=0))
        everything = {"rules": rules + live_rules(), "others": [live_enterprise()]}
        registry = demo_registry(now.date(), park.since, park.seed, **everything)
        with closing(open_connection(self.found.urls["database"])) as connection:
            apply_registry(connection, registry, source="demo")
        return rules

    def _marks(self) -> list[Planned]:
        today = dt.datetime.now(LOCAL).date().toordinal()
        return plan(demo_park(self.found.folder), range(today - self.given.days + 1, today), self.given.seed)

    def _send(self, sent: Sent, stop: Event) -> dict[str, Any]:
        given, park = self.given, demo_park(self.found.folder)
        storm = Storm(given.seed, given.days * 1440, rates(given.rate), given.gateways, codes=(AIR_GATEWAY,))
        totals, struck = run_faulty(self.found.urls["mqtt"], self.found.credentials, park, storm, sent, stop)
        figures = {"days": given.days, "messages": totals.messages, "readings": totals.sent, "faults": struck.total()}
        return figures | {"by_fault": {fault.value: n for fault, n in sorted(struck.items()) if n}}

    def _declare(self, marks: list[Planned], stop: Event) -> int:
        """Over most of the run, which takes about a minute a day of data."""
        pause_s = 45.0 * self.given.days / max(1, len(marks))
        return declare_all(self.found.urls["database"], marks, pause_s, stop)

    def _kill(self, is_over: Any) -> Counter[str]:
        """Kill parts in turns until the end; how often each."""
        done, chance = Counter[str](), random.Random(self.given.seed)
        while not is_over():
            time.sleep(chance.uniform(10.0, 60.0) if done else 5.0)
            victim = _VICTIMS[done.total() % len(_VICTIMS)]
            pid = self.found.pid(victim)
            if done.total() < self.given.kills and pid is not None and not is_over():
                os.kill(pid, signal.SIGKILL)
                done[victim.value] += 1
        return done

    def _settled(
        self, truth: Truth, rules: list[dict[str, Any]], outages: Outages
    ) -> tuple[AlertComparison, set[tuple[str, int]]]:
        """The comparison once every message is answered and everything is judged; the alerts marked *no data*."""
        sent = sum(1 for _ in truth.messages())
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with closing(open_connection(self.found.urls["database"])) as connection:
                    if sum(1 for _ in answered_messages(connection)) >= sent and _is_calm(connection):
                        compared = compare_alerts(connection, truth, rules, list(outages.expected()))
                        return compared, set(connection.execute(_UNHEARD, [HIGH]).fetchall())
            except (Unavailable, OperationalError):
                pass
            assert time.monotonic() < deadline, f"the hours were not judged after {PATIENCE_S:.0f} s"
            time.sleep(2)


def _is_calm(connection: Connection) -> bool:
    return connection.execute(_ACCOUNTED).fetchone() == (0,)


def _told(compared: AlertComparison) -> dict[str, Any]:
    shown = {name: getattr(compared, name) for name in compared.__dataclass_fields__}
    return shown | {"differences": [str(difference) for difference in compared.differences[:20]]}
