"""Steps and facts of days equal the plain computation over the readings, whatever is still to be made."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import fmean
from typing import Any

import pytest

from parkwatch.jobs.drain_hours import drain
from storage.access import acting_as_all
from storage.connect import Connection
from storage.day_facts import keep_calendar, make_point_days
from storage.facts import mark_readings_dirty
from storage.steps import DAY, HOUR, Span, Step, read_steps
from tests.storage.test_facts import DAY as FIRST
from tests.storage.test_facts import NOW, SHANGHAI, Park, Row, at

WIDTHS = (dt.timedelta(minutes=1), dt.timedelta(minutes=15), HOUR, DAY)
PLAUSIBLE = (-5.0, 90.0)
Reading = tuple[dt.datetime, float, str]
Mark = tuple[dt.datetime, dt.datetime, str, bool]
"""From, to, kind, and whether a device set it."""


@pytest.fixture
def park(connection: Connection) -> Park:
    found = Park(connection)
    keep_calendar(connection, SHANGHAI)
    return found


@contextmanager
def seeing_all(connection: Connection) -> Iterator[None]:
    """In the role that reads the views; out of it again, even where the test is itself in a transaction."""
    with acting_as_all(connection):
        yield
        connection.execute("RESET ROLE")


def plain(readings: Sequence[Reading], kind: str, span: Span, width: dt.timedelta) -> list[Step]:
    """Steps as the reference says: minute means, then their mean."""
    shift = dt.timedelta(microseconds=1) if kind == "interval" else dt.timedelta()
    steps: dict[dt.datetime, list[Reading]] = defaultdict(list)
    for ts, value, flag in readings:
        if span[0] <= ts - shift < span[1]:
            local = (ts - shift).astimezone(SHANGHAI)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            steps[midnight + (local - midnight) // width * width].append((local, value, flag))
    return [_plain_step(ts, rows, kind) for ts, rows in sorted(steps.items())]


def _plain_step(ts: dt.datetime, rows: list[Reading], kind: str) -> Step:
    minutes: dict[dt.datetime, list[float]] = defaultdict(list)
    for at_, value, flag in rows:
        if flag == "N" and PLAUSIBLE[0] <= value <= PLAUSIBLE[1]:
            minutes[at_.replace(second=0, microsecond=0)].append(value)
    values = [value for minute in minutes.values() for value in minute]
    mean = fmean(fmean(minute) for minute in minutes.values()) if minutes and kind != "counter" else None
    low, high = min(values, default=None), max(values, default=None)
    return Step(ts, mean, low, high, len(rows), len(values), len(minutes))


def columns(steps: Sequence[Step]) -> tuple[list[tuple[Any, ...]], list[float | None]]:
    """Steps as they are compared: sums of other orders differ in the last digits of a mean."""
    exact = [(step.ts, step.min, step.max, step.n, step.n_valid, step.minutes) for step in steps]
    return exact, [step.mean for step in steps]


def assert_same(found: Sequence[Step], expected: Sequence[Step]) -> None:
    exact, means = columns(found)
    expected_exact, expected_means = columns(expected)
    assert exact == expected_exact
    assert means == pytest.approx(expected_means)


def odd_readings(chance: random.Random, kind: str, days: int) -> dict[float, tuple[float, str]]:
    """Days of a point at odd seconds, with flags, implausible values and holes of hours and days, by minute."""
    every = chance.choice([0.5, 5.0, 15.0])
    holes = [chance.uniform(0, days * 1440) for _ in range(3)]
    rows = {}
    minute = chance.choice([0.0, every * chance.random()])
    while minute < days * 1440:
        if chance.random() < 0.97 and not any(hole < minute < hole + 400 for hole in holes):
            value = round(chance.uniform(0, 100) if kind != "counter" else minute / 1e4, 3)
            rows[minute] = (value, chance.choice("NNNNNNND"))
        minute += every
    return rows


@pytest.mark.parametrize("kind", ["gauge", "interval", "counter"])
@pytest.mark.parametrize("seed", range(2))
def test_steps_equal_the_readings_at_every_moment(park: Park, kind: str, seed: int) -> None:
    chance = random.Random(f"{kind} {seed}")
    point = park.add_point("X01", kind)
    park.connection.execute("UPDATE points SET plausible_low = %s, plausible_high = %s", PLAUSIBLE)
    waiting = list(odd_readings(chance, kind, 3).items())
    chance.shuffle(waiting)
    stored: dict[float, tuple[float, str]] = {}
    marks: list[Mark] = []
    while waiting:
        part, waiting = waiting[:2000], waiting[2000:]
        part += [
            (minute, (round(chance.uniform(0, 90), 3), "N"))
            for minute in chance.sample(sorted(stored), min(len(stored), 5))
        ]
        for flag in "ND":
            park.send(point, [(minute, value) for minute, (value, f) in part if f == flag], flag)
        stored.update(part)
        marks.append(put_mark(park, point, chance))
        for _ in range(chance.randint(0, 3)):  # facts of some hours, of some days, of none
            drain(park.connection, NOW, timezone=SHANGHAI, limit=chance.choice([2, 20, 2000]))
            make_point_days(park.connection, SHANGHAI, chance.choice([1, 2, 100]))
        look(park, point, kind, stored, marks, chance)
    park.drain()
    look(park, point, kind, stored, marks, chance)
    while make_point_days(park.connection, SHANGHAI, 3):
        pass
    look(park, point, kind, stored, marks, chance)


def put_mark(park: Park, point: int, chance: random.Random) -> Mark:
    start = at(chance.uniform(0, 4000))
    end = start + dt.timedelta(minutes=chance.uniform(1, 600))
    mark = (start, end, chance.choice(["fault", "calibration", "start_up"]), chance.random() < 0.5)
    park.connection.execute(
        "INSERT INTO marks"
        " (enterprise_id, point_id, from_ts, to_ts, kind, automatic, state, reason, author, declared_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'in_force', '', '', '')",
        [park.enterprise, point, *mark],
    )
    mark_readings_dirty(park.connection, [point], start - HOUR, end + HOUR)
    return mark


def marked(ts: dt.datetime, marks: Sequence[Mark]) -> bool:
    """Whether equipment marks take a reading out: manual ones always, automatic ones where nobody says otherwise."""
    here = [(kind, automatic) for start, end, kind, automatic in marks if start <= ts < end]
    manual = [kind for kind, automatic in here if not automatic]
    return any(kind != "start_up" for kind in manual or [kind for kind, _ in here])


def look(
    park: Park,
    point: int,
    kind: str,
    stored: dict[float, tuple[float, str]],
    marks: Sequence[Mark],
    chance: random.Random,
) -> None:
    readings = []
    for minute in sorted(stored):
        value, flag = stored[minute]
        readings.append((at(minute), value, "D" if marked(at(minute), marks) else flag))
    for width in WIDTHS:
        start = at(chance.choice([-4000, 0, 60 * chance.randint(0, 100), chance.uniform(0, 5000)]))
        end = start + chance.choice([DAY, 3 * DAY, HOUR, 12 * DAY, dt.timedelta(seconds=chance.randint(1, 400_000))])
        expected = plain(readings, kind, (start, end), width)
        with seeing_all(park.connection):
            whole = read_steps(park.connection, point, (start, end), width, SHANGHAI, 20_000)
            page = read_steps(park.connection, point, (start, end), width, SHANGHAI, 7)
        assert_same(whole, expected)
        assert_same(page, expected[:7])


def test_what_is_made_is_read_from_facts(park: Park) -> None:
    point = park.add_point("V01", "gauge")
    park.send(point, [(minute, 5.0) for minute in range(2 * 1440)])
    park.drain()
    assert make_point_days(park.connection, SHANGHAI, 100) == 2
    park.connection.execute("DELETE FROM readings")
    with seeing_all(park.connection):
        days = read_steps(park.connection, point, (at(0), at(2880)), DAY, SHANGHAI, 10)
        hours = read_steps(park.connection, point, (at(0), at(2880)), HOUR, SHANGHAI, 100)
    assert [(day.mean, day.n) for day in days] == [(5.0, 1440), (5.0, 1440)]
    assert len(hours) == 48
    park.connection.execute("DELETE FROM hourly_facts")
    with seeing_all(park.connection):
        assert len(read_steps(park.connection, point, (at(0), at(2880)), DAY, SHANGHAI, 10)) == 2
        assert read_steps(park.connection, point, (at(0), at(2880)), HOUR, SHANGHAI, 100) == []


def day_rows(park: Park, point: int) -> list[tuple[Any, ...]]:
    return park.connection.execute(
        "SELECT day - %s::date, n, mean, delta, hours, hours_valid, hours_complete, valid FROM daily_facts"
        " WHERE point_id = %s ORDER BY day",
        [FIRST.date(), point],
    ).fetchall()


def make(park: Park) -> None:
    park.drain()
    while make_point_days(park.connection, SHANGHAI, 100):
        pass


def minute_rows(first: int, last: int, value: float) -> list[Row]:
    return [(float(minute), value) for minute in range(first, last)]


def test_a_day_is_valid_with_twenty_valid_hours(park: Park) -> None:
    point = park.add_point("V01", "gauge", role="stack")
    park.send(point, minute_rows(0, 10 * 60, 4.0) + minute_rows(10 * 60, 19 * 60, 8.0))
    park.send(point, minute_rows(19 * 60, 19 * 60 + 10, 1000.0))  # an hour that is not valid
    make(park)
    mean = (10 * 4.0 + 9 * 8.0) / 19
    assert day_rows(park, point) == [(0, 1150, pytest.approx(mean), None, 24, 19, 0, False)]
    park.send(point, minute_rows(20 * 60, 21 * 60, 8.0))
    make(park)
    assert day_rows(park, point) == [(0, 1210, pytest.approx((10 * 4.0 + 10 * 8.0) / 20), None, 24, 20, 0, True)]


def test_a_gap_belongs_to_the_shortest_period_that_contains_it(park: Park) -> None:
    point = park.add_point()
    month = dt.datetime(2026, 11, 1, tzinfo=SHANGHAI)
    november = (month - FIRST) / dt.timedelta(minutes=1)
    steps = [
        (0, 0.0),
        (1, 1.0),
        (301, 301.0),
        (302, 302.0),
        (3000, 3000.0),
        (3001, 3001.0),
        (november + 60, november + 60.0),
    ]
    park.send(point, steps)
    make(park)
    deltas = {row[0]: row[3] for row in day_rows(park, point)}
    assert deltas == {0: 302.0, 2: 1.0, 27: None}  # the second gap lies in no day, the third in no month
    found = park.connection.execute("SELECT month, delta FROM monthly_facts ORDER BY month").fetchall()
    assert found == [(dt.date(2026, 10, 1), 3001.0), (dt.date(2026, 11, 1), None)]


def test_made_again_nothing_changes(park: Park) -> None:
    point = park.add_point()
    park.send(point, [(float(minute), float(minute)) for minute in range(4000)])
    make(park)
    query = "SELECT xmin::text, ctid::text, d::text FROM {} d ORDER BY 3"
    before = [park.connection.execute(query.format(t).encode()).fetchall() for t in ("daily_facts", "monthly_facts")]
    assert all(before)
    park.connection.execute(
        "INSERT INTO dirty_point_days (point_id, day) SELECT point_id, day FROM daily_facts, generate_series(1, 2)"
    )
    make(park)
    after = [park.connection.execute(query.format(t).encode()).fetchall() for t in ("daily_facts", "monthly_facts")]
    assert after == before


def test_a_day_that_lost_its_hours_is_gone(park: Park) -> None:
    point = park.add_point("V01", "gauge")
    park.send(point, [(5.0, 1.0), (2000.0, 1.0)])
    make(park)
    park.connection.execute("DELETE FROM readings WHERE ts > %s", [at(1440)])
    park.connection.execute("INSERT INTO dirty_hours (point_id, hour) VALUES (%s, %s)", [point, at(1980)])
    make(park)
    assert [row[0] for row in day_rows(park, point)] == [0]


def test_another_zone_makes_all_days_again(park: Park) -> None:
    from zoneinfo import ZoneInfo

    point = park.add_point("V01", "gauge")
    park.send(point, minute_rows(0, 1440, 3.0))
    make(park)
    utc = ZoneInfo("UTC")
    assert keep_calendar(park.connection, utc)
    while make_point_days(park.connection, utc, 100):
        pass
    assert [(row[0], row[1]) for row in day_rows(park, point)] == [(-1, 480), (0, 960)]
    assert not keep_calendar(park.connection, utc)


def test_a_point_in_work_is_left_to_its_worker(park: Park, database_url: str) -> None:
    from contextlib import closing

    from storage.connect import open_connection

    point = park.add_point("V01", "gauge")
    park.send(point, [(5.0, 1.0)])
    park.drain()
    with closing(open_connection(database_url)) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(727591, %s)", [point])
        assert make_point_days(park.connection, SHANGHAI, 10) == 0
    assert make_point_days(park.connection, SHANGHAI, 10) == 1
