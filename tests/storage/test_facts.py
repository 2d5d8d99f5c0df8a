"""Dirty hours into facts on a real database: late, corrected, wrapped, replaced, in any order of arrival."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Sequence
from contextlib import closing
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from alerts.arrivals import FactsJudge
from ingest.directory import read_directory
from parkwatch.jobs.drain_hours import drain
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.metering import HourlyFacts
from storage.connect import Connection, open_connection
from storage.facts import mark_readings_dirty
from storage.queries import query
from storage.write_batch import BatchWriter

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
DAY = dt.datetime(2026, 10, 5, tzinfo=SHANGHAI)


class Witness(FactsJudge):
    """A judge that only looks on."""

    def __init__(self) -> None:
        super().__init__(SHANGHAI)
        self.seen: list[HourlyFacts] = []

    def __call__(self, _connection: Connection, facts: HourlyFacts, _now: dt.datetime) -> None:
        self.seen.append(facts)


Row = tuple[float, float]
"""Minutes since the start of DAY, and a register."""


class Park:
    """One enterprise whose readings come in through the writer."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.writer = BatchWriter(connection, SHANGHAI)
        park = self._insert("INSERT INTO parks (code, name) VALUES ('P', 'Park') RETURNING id")
        self.enterprise = self._insert(
            "INSERT INTO enterprises (code, name, park_id) VALUES ('ENT01', 'One', %s) RETURNING id", park
        )

    def add_point(
        self, code: str = "E01", kind: str = "counter", interval_s: float = 60.0, role: str = "grid_import"
    ) -> int:
        return self._insert(
            "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s)"
            " VALUES (%s, %s, '', 'electricity', 'active_energy', %s, 'kWh', %s, %s) RETURNING id",
            self.enterprise,
            code,
            kind,
            role,
            interval_s,
        )

    def add_epoch(self, point: int, minute: float, **columns: float) -> None:
        names, values = ", ".join(columns), ", ".join(["%s"] * len(columns))
        self.connection.execute(
            f"INSERT INTO meter_epochs (point_id, valid_from, {names}) VALUES (%s, %s, {values})",  # noqa: S608
            [point, at(minute), *columns.values()],
        )

    def send(self, point: int, rows: Sequence[Row], flag: str = "N") -> None:
        directory = read_directory(self.connection, None)
        ts = np.array([round(at(minute).timestamp() * 1e6) for minute, _ in rows])
        block = ReadingBlock(
            np.full(len(rows), point, np.int32),
            ts,
            np.array([v for _, v in rows], float),
            np.full(len(rows), flag, "S1"),
        )
        position = np.full(len(rows), int(np.flatnonzero(directory.point_id == point)[0]))
        delivery = Delivery("ENT01", "gw1", "pw/v1/ENT01/gw1/telemetry", b"{}", "0" * 64)
        dirty = directory.touched_hours(position, ts)
        self.writer.write(Batch([delivery], block, np.zeros(len(rows), np.int32), dirty), NOW)

    def drain(self, limit: int = 2000) -> None:
        while drain(self.connection, NOW, timezone=SHANGHAI, limit=limit):
            pass

    def hours(self, point: int) -> dict[float, tuple[float | None, bool]]:
        rows = self.connection.execute(
            "SELECT hour, delta, valid FROM hourly_facts WHERE point_id = %s ORDER BY hour", [point]
        )
        return {(hour - DAY) / dt.timedelta(hours=1): (_rounded(delta), valid) for hour, delta, valid in rows}

    def steps(self, point: int) -> list[tuple[float, float, str, str, float | None, bool]]:
        rows = self.connection.execute(
            "SELECT from_ts, to_ts, kind, rule, amount, in_hours FROM meter_steps WHERE point_id = %s ORDER BY from_ts",
            [point],
        )
        return [(_minute(f), _minute(t), kind, rule, _rounded(a), h) for f, t, kind, rule, a, h in rows]

    def contents(self, point: int) -> list[object]:
        """Everything that was computed of a point, to the last bit."""
        facts = self.connection.execute(
            "SELECT hour, n, n_valid, mean, min, max, first, last, delta, covered_s, valid FROM hourly_facts"
            " WHERE point_id = %s ORDER BY hour",
            [point],
        ).fetchall()
        return [*facts, *self.steps(point)]

    def _insert(self, statement: str, *values: object) -> int:
        row = self.connection.execute(statement.encode(), values).fetchone()
        assert row is not None
        return int(row[0])


def at(minute: float) -> dt.datetime:
    return DAY + dt.timedelta(minutes=minute)


def minutes(first: int, last: int, start: float = 0.0) -> list[Row]:
    """A register that rises by one a minute."""
    return [(minute, start + minute - first) for minute in range(first, last + 1)]


def _minute(ts: dt.datetime) -> float:
    return (ts - DAY) / dt.timedelta(minutes=1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


@pytest.fixture
def park(connection: Connection) -> Park:
    return Park(connection)


def test_hours_of_a_plain_counter(park: Park) -> None:
    point = park.add_point()
    park.send(point, minutes(600, 780))
    park.drain()
    assert park.hours(point) == {10: (60.0, True), 11: (60.0, True), 12: (60.0, True), 13: (None, False)}
    assert park.steps(point) == []
    days = park.connection.execute("SELECT DISTINCT enterprise_id, day FROM dirty_days").fetchall()
    assert days == [(park.enterprise, DAY.date())]


def test_a_late_reading_divides_a_gap(park: Park) -> None:
    point = park.add_point()
    park.send(point, [(540, 0), (541, 1), (710, 170), (711, 171)])
    park.drain()
    assert park.steps(point) == [(541, 710, "gap", "silence", 169.0, False)]
    park.send(point, [(630, 90)])
    park.drain()
    assert park.steps(point) == [
        (541, 630, "gap", "silence", 89.0, False),
        (630, 710, "gap", "silence", 80.0, False),
    ]
    park.send(point, minutes(542, 709, 2.0))
    park.drain()
    assert park.steps(point) == []
    assert park.hours(point) == {9: (60.0, True), 10: (60.0, True), 11: (51.0, False)}


def test_a_correction_changes_the_hours_on_both_sides(park: Park) -> None:
    point = park.add_point(interval_s=900.0)
    park.send(point, [(570, 0), (585, 1), (600, 2), (615, 3), (630, 4)])
    park.drain()
    park.send(point, [(600, 1.5)])
    park.drain()
    assert park.hours(point) == {9: (1.5, False), 10: (2.5, False)}


def test_a_reading_flagged_afterwards_is_a_register_no_more(park: Park) -> None:
    point = park.add_point()
    park.send(point, minutes(600, 661))
    park.drain()
    park.send(point, [(660, 60)], flag="D")
    park.drain()
    assert park.hours(point) == {10: (59.0, False), 11: (None, False)}
    assert park.steps(point) == [(659, 661, "gap", "silence", 2.0, False)]


def test_a_wrap_across_the_hour(park: Park) -> None:
    point = park.add_point(interval_s=900.0)
    park.add_epoch(point, 0, width=1000.0)
    park.send(point, [(640, 950.0), (655, 980.0), (670, 10.0), (685, 40.0)])
    park.drain()
    assert park.hours(point) == {10: (40.0, False), 11: (50.0, False)}
    assert park.steps(point) == [(655, 670, "wrap", "width_and_rate", 30.0, True)]


def test_a_replacement_declared_afterwards(park: Park) -> None:
    point = park.add_point()
    old, new = minutes(600, 630, 500.0), minutes(632, 720, 2.0)
    park.send(point, old + new)
    park.drain()
    assert park.steps(point) == [(630, 632, "unexplained", "fall", None, False)]
    park.add_epoch(point, 0, multiplier=1.0)
    park.add_epoch(point, 631, last_register=531.5, first_register=1.0)
    mark_readings_dirty(park.connection, [point], at(0), at(1440))
    park.drain()
    assert park.hours(point)[10] == (60.5, True)
    assert [step[2:] for step in park.steps(point)] == [
        ("replacement", "declared_closing", 1.5, True),
        ("replacement", "declared_opening", 1.0, True),
    ]


def test_an_outlier_that_comes_back_hours_later(park: Park) -> None:
    point = park.add_point()
    park.send(point, minutes(480, 500, 5000.0) + [(minute, 0.0) for minute in range(501, 700)])
    park.drain()
    assert park.steps(point) == [(500, 501, "unexplained", "fall", None, False)]
    assert park.hours(point)[10] == (0.0, True)
    park.send(point, minutes(700, 720, 5220.0))
    park.drain()
    assert park.steps(point) == [(500, 700, "unexplained", "dip_and_return", None, False)]
    assert park.hours(point)[10] == (None, False)


def test_a_step_that_is_no_more_leaves_no_hour(park: Park) -> None:
    point = park.add_point(interval_s=3600.0)
    park.send(point, [(590, 0), (670, 80)])
    park.drain()
    assert park.hours(point) == {9: (10.0, False), 10: (60.0, True), 11: (10.0, False)}
    park.send(point, [(670, 80)], flag="M")
    park.drain()
    assert park.hours(point) == {9: (None, False), 11: (None, False)}


def test_gauges_and_intervals(park: Park) -> None:
    gauge, interval = park.add_point("V01", "gauge", role="stack"), park.add_point("S01", "interval", 900.0)
    park.send(gauge, [(600 + minute, 5.0) for minute in range(60)])
    park.send(interval, [(600, 9.0), (615, 1.0), (630, 2.0), (645, 3.0), (660, 4.0)])
    park.drain()
    assert park.hours(interval) == {9: (9.0, False), 10: (10.0, True)}
    assert park.hours(gauge) == {10: (None, True)}


def test_amounts_of_days_stand_beside_the_hours(park: Park) -> None:
    point = park.add_point(kind="interval", interval_s=86_400.0)
    park.send(point, [(1440, 2400.0)])
    park.send(point, [(2880, 2500.0)])
    park.drain(limit=1)
    park.send(point, [(1440, 2300.0)])
    park.drain()
    assert [step[:2] + step[4:] for step in park.steps(point)] == [
        (0, 1440, 2300.0, False),
        (1440, 2880, 2500.0, False),
    ]


def hard_day(seed: int) -> list[tuple[float, float]]:
    """A day of a counter with gaps, outliers, a wrap and a replacement."""
    chance = random.Random(seed)
    register, rows = 9_700.0, []
    for minute in range(0, 1440, 5):
        register += chance.random() * 3
        if chance.random() < 0.1:
            continue
        if 400 < minute < 460:
            continue
        odd = chance.random()
        value = 0.0 if odd < 0.01 else 1e21 if odd < 0.02 else (register if minute < 900 else register - 9_000)
        rows.append((float(minute), round(value % 10_000 if value < 1e20 else value, 2)))
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_gives_the_same_facts(park: Park, seed: int) -> None:
    chance = random.Random(seed)
    rows = hard_day(seed)
    points = [park.add_point(f"E{i}", interval_s=300.0) for i in range(4)]
    for point in points:
        park.add_epoch(point, 0, width=10_000.0, multiplier=40.0)
        park.add_epoch(point, 900, first_register=500.0, multiplier=20.0)
    park.send(points[0], rows)
    park.drain()
    for point in points[1:]:
        disordered = rows + chance.choices(rows, k=30)
        chance.shuffle(disordered)
        while disordered:
            size = chance.randint(1, 60)
            park.send(point, disordered[:size])
            del disordered[:size]
            if chance.random() < 0.5:
                park.drain(limit=chance.choice([1, 5, 2000]))
        park.drain(limit=3)
    expected = park.contents(points[0])
    assert len(expected) > 24
    for point in points[1:]:
        assert park.contents(point) == expected


def test_recomputation_of_unchanged_data_changes_nothing(park: Park) -> None:
    point = park.add_point(interval_s=300.0)
    park.add_epoch(point, 0, width=10_000.0)
    park.send(point, hard_day(1))
    park.drain()
    park.connection.execute("DELETE FROM dirty_days")
    before = park.connection.execute("SELECT xmin::text, f.* FROM hourly_facts f ORDER BY hour").fetchall()
    steps = park.connection.execute("SELECT xmin::text, s.* FROM meter_steps s ORDER BY from_ts").fetchall()
    assert steps
    assert mark_readings_dirty(park.connection, [point], at(-1440), at(2880)) >= 23
    witness = Witness()
    while drain(park.connection, NOW, timezone=SHANGHAI, limit=4, judge=witness):
        pass
    assert witness.seen == []
    assert before == park.connection.execute("SELECT xmin::text, f.* FROM hourly_facts f ORDER BY hour").fetchall()
    assert steps == park.connection.execute("SELECT xmin::text, s.* FROM meter_steps s ORDER BY from_ts").fetchall()
    assert park.connection.execute("SELECT FROM dirty_days").fetchall() == []


def test_the_judge_gets_what_changed(park: Park) -> None:
    point = park.add_point("V01", "gauge", role="stack")
    park.send(point, [(600 + minute, 5.0) for minute in range(120)])
    witness = Witness()
    drain(park.connection, NOW, timezone=SHANGHAI, judge=witness)
    park.send(point, [(601, 65.0)])
    drain(park.connection, NOW, timezone=SHANGHAI, judge=witness)
    assert [len(facts) for facts in witness.seen] == [2, 1]
    assert witness.seen[1].mean.tolist() == [6.0]


def test_a_point_that_is_always_live_comes_to_its_past(park: Park) -> None:
    """A new mark of the present hour stands whenever hours are taken: the past has every second turn."""
    past, present = at(0), at(40 * 1440)
    for hour in (past, past + dt.timedelta(hours=30)):
        park.connection.execute("INSERT INTO dirty_hours (point_id, hour) VALUES (1, %s)", [hour])
    left = "SELECT count(*) FROM dirty_hours WHERE hour < %s"
    seen = []
    for turn in range(6):
        park.connection.execute("INSERT INTO dirty_hours (point_id, hour) VALUES (1, %s)", [present])
        drain(park.connection, NOW, timezone=SHANGHAI, oldest=turn % 2 == 1)
        seen.append(park.connection.execute(left, [present]).fetchone())
    assert seen == [(2,), (1,), (1,), (0,), (0,), (0,)]


def test_a_point_in_work_is_left_to_its_worker(park: Park, database_url: str) -> None:
    point = park.add_point()
    park.send(point, minutes(600, 660))
    with closing(open_connection(database_url)) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(727590, %s)", [point])
        assert drain(park.connection, NOW, timezone=SHANGHAI) == 0
    assert drain(park.connection, NOW, timezone=SHANGHAI) > 0


def test_many_workers_and_a_writer_at_once(park: Park, database_url: str) -> None:
    points = [park.add_point(f"E{i}") for i in range(6)]
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with closing(open_connection(database_url)) as connection:
                while not stop.is_set():
                    drain(connection, NOW, timezone=SHANGHAI, limit=20)
        except BaseException as error:  # noqa: BLE001  shown by the test
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    rows = minutes(0, 600)
    for part in range(0, len(rows), 25):
        for point in points:
            park.send(point, rows[part : part + 25])
    stop.set()
    for worker in workers:
        worker.join()
    park.drain()
    assert failures == []
    for point in points:
        assert park.hours(point) == dict.fromkeys(range(10), (60.0, True)) | {10: (None, False)}


def test_hours_of_many_windows_are_found_without_reading_all_facts(park: Park) -> None:
    """A day of a city beside a year of facts: seen to read all of them for each batch of hours."""
    connection = park.connection
    with connection.transaction() as undone:
        connection.execute("SET LOCAL session_replication_role = replica")  # facts without their points
        connection.execute(
            "INSERT INTO hourly_facts (point_id, hour, n, n_valid, covered_s, valid) "
            "SELECT p, %s + h * interval '1 hour', 60, 60, 3600, true "
            "FROM generate_series(1, 200) p, generate_series(0, 999) h",
            [DAY],
        )
        connection.execute("ANALYZE hourly_facts")
        points = list(range(1, 201)) * 5
        windows = {"point_ids": points, "starts": [DAY] * 1000, "ends": [at(60)] * 1000}
        kept = {"kept_point_ids": points, "kept_hours_us": [round(DAY.timestamp() * 1e6)] * 1000}
        plan = connection.execute(f"EXPLAIN {query('delete_empty_hours')}", windows | kept).fetchall()
        assert "Seq Scan on hourly_facts" not in str(plan)
        assert connection.execute(query("delete_empty_hours"), windows | kept).fetchall() == []
        raise psycopg.Rollback(undone)
