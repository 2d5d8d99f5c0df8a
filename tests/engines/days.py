"""Some days of three enterprises of the demo park, with every kind of fault, through the real way into a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from zoneinfo import ZoneInfo

from alerts.arrivals import FactsJudge, ReadingsJudge
from alerts.scopes import ScopeJudge
from ingest.assemble import Message, assemble
from ingest.directory import read_directory
from parkwatch.jobs.compute_accounts import compute
from parkwatch.jobs.drain_hours import drain
from parkwatch.jobs.make_days import make_days_job
from parkwatch.jobs.watch_alerts import watch_jobs
from parkwatch.seed import seed_shipped
from simulators.faults import letters
from simulators.letters import Dice, rates
from simulators.park import Park
from simulators.plants import PLANTS
from simulators.registry import demo_registry
from simulators.streams import LOCAL
from storage.connect import Connection
from storage.registry import apply_registry
from storage.write_batch import BatchWriter
from tests.engines import people

TIMEZONE = ZoneInfo("Asia/Shanghai")
SINCE = dt.date(2026, 10, 1)
START = dt.datetime(2026, 10, 1, tzinfo=LOCAL)
NOW = dt.datetime(2026, 10, 2, 10, 10, tzinfo=LOCAL)  # two local days that touch three of UTC
ENTERPRISES = ("ENT01", "ENT02", "ENT08")
"""With a direct line; with short registers that wrap; with export and stacks."""

_LETTERS_A_BATCH = 120


def fill(connection: Connection, seed: int = 4) -> None:
    """Write the days and run the jobs over them, as the schedule would while they last and once at the end."""
    seed_shipped(connection)
    apply_registry(connection, demo_registry(NOW.date(), SINCE, 7))
    people.set_budgets(connection)
    writer = BatchWriter(connection, TIMEZONE, ReadingsJudge(TIMEZONE))
    directory, judge = read_directory(connection, None), FactsJudge(TIMEZONE)
    messages, written = _messages(seed), 0
    while batch := list(islice(messages, _LETTERS_A_BATCH)):
        writer.write(assemble(batch, directory, NOW), NOW)
        written += 1
        if written % 8 == 0:
            drain(connection, NOW, timezone=TIMEZONE, judge=judge)
    people.declare(connection, NOW, TIMEZONE)
    _run_jobs(connection, judge)
    people.handle(connection, NOW, TIMEZONE)
    writer.write(assemble([people.last_letter(NOW)], directory, NOW), NOW)
    _run_jobs(connection, judge)
    people.operate(connection, NOW)


def _run_jobs(connection: Connection, judge: FactsJudge) -> None:
    while drain(connection, NOW, timezone=TIMEZONE, judge=judge):
        pass
    for job in (*watch_jobs(TIMEZONE, {}), make_days_job()):
        job.run(connection, TIMEZONE, NOW)
    compute(connection, NOW, TIMEZONE.key, ScopeJudge(TIMEZONE))


def _messages(seed: int) -> Iterator[Message]:
    """What the gateways send, one enterprise after the other: to the second and third all days come late."""
    park, end = Park(7, SINCE), int(NOW.timestamp()) // 60 - 10
    minutes = range(int(START.timestamp()) // 60, end)
    for plant in PLANTS:
        for gateway in ("energy", "air") if plant.code in ENTERPRISES else ():
            dice = Dice(f"{seed}-{plant.code}-{gateway}", rates(0.005))
            topic = f"pw/v1/{plant.code}/{gateway}/telemetry"
            for letter in letters(park, plant, gateway, minutes, dice, round(NOW.timestamp() * 1000)):
                yield Message(plant.code, gateway, topic, "telemetry", letter.message.payload)
