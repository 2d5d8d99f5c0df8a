"""What only TimescaleDB does: days in columns, late readings and corrections in them, its policies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from parkwatch.jobs.columnstore import columnstore_job
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.errors import Unavailable
from schemas.readings import Receipt
from simulators.park import Park
from simulators.plants import PLANTS
from storage.connect import Connection
from storage.engine import failing_policies, set_compression
from storage.readings import instant
from storage.write_batch import BatchWriter

TIMEZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2026, 10, 5)
DAY_US = 86_400_000_000
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture
def connection(timescaledb: Connection) -> Iterator[Connection]:
    """The database for one test: what it does is undone."""
    with timescaledb.transaction() as transaction:
        yield timescaledb
        raise psycopg.Rollback(transaction)


@pytest.fixture
def day(connection: Connection) -> ReadingBlock:
    """A day of two plants as columns in the database: what was written."""
    park = Park(7, DAY.replace(day=1))
    parts = [part for plant in PLANTS[:2] for part in readings_of(park, plant)]
    block = ReadingBlock(
        np.concatenate([np.full(len(ts), point, np.int32) for point, (ts, _) in enumerate(parts, start=1)]),
        np.concatenate([ts for ts, _ in parts]),
        np.concatenate([values for _, values in parts]),
        np.full(sum(len(ts) for ts, _ in parts), b"N", "S1"),
    )
    for hour in range(24):  # as they come: each hour's readings at its end
        ends_us = int(block.ts_us.min()) + (hour + 1) * 3_600_000_000
        written = block.take(np.flatnonzero((block.ts_us < ends_us) & (block.ts_us >= ends_us - 3_600_000_000)))
        write(connection, written, instant(ends_us))
    connection.execute("SELECT compress_chunk(chunk) FROM show_chunks('readings') chunk")
    return block


def readings_of(park: Park, plant: object) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Stamps and values of each point of a plant, with the simulator's gaps."""
    for gateway in ("energy", "air"):
        frame = park.frame(plant, gateway, DAY.toordinal())
        for row in frame.values:
            there = ~np.isnan(row)
            yield frame.ts_ms[there] * 1000, row[there]


def write(connection: Connection, block: ReadingBlock, now: dt.datetime = NOW) -> Receipt:
    """One delivery in one batch."""
    delivery = Delivery("ENT01", "gw1", "pw/v1/ENT01/gw1/telemetry", b"bytes", "0" * 64)
    dirty = np.repeat(block.ts_us[:, None], 3, axis=1)
    batch = Batch([delivery], block, np.zeros(len(block), np.int32), dirty)
    return BatchWriter(connection, TIMEZONE).write(batch, now)[0]


def counts(receipt: Receipt) -> tuple[int, int, int]:
    return receipt.stored, receipt.duplicate, receipt.corrected


def open_rows(connection: Connection) -> int:
    """Readings that stand in rows, not in columns."""
    total = 0
    for (chunk,) in connection.execute("SELECT chunk::text FROM show_chunks('readings') chunk").fetchall():
        row = connection.execute(f"SELECT count(*) FROM ONLY {chunk}".encode()).fetchone()  # noqa: S608
        total += row[0] if row else 0
    return total


def stored(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT point_id, ts, value, flag::text FROM readings ORDER BY 1, 2").fetchall()


def test_columns_hold_the_same_readings_in_about_a_tenth_of_the_space(
    connection: Connection, day: ReadingBlock
) -> None:
    row = connection.execute(
        "SELECT before_compression_total_bytes, after_compression_total_bytes "
        "FROM hypertable_compression_stats('readings')"
    ).fetchone()
    assert row is not None
    before, after = row[0] / len(day), row[1] / len(day)
    print(f"{before:.1f} bytes a reading in rows, {after:.1f} in columns: 1/{before / after:.1f}")
    assert open_rows(connection) == 0
    found = connection.execute("SELECT count(*), sum(value) FROM readings").fetchone()
    assert found is not None
    assert (found[0], found[1]) == (len(day), pytest.approx(day.value.sum()))
    assert before / after > 8


def test_a_late_reading_a_redelivery_and_a_correction_reach_columns(connection: Connection, day: ReadingBlock) -> None:
    before = stored(connection)
    some = np.flatnonzero(day.point_id == 3)[:50]
    again = day.take(some)
    late = ReadingBlock(again.point_id, again.ts_us + 30_000_000, again.value, again.flag)
    other = ReadingBlock(again.point_id, again.ts_us, again.value + 1, again.flag)
    assert counts(write(connection, late)) == (50, 0, 0)
    assert counts(write(connection, again)) == (0, 50, 0)
    assert counts(write(connection, other)) == (0, 0, 50)
    assert counts(write(connection, again)) == (0, 50, 0), "what was superseded is a duplicate"
    after = stored(connection)
    assert len(after) == len(before) + 50
    changed = set(after) - set(before)
    assert len(changed) == 100
    assert {row[0] for row in changed} == {3}
    row = connection.execute("SELECT count(*) FROM reading_revisions").fetchone()
    assert row == (50,)


def test_a_correction_opens_the_rows_of_its_points_alone(connection: Connection, day: ReadingBlock) -> None:
    some = np.flatnonzero(np.isin(day.point_id, [3, 7]) & (day.ts_us % 3_600_000_000 == 0))
    again = day.take(some)
    for number in range(8):  # more often than a plan is made anew
        write(connection, ReadingBlock(again.point_id, again.ts_us, again.value + 1 + number, again.flag))
    assert 0 < open_rows(connection) <= int(np.isin(day.point_id, [3, 7]).sum())
    assert open_rows(connection) < len(day) / 5


def test_more_rows_are_opened_than_the_server_allows_on_its_own(connection: Connection, day: ReadingBlock) -> None:
    connection.execute("SET timescaledb.max_tuples_decompressed_per_dml_transaction = 100")
    again = day.take(np.flatnonzero(day.ts_us % 3_600_000_000 == 0))
    receipt = write(connection, ReadingBlock(again.point_id, again.ts_us, again.value + 1, again.flag))
    assert counts(receipt) == (0, 0, len(again))


def test_the_policy_compresses_again_what_was_opened(connection: Connection, day: ReadingBlock) -> None:
    again = day.take(np.flatnonzero(day.ts_us % 3_600_000_000 == 0))
    write(connection, ReadingBlock(again.point_id, again.ts_us, again.value + 1, again.flag))
    assert open_rows(connection) > 0
    before = stored(connection)
    connection.execute("SELECT compress_chunk(chunk) FROM show_chunks('readings') chunk")
    assert open_rows(connection) == 0
    assert stored(connection) == before


def test_the_job_sets_the_policy_once_and_again_when_the_setting_changes(connection: Connection) -> None:
    def run(days: int) -> str:
        return columnstore_job(days).run(connection, TIMEZONE, NOW)

    assert run(7) == "days of readings turn into columns after 7 days"
    assert run(7) == ""
    assert run(3) == "days of readings turn into columns after 3 days"
    policies = "SELECT config ->> 'compress_after' FROM timescaledb_information.jobs WHERE hypertable_name = 'readings'"
    assert connection.execute(policies).fetchall() == [("3 days",)]


def test_a_policy_that_fails_fails_the_job(connection: Connection) -> None:
    set_compression(connection, dt.timedelta(days=7))
    assert failing_policies(connection) == []
    connection.execute(
        "INSERT INTO _timescaledb_internal.bgw_job_stat (job_id, last_start, last_finish, next_start, "
        "last_successful_finish, last_run_success, total_runs, total_duration, total_duration_failures, "
        "total_successes, total_failures, total_crashes, consecutive_failures, consecutive_crashes) "
        "SELECT job_id, now(), now(), now(), '-infinity', false, 1, '1 s', '1 s', 0, 1, 0, 1, 0 "
        "FROM timescaledb_information.jobs WHERE hypertable_name = 'readings'"
    )
    with pytest.raises(Unavailable, match="failed: see the log"):
        columnstore_job(7).run(connection, TIMEZONE, NOW)
