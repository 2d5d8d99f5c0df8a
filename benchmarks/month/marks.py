"""Marks of a month: late ones that are accepted, refused or taken back, those of the bureau and of devices.

They lie over leaks, where they matter, and over calm hours, and are declared at random moments of the run, before or
after the readings that they cover have come. Each step is repeated until it is known to have been taken: PostgreSQL may
be killed in the middle of it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Event
from zoneinfo import ZoneInfo

from schemas.errors import Unavailable
from schemas.marks import MarkKind, MarkState
from simulators.events import leaks_of
from simulators.marks import Marked
from simulators.park import Park
from simulators.plants import PLANTS, Plant
from simulators.streams import day_start_ms
from storage.alerts import instant
from storage.connect import Connection, OperationalError, open_connection
from storage.marks import Declaration, MarkTarget, accept_mark, declare_mark, refuse_mark, withdraw_mark

_ZONE = ZoneInfo("Asia/Shanghai")
_MINUTE_US = 60_000_000
_FATES = ("accepted", "refused", "withdrawn", "bureau", "device", "overruled", "operating")
_CALM_A_DAY = 0.1


@dataclass(frozen=True, slots=True)
class Planned:
    """A mark and what becomes of it; ``name`` is its author, by which it is known again."""

    name: str
    marked: Marked
    fate: str

    @property
    def stays(self) -> bool:
        return self.fate not in ("refused", "withdrawn")


def plan(park: Park, days: range, seed: int) -> list[Planned]:
    """Marks over a third of the leaks and some calm hours, in random order."""
    chance = random.Random(seed)
    found = [
        mark
        for plant in PLANTS
        for day in days
        for start, end in _windows(plant, park.seed, day, chance)
        for mark in _of_window(plant, day, start, end, chance)
    ]
    chance.shuffle(found)
    return found


def _windows(plant: Plant, seed: int, day: int, chance: random.Random) -> Iterator[tuple[int, int]]:
    """Minutes of the day."""
    for leak in leaks_of(plant, seed, day):
        if chance.random() < 1 / 3:
            start = leak.start + chance.randrange(-30, 120)
            yield start, start + chance.randrange(10, 200)
    if chance.random() < _CALM_A_DAY:
        start = chance.randrange(1200)
        yield start, start + chance.randrange(5, 240)


def _of_window(plant: Plant, day: int, start: int, end: int, chance: random.Random) -> Iterator[Planned]:
    begins_us = day_start_ms(day) * 1000
    span = begins_us + start * _MINUTE_US, begins_us + end * _MINUTE_US
    fate = chance.choice(_FATES)
    kind = "start_up" if fate == "operating" else chance.choice(["fault", "calibration", "maintenance"])
    point = chance.choice([None, "V01"])
    name = f"{plant.code}-{day}-{start}"
    yield Planned(name, Marked(plant.code, point, kind, *span, fate in ("device", "overruled")), fate)
    if fate == "overruled":  # by hand goes before by device
        by_hand = Marked(plant.code, point, "start_up", span[0] + 10 * _MINUTE_US, span[1])
        yield Planned(f"{name}-hand", by_hand, "bureau")


def declare_all(url: str, planned: list[Planned], pause_s: float, stop: Event) -> int:
    """Declare every mark and see to its fate; how often a step had to be repeated."""
    repeated = 0
    for mark in planned:
        while not stop.is_set():
            with suppress(Unavailable, OperationalError), closing(open_connection(url)) as connection:
                if _take_steps(connection, mark):
                    break
            repeated += 1
            stop.wait(1.0)
        stop.wait(pause_s)
    return repeated


def _take_steps(connection: Connection, mark: Planned) -> bool:
    """Whatever has not been done of a mark."""
    now = dt.datetime.now(dt.UTC)
    stored = _stored(connection, mark.name)
    if stored is None:
        declare_mark(connection, _declaration(connection, mark), now, _ZONE)
        stored = _stored(connection, mark.name)
    assert stored is not None
    mark_id, state = stored
    if mark.fate == "refused" and state != MarkState.REFUSED:
        refuse_mark(connection, mark_id, "bureau", "not so", now)
    if state == MarkState.WAITING and mark.fate != "refused":
        accept_mark(connection, mark_id, "bureau", "seen", now)
    if mark.fate == "withdrawn" and state != MarkState.WITHDRAWN:
        withdraw_mark(connection, mark_id, "operator", "a mistake", now)
    return True


def _stored(connection: Connection, name: str) -> tuple[int, str] | None:
    row = connection.execute("SELECT id, state FROM marks WHERE author = %s", [name]).fetchone()
    return None if row is None else (row[0], row[1])


def _declaration(connection: Connection, mark: Planned) -> Declaration:
    marked = mark.marked
    row = connection.execute(
        "SELECT e.id, p.id FROM enterprises e LEFT JOIN points p ON p.enterprise_id = e.id AND p.code = %s"
        " WHERE e.code = %s",
        [marked.point, marked.enterprise],
    ).fetchone()
    assert row
    target = MarkTarget(row[0], None if marked.point else "DA001", row[1])
    return Declaration(
        target, MarkKind(marked.kind), instant(marked.from_us), instant(marked.to_us), "bench", mark.name, "bench",
        automatic=marked.automatic, by_bureau=mark.fate in ("bureau", "operating"),
    )  # fmt: skip
