"""Kills under load: is anything lost, twice in the table or the books, or left without an answer?

``./dev bench chaos [--kills 30] [--target ingest|postgres|broker|all] [--seed N] [--minutes 20]`` starts the service in
a folder of its own, lets gateways with every kind of fault send, ends parts with SIGKILL at random moments, waits till
every message is answered, and compares ledger and database with the truth of what was sent. Three storms: gateways that
wait for receipts, with kills and clean restarts of everything; gateways that believe the broker, with everything but a
killed broker; and that, to measure what it forgets. Half an hour on a busy machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from parkwatch.children import tied
from parkwatch.demo_park import demo_park
from parkwatch.gateway_logins import kept_login
from parkwatch.logins import Gateway
from parkwatch.parts import SETTLED_S
from parkwatch.sent_balance import compare_sent, unanswered_messages
from parkwatch.settings import Settings, read_settings
from schemas.errors import Unavailable
from simulators.faulty import Storm, run_faulty
from simulators.letters import rates
from simulators.registry import demo_registry
from simulators.sent import Sent, Truth
from simulators.streams import LOCAL
from storage.balance import answered_messages
from storage.connect import OperationalError, open_connection
from storage.registry import apply_registry

PATIENCE_S = 180.0  # for a part to come back, and for the last answers
_QUIET_S = 60.0  # nothing more is committed for so long: the rest is lost
_LONGEST_MOMENT_S = 3.0  # a kill comes that long at most after the part has settled


class Target(StrEnum):
    """What is ended, and how."""

    INGEST = "ingest"
    POSTGRES = "postgres"
    BROKER = "broker"
    SCHEDULE = "schedule"
    RESTART = "broker, clean restart"
    HALTED = "broker, with ingest halted before"


@dataclass(slots=True)
class Service:
    """``parkwatch serve`` over a folder of its own, with the demo park's registry."""

    folder: Path
    settings: Settings
    process: subprocess.Popen[bytes]
    urls: dict[str, str]

    def credentials(self, enterprise: str, code: str) -> tuple[str, str]:
        with closing(open_connection(self.urls["database"])) as connection:
            login = kept_login(self.settings, connection, Gateway(enterprise, code))
        return login.username, login.password

    def successor(self, target: Target, before: int) -> int | None:
        """The process that took the place of an ended one."""
        now = self.pid(target)
        return None if now == before else now

    def pid(self, target: Target) -> int | None:
        """The process that a blow at this target hits."""
        if target in (Target.INGEST, Target.SCHEDULE):
            return next(_parts(self.folder, target.value), None)
        file = self.folder / "postgres" / "cluster" / "postmaster.pid"
        if target is not Target.POSTGRES:
            brokers = [self.folder / "broker" / kind / "pid" for kind in ("mosquitto", "iotcore")]
            file = next((file for file in brokers if file.exists()), brokers[0])
        with suppress(OSError, ValueError, IndexError):
            pid = int(file.read_text(encoding="utf-8").split()[0])
            return pid if _runs(pid) else None
        return None


def _runs(pid: int) -> bool:
    """Whether the process is there and not waiting to be buried."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def _parts(folder: Path, name: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdecimal() else []
            ours = words[-4:-1] == [b"-m", b"parkwatch", name.encode()]
            if ours and os.fsencode(folder) in (entry / "environ").read_bytes() and _runs(int(entry.name)):
                yield int(entry.name)


@contextmanager
def service(folder: Path, log: Path, **settings: str) -> Iterator[Service]:
    """Serve until the block ends."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PARKWATCH_")}
    environment = {**plain, "PARKWATCH_DATA_DIR": str(folder), **settings}
    with log.open("ab") as output:
        command = [*tied("INT"), sys.executable, "-P", "-m", "parkwatch", "serve"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=output, env=environment, start_new_session=True
        )
    with process:
        assert process.stdout
        urls = json.loads(process.stdout.readline() or b"{}")
        assert urls, f"the service does not start: see {log}"
        found = Service(folder, read_settings(environment), process, urls)
        try:
            park = demo_park(folder)
            registry = demo_registry(dt.datetime.now(LOCAL).date(), park.since, park.seed)
            with closing(open_connection(urls["database"])) as connection:
                apply_registry(connection, registry, source="demo")
            yield found
        finally:
            process.send_signal(signal.SIGINT)


@dataclass(slots=True)
class Blow:
    """A part that was ended, at this time (seconds since the epoch)."""

    target: Target
    at: float


@dataclass(slots=True)
class Report:
    """What came of it.

    Lost, doubled: readings. ``redelivered``: readings the ledger counts more often than sent. ``missed``: blows for
    which the time was too short.
    """

    receipts: bool
    blows: dict[str, int]
    missed: int
    faults: int
    messages: int
    readings: int
    redelivered: int
    lost: int
    doubled: int
    unanswered: int
    differences: list[Any]
    windows: list[dict[str, float]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.unanswered or self.differences or self.missed)


def run(
    found: Service, targets: Sequence[Target], *, seed: int, receipts: bool, truth_file: Path,
    rate: float = 0.03, gateways: int = 12, pause_s: float = 0.15, settle_s: float = SETTLED_S,
    longest_s: float = 900.0,
) -> Report:  # fmt: skip
    """Send while these targets are ended, in this order and for so long at most, and compare in the end."""
    chance = random.Random(seed)
    stop, enough = Event(), Event()
    storm = Storm(seed, 25 * 1440, rates(rate), gateways, pause_s, receipts)
    with closing(Sent(truth_file)) as sent, ThreadPoolExecutor(1) as pool:
        arguments = (found.urls["mqtt"], found.credentials, demo_park(found.folder), storm, sent, stop)
        sending = pool.submit(run_faulty, *arguments, enough=enough)
        try:
            _wait(lambda: sending.done() or _committed(found) or None, "the first messages")
            until = time.monotonic() + longest_s
            blows = _strike(found, targets, chance, settle_s, until)
            enough.set()
            _, struck = sending.result(PATIENCE_S)
        finally:
            stop.set()
    with closing(Truth(truth_file)) as truth:
        _wait_quiet(found, truth)
        return _report(found, truth, blows, len(targets) - len(blows), struck.total(), receipts)


def _strike(
    found: Service, targets: Sequence[Target], chance: random.Random, settle_s: float, until: float
) -> list[Blow]:
    """End the targets one after the other, each at a random moment after it has settled since its last start."""
    blows: list[Blow] = []
    since: dict[int, float] = {}
    for target in targets:
        if time.monotonic() > until:
            break
        pid = _wait(partial(found.pid, target), f"{target} to run")
        since.setdefault(pid, time.monotonic() - (settle_s if not blows else 0.0))
        moment = chance.uniform(0.0, _LONGEST_MOMENT_S)
        time.sleep(max(0.0, since[pid] + settle_s - time.monotonic()) + moment)
        blows.append(_end(found, target, pid, chance))
        _wait(partial(found.successor, target, pid), f"{target} to come back")
        since[found.pid(target) or 0] = time.monotonic()
    return blows


def _end(found: Service, target: Target, pid: int, chance: random.Random) -> Blow:
    halted = found.pid(Target.INGEST) if target is Target.HALTED else None
    if halted:
        os.kill(halted, signal.SIGSTOP)
        time.sleep(chance.uniform(2.0, 16.0))
    try:
        os.kill(pid, signal.SIGTERM if target is Target.RESTART else signal.SIGKILL)
        return Blow(target, time.time())
    finally:
        if halted:
            os.kill(halted, signal.SIGCONT)


def _wait(found: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while (answer := found()) is None:
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s for {what}"
        time.sleep(0.05)
    return answer


def _wait_quiet(found: Service, truth: Truth) -> None:
    """Wait until every message is committed, or nothing is committed any more, not even what came again."""
    sent = sum(1 for _ in truth.messages())
    deliveries, changed_at = -1, time.monotonic()
    while _wait(partial(_committed, found), "the database") < sent and time.monotonic() - changed_at < _QUIET_S:
        now = _wait(partial(_delivered, found), "the database")
        if now != deliveries:
            deliveries, changed_at = now, time.monotonic()
        time.sleep(0.5)


def _committed(found: Service) -> int | None:
    """How many messages are committed; None while the database recovers."""
    with suppress(Unavailable, OperationalError), closing(open_connection(found.urls["database"])) as connection:
        return sum(1 for _ in answered_messages(connection))
    return None


def _delivered(found: Service) -> int | None:
    """How many deliveries are committed, the repeated ones too; None while the database recovers."""
    with suppress(Unavailable, OperationalError), closing(open_connection(found.urls["database"])) as connection:
        row = connection.execute("SELECT count(*) FROM receipts").fetchone()
        return int(row[0]) if row else None
    return None


def _report(found: Service, truth: Truth, blows: list[Blow], missed: int, faults: int, receipts: bool) -> Report:
    with closing(open_connection(found.urls["database"])) as connection:
        compared = compare_sent(connection, truth)
        lost = sorted(truth.sent_at(*message) for message in unanswered_messages(connection, truth))
        received = connection.execute("SELECT sum(received) FROM ledger").fetchone()
    booked = int(received[0]) if received else 0
    return Report(
        receipts=receipts,
        blows=dict(Counter(blow.target.value for blow in blows)),
        missed=missed,
        faults=faults,
        messages=compared.messages,
        readings=compared.readings,
        redelivered=booked - sum(books.received for books in truth.books().values()),
        lost=compared.lost,
        doubled=compared.doubled,
        unanswered=compared.counts["unanswered message"],
        differences=compared.differences,
        windows=[] if receipts else _windows(blows, lost),
    )


def _windows(blows: list[Blow], lost: list[float]) -> list[dict[str, float]]:
    """For each blow at the broker the messages lost before and after it, and how long before it the first was sent."""
    found = []
    edges = [blow.at for blow in blows] + [float("inf")]
    for i, blow in enumerate(blows):
        if blow.target in (Target.BROKER, Target.HALTED):
            before = [at for at in lost if (edges[i - 1] + 5 if i else 0.0) < at <= blow.at]
            after = [at for at in lost if blow.at < at <= min(blow.at + 5, edges[i + 1])]
            age = blow.at - min(before) if before else 0.0
            found.append({"lost_before": len(before), "seconds_before": round(age, 2), "lost_after": len(after)})
    return found


def rounds(targets: Sequence[Target], kills: int, seed: int) -> list[Target]:
    """Every target so often, in an order that the seed fixes and that never hits one twice before the others."""
    chance = random.Random(seed)
    return [target for _ in range(kills) for target in chance.sample(targets, len(targets))]


def main(options: list[str]) -> int:
    """Run the storms and print a line of JSON for each; 1 if one of them is not sound."""
    parser = argparse.ArgumentParser(prog="./dev bench chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="of each target, and as many clean restarts (30)")
    parser.add_argument("--target", choices=["ingest", "postgres", "broker", "all"], default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=20.0, help="for each storm at most; what is missed is told (20)"
    )
    given = parser.parse_args(options)
    sound = True
    for number, (title, receipts, targets) in enumerate(storms(given.target, given.kills, given.seed)):
        begun = time.monotonic()
        report = _storm(given.seed + number, targets, receipts, 60 * given.minutes)
        promised = receipts or not {Target.BROKER, Target.HALTED} & set(targets)
        sound &= report.sound or not promised
        took_s = round(time.monotonic() - begun)
        print(json.dumps({"storm": title, **_figures(report), "seconds": took_s}), flush=True)
    return 0 if sound else 1


def storms(target: str, kills: int, seed: int) -> list[tuple[str, bool, list[Target]]]:
    """Title, whether gateways wait for receipts, and what is ended, of each storm."""
    chosen = [Target(target)] if target != "all" else [Target.INGEST, Target.POSTGRES, Target.BROKER]
    clean = [target for target in chosen if target is not Target.BROKER]
    if Target.BROKER in chosen:
        chosen, clean = [*chosen, Target.RESTART], [*clean, Target.RESTART]
    found = [
        ("gateways that wait for receipts", True, rounds(chosen, kills, seed)),
        ("fire and forget, nothing that the broker forgets", False, rounds(clean, kills, seed)),
    ]
    if Target.BROKER in chosen:
        some = max(1, kills // 6)
        found.append(("fire and forget, broker killed", False, [Target.BROKER] * some + [Target.HALTED] * some))
    return found


def _storm(seed: int, targets: Sequence[Target], receipts: bool, longest_s: float) -> Report:
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"{len(targets)} blows, log in {folder / 'log'}", file=sys.stderr, flush=True)
    with service(folder / "data", folder / "log") as found:
        truth_file = folder / "truth"
        return run(found, targets, seed=seed, receipts=receipts, truth_file=truth_file, longest_s=longest_s)


def _figures(report: Report) -> dict[str, Any]:
    shown = {name: getattr(report, name) for name in report.__dataclass_fields__}
    return shown | {"differences": [str(difference) for difference in report.differences[:5]], "sound": report.sound}
