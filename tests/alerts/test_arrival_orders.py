"""Whatever comes in whatever order, batches and company of marks: the alerts that stand in the end are the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from alerts.remarked import judge_remarked
from parkwatch.jobs.drain_hours import drain
from schemas.marks import MarkKind
from storage.connect import Connection
from storage.marks import Declaration, MarkTarget, declare_mark, withdraw_mark
from storage.readings import instant
from tests.alerts.bench import NOW, TIMEZONE, Bench, Row, at

MINUTE = 60_000_000
MG = {"unit": "mg/m3", "clause": "-", "verified": True}
HOURS = MG | {"kind": "exceedance", "basis": "std_dry"}
RULES: dict[str, tuple[int, int, dict[str, Any]]] = {  # interval and length of the readings in minutes, the rule
    "reading": (1, 90, {"above": 80, "clear_below": 70}),
    "reading_for": (1, 90, {"above": 80, "clear_below": 70, "for": "4min", "clear_for": "3min"}),
    "rate": (1, 90, {"statistic": "rate", "above": 15}),
    "flat": (1, 90, {"statistic": "flat", "for": "4min"}),
    "mean_10m": (1, 120, MG | {"statistic": "mean_10m", "above": 80, "clear_below": 70}),
    "mean_10m_for": (1, 120, MG | {"statistic": "mean_10m", "above": 75, "for": "20min"}),
    "mean_1h": (5, 1200, HOURS | {"statistic": "mean_1h", "above": 80, "clear_below": 70}),
    "mean_1d": (20, 5760, HOURS | {"statistic": "mean_1d", "above": 72}),
    "converted": (5, 1200, HOURS | {"statistic": "mean_1h", "above": 160, "basis": "ref_o2", "reference_o2": 3}),
    "mass rate": (5, 1200, HOURS | {"statistic": "mean_1h", "above": 4, "unit": "kg/h"}),
}
INPUTS: dict[str, dict[str, Any]] = {
    "O": {"quantity": "a19001", "unit": "%", "reported_basis": "raw_dry"},
    "Q": {"quantity": "a00000", "unit": "m3/h", "reported_basis": "std_dry"},
}
LEVEL = {"V": 75.0, "O": 12.0, "Q": 50_000.0}


@dataclass(frozen=True, slots=True)
class Mark:
    from_us: int
    to_us: int
    stays: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What is sent of each point, corrections behind what they correct, and the marks."""

    rows: list[tuple[str, Row]]
    marks: list[Mark]

    @classmethod
    def of(cls, chance: random.Random, interval: int, length: int) -> Story:
        start = at("-4 00:00") if length > 1440 else at("00:00")
        rows = [
            (
                name,
                (
                    start + minute * MINUTE + chance.choice([0, 0, 0, 7_000_000]),
                    _value(chance, name, minute),
                    _flag(chance),
                ),
            )
            for minute in range(0, length, interval)
            for name in ("V", *INPUTS)
            if chance.random() > 0.06
        ]
        rows += [(name, (ts, _value(chance, name, 0), "N")) for name, (ts, _, _) in chance.sample(rows, len(rows) // 8)]
        marks = []
        for _ in range(chance.randrange(3)):
            begins = start + chance.randrange(length) * MINUTE
            marks.append(Mark(begins, begins + chance.randrange(1, length // 6) * MINUTE, chance.random() < 0.7))
        return cls(_once(rows), marks)


def _value(chance: random.Random, name: str, minute: int) -> float:
    """Levels that last, so that means and repetitions exceed; now and then something implausible."""
    if name != "V":
        return round(LEVEL[name] * chance.uniform(0.95, 1.05), 2)
    level = (55.0, 95.0)[minute // 30 % 2] if chance.random() < 0.8 else chance.choice([40.0, 75.0, 75.0, 120.0])
    return 700.0 if chance.random() < 0.02 else level


def _flag(chance: random.Random) -> str:
    return chance.choices(["N", "M", "T"], [0.92, 0.05, 0.03])[0]


def _once(rows: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Without what was said before of an instant: the writer takes a superseded value for a duplicate."""
    return list(dict.fromkeys(rows))


def in_any_order(chance: random.Random, rows: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Shuffled; of one instant the order stays."""
    waiting: dict[tuple[str, int], list[tuple[str, Row]]] = {}
    for name, row in rows:
        waiting.setdefault((name, row[0]), []).append((name, row))
    turns = [(name, row[0]) for name, row in rows]
    chance.shuffle(turns)
    return [waiting[turn].pop(0) for turn in turns]


@dataclass(slots=True)
class Stack:
    """An outlet of its own on which a story is played."""

    bench: Bench
    connection: Connection
    outlet: str
    interval: int
    points: dict[str, int] = field(default_factory=dict)
    _marks: dict[Mark, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        usual: dict[str, Any] = {"outlet": self.outlet, "interval_s": self.interval * 60.0}
        gas = {"reported_basis": "std_dry", "plausible_low": 0.0, "plausible_high": 500.0}
        kinds: dict[str, dict[str, Any]] = {"V": gas, **INPUTS}
        for name, columns in kinds.items():
            self.points[name] = self.bench.point(f"{self.outlet}{name}", **usual | columns)

    def send(self, rows: list[tuple[str, Row]]) -> None:
        for name, point_id in self.points.items():
            mine = [row for of, row in rows if of == name]
            if mine:
                self.bench.send(point_id, mine)

    def mark(self, mark: Mark) -> None:
        row = self.connection.execute("SELECT id FROM enterprises").fetchone()
        assert row
        told = Declaration(
            MarkTarget(row[0], self.outlet), MarkKind.FAULT, instant(mark.from_us), instant(mark.to_us), "r", "a", "b",
            by_bureau=True,
        )  # fmt: skip
        self._marks[mark] = declare_mark(self.connection, told, NOW, TIMEZONE)

    def take_back(self, mark: Mark) -> None:
        withdraw_mark(self.connection, self._marks[mark], "b", "no", NOW)

    def work_off(self) -> None:
        while judge_remarked(self.connection, self.bench.streaming, NOW):
            pass
        while drain(self.connection, NOW, timezone=TIMEZONE, judge=self.bench.facts):
            pass

    def alerts(self) -> list[tuple[Any, ...]]:
        self.work_off()
        found = self.bench.alerts(self.points["V"])
        names = ("rule", "opened", "resolved", "state")
        return [(*(a[name] for name in names), round(a["value"], 9), a["evidence"]["exceeding"]) for a in found]


def steps_of(chance: random.Random, story: Story, stack: Stack) -> Iterator[None]:
    """The story in any order, in any batches, with its marks and the work of the schedule anywhere between."""
    rows = in_any_order(chance, story.rows)
    cuts = sorted(chance.sample(range(len(rows)), min(len(rows), chance.randrange(1, 12))))
    batches = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    doings: list[tuple[float, Any, Any]] = [(float(n), stack.send, batch) for n, batch in enumerate(batches)]
    for mark in story.marks:
        begins = chance.uniform(-1, len(batches))
        doings.append((begins, stack.mark, mark))
        if not mark.stays:
            doings.append((chance.uniform(begins, len(batches)), stack.take_back, mark))
    for _, do, what in sorted(doings, key=lambda doing: doing[0]):
        do(what)
        if chance.random() < 0.4:
            stack.work_off()
        yield


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", RULES)
def test_neither_order_nor_batches_nor_the_time_of_marks_matter(
    bench: Bench, connection: Connection, name: str, seed: int
) -> None:
    interval, length, rule = RULES[name]
    bench.rules(rule)
    chance = random.Random(f"{name} {seed}")
    for n in range(2):
        story = Story.of(chance, interval, length)
        calm = Stack(bench, connection, f"A{n}", interval)
        for mark in story.marks:
            if mark.stays:
                calm.mark(mark)
        calm.send(story.rows)
        expected = calm.alerts()
        assert expected or story.marks, "a story in which nothing happens proves nothing"
        wild = Stack(bench, connection, f"B{n}", interval)
        for _ in steps_of(chance, story, wild):
            pass
        assert wild.alerts() == expected


def test_what_comes_after_ten_minutes_has_no_say_in_them(bench: Bench, connection: Connection) -> None:
    """The last reading of a window stands for as long as the one before it, whatever is read beside the window."""
    bench.rules(RULES["mean_10m"][2])
    here = [(at(f"10:0{minute}"), 90.0, "N") for minute in range(7)] + [(at("10:09:50"), 90.0, "N")]
    there = [(at(f"10:1{minute}:05"), 50.0, "N") for minute in range(10)]
    one, two = (Stack(bench, connection, outlet, 1) for outlet in ("A", "B"))
    one.send([("V", row) for row in [*here, *there]])
    two.send([("V", row) for row in here])
    two.send([("V", row) for row in there])
    assert len(one.alerts()) == 1
    assert two.alerts() == one.alerts()
