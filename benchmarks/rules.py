"""What it costs to judge a thousand rules: ``./dev bench rules [--minutes N] [--hours N] [--points N] [--rules N]``.

2,000 points of minute data in sixty enterprises, each watched by up to ten rules of every statistic on points, in one
run without the rules and with them: some minutes in real time, then hours of the past as fast as they are taken, so
that hours, converted hours and ten minutes are judged too; in the end minutes in which everything exceeds everything.
Ingest and schedule are the real commands. Prints a line of JSON for each phase: cores by part, which are processor
seconds over the seconds of data. 1 if the watch needs a core or more.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from benchmarks.backlog import Sender
from benchmarks.rule_load.park import City
from benchmarks.rule_load.parts import Parts, Seconds, parts
from parkwatch.mosquitto import find_mosquitto
from schemas.errors import Unavailable
from storage.connect import Connection, open_connection
from storage.registry import apply_registry

PATIENCE_S = 1200.0
TARGET_CORES = 1.0
_THOUSAND = 1_000
_STORM_MINUTES, _CALM_MINUTES = 7, 3
_AHEAD_MINUTES = 4  # of now, a stamp is not in the future
_SINGLE = 169.5  # rules more for each group whose rules are written for single points
_UNSETTLED = "SELECT (SELECT count(*) FROM dirty_hours) + (SELECT count(*) FROM dirty_point_days)"


def main(options: list[str]) -> int:
    """Run it; 1 if the watch needs a core or more in real time or for the past."""
    parser = argparse.ArgumentParser(prog="./dev bench rules", description=__doc__)
    parser.add_argument("--minutes", type=int, default=4, help="in real time, without the rules and with them")
    parser.add_argument("--hours", type=int, default=6, help="of the past, without the rules and with them")
    parser.add_argument("--points", type=int, default=2_000)
    parser.add_argument("--rules", type=int, default=_THOUSAND)
    given = parser.parse_args(options)
    program = find_mosquitto()
    if program is None:
        raise Unavailable("mosquitto is not installed: apt install mosquitto")
    city = City(given.points, single=max(0, round((given.rules - _THOUSAND) / _SINGLE)))
    with tempfile.TemporaryDirectory(prefix="rules-") as name, ExitStack() as stack:
        found = stack.enter_context(parts(Path(name), program))
        connection = stack.enter_context(closing(open_connection(found.url)))
        run = _Run(city, found, connection)
        apply_registry(connection, city.registry([]))
        stack.callback(run.close)
        run.connect()
        cores = _phases(run, given.minutes, given.hours)
    return 0 if cores < TARGET_CORES else 1


def _phases(run: _Run, minutes: int, hours: int) -> float:
    """All phases; the most cores that the watch needed."""
    yesterday = time.time_ns() // 86_400_000_000_000 * 1440 - 1440
    with run.phase("idle", 60):
        time.sleep(60)
    without = [run.live("live, no rules", minutes), run.past("past, no rules", yesterday - 1440, hours)]
    rules = run.city.rules()
    apply_registry(run.connection, run.city.registry(rules))
    print(
        json.dumps({"rules": len(rules), "points_by_rules": dict(sorted(run.city.watched(rules).items()))}), flush=True
    )
    with_rules = [run.live("live, rules", minutes), run.past("past, rules", yesterday, hours)]
    for name, before, after in zip(("live", "past"), without, with_rules, strict=True):
        print(json.dumps({"judging": name} | {p: round(after[p] - before.get(p, 0.0), 4) for p in after}), flush=True)
    run.storm("everything exceeds", run.newest + 1)
    run.storm("everything exceeds, a day late", yesterday - 60)
    return max(used["cores"] for used in with_rules)


@dataclass(slots=True)
class _Run:
    city: City
    parts: Parts
    connection: Connection
    senders: list[Sender] = field(default_factory=list)
    newest: int = 0  # minute that was sent live

    def connect(self) -> None:
        broker, n = self.parts.broker, len(self.city.enterprises)
        self.senders = [Sender(broker, e, "gw1", "telemetry", receipts=True) for e in range(n)]

    def close(self) -> None:
        for sender in self.senders:
            sender.close()

    @contextmanager
    def phase(self, name: str, seconds: float) -> Iterator[Seconds]:
        """Processor time of the parts while the block runs and what it left is computed; ``seconds`` of data."""
        before, begun, used = self.parts.spent(self.connection), time.monotonic(), Seconds()
        opened = self._alerts()
        yield used
        self._settle()
        after = self.parts.spent(self.connection)
        used |= {part: (after[part] - before.get(part, 0.0)) / seconds for part in after}
        used["cores"] = sum(each for part, each in used.items() if part != "publisher")
        told = {part: round(each, 4) for part, each in used.items()}
        took_s = round(time.monotonic() - begun, 1)
        print(json.dumps({"phase": name, "took_s": took_s, "alerts": self._alerts() - opened, **told}), flush=True)

    def live(self, name: str, minutes: int) -> Seconds:
        """Every enterprise once a minute, one after the other over the minute."""
        with self.phase(name, 60 * minutes) as used:
            every_s, due, first = 60 / len(self.senders), time.monotonic(), int(time.time()) // 60
            for n in range(minutes * len(self.senders)):
                time.sleep(max(0.0, due + n * every_s - time.monotonic()))
                round_, e = divmod(n, len(self.senders))
                self._send(e, first + round_)
            self.newest = first + minutes
        return used

    def past(self, name: str, first: int, hours: int) -> Seconds:
        """Hours from a minute on, minute by minute, as fast as receipts come."""
        with self.phase(name, 3600 * hours) as used:
            self._each(range(first, first + 60 * hours))
        return used

    def storm(self, name: str, first: int) -> None:
        """Minutes in which all that has a limit exceeds it, and some in which nothing does."""
        last = first + _STORM_MINUTES + _CALM_MINUTES
        time.sleep(max(0.0, 60 * (last - _AHEAD_MINUTES) - time.time()))
        with self.phase(name, 60 * (_STORM_MINUTES + _CALM_MINUTES)):
            self._each(range(first, first + _STORM_MINUTES), storm=True)
            self._each(range(first + _STORM_MINUTES, last))

    def _each(self, minutes: range, *, storm: bool = False) -> None:
        def send(e: int) -> None:
            for minute in minutes:
                self._send(e, minute, storm=storm)

        with ThreadPoolExecutor(len(self.senders)) as pool:
            list(pool.map(send, range(len(self.senders))))

    def _send(self, e: int, minute: int, *, storm: bool = False) -> None:
        sender, payload = self.senders[e], self.city.payload(e, minute, storm=storm)
        sender.sent[sha256(payload).hexdigest()] = time.monotonic()
        sender.send(payload)

    def _settle(self) -> None:
        """Wait until everything has its receipt, and every hour and day is computed."""
        deadline = time.monotonic() + PATIENCE_S
        while any(sender.sent for sender in self.senders) or self.connection.execute(_UNSETTLED).fetchone() != (0,):
            assert time.monotonic() < deadline, f"not settled after {PATIENCE_S:.0f} s"
            time.sleep(0.2)

    def _alerts(self) -> int:
        row = self.connection.execute("SELECT count(*) FROM alerts").fetchone()
        return int(row[0]) if row else 0
