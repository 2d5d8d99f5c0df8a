"""The writer on a real database: exactly once, newest wins, poison isolated, books balanced."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.readings import Receipt
from schemas.reasons import Reason
from storage.connect import Connection
from storage.queries import query
from storage.readings import _plan_by_index, arrival_rounds
from storage.write_batch import BatchWriter

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
T0 = 1_763_856_000_000_000

Row = tuple[int, int, float, str]


def batch(rows: list[Row], enterprise: str = "ENT01") -> Batch:
    """One delivery of rows (point, second, value, flag)."""
    block = ReadingBlock(
        np.array([r[0] for r in rows], np.int32),
        np.array([T0 + r[1] * 1_000_000 for r in rows], np.int64),
        np.array([r[2] for r in rows], np.float64),
        np.array([r[3] for r in rows], "S1"),
    )
    delivery = Delivery(enterprise, "gw1", f"pw/v1/{enterprise}/gw1/telemetry", b"bytes", "0" * 64)
    return Batch([delivery], block, np.zeros(len(rows), np.int32), np.repeat(block.ts_us[:, None], 3, axis=1))


def counts(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.stored, receipt.duplicate, receipt.corrected, len(receipt.rejected)


@pytest.fixture
def writer(connection: Connection) -> BatchWriter:
    return BatchWriter(connection, ZoneInfo("Asia/Shanghai"))


def table(connection: Connection) -> list[tuple[int, int, float, str]]:
    rows = connection.execute(
        "SELECT point_id, (extract(epoch FROM ts) - %s)::int, value, flag::text FROM readings ORDER BY 1, 2",
        [T0 // 1_000_000],
    )
    return [(int(p), int(s), float(v), str(f)) for p, s, v, f in rows]


def test_stores_once_and_counts_a_redelivery_as_duplicate(writer: BatchWriter, connection: Connection) -> None:
    rows = [(1, s, float(s), "N") for s in range(100)]
    assert counts(writer.write(batch(rows), NOW)[0]) == (100, 0, 0, 0)
    assert counts(writer.write(batch(rows), NOW)[0]) == (0, 100, 0, 0)
    assert table(connection) == rows


def test_a_correction_wins_keeps_the_old_value_and_a_late_redelivery_does_not_undo_it(
    writer: BatchWriter, connection: Connection
) -> None:
    writer.write(batch([(1, 0, 5.0, "N")]), NOW)
    assert counts(writer.write(batch([(1, 0, 6.0, "N")]), NOW)[0]) == (0, 0, 1, 0)
    assert counts(writer.write(batch([(1, 0, 5.0, "N")]), NOW)[0]) == (0, 1, 0, 0)
    assert table(connection) == [(1, 0, 6.0, "N")]
    old = connection.execute("SELECT value, received_at, superseded_at FROM reading_revisions").fetchall()
    assert old == [(5.0, NOW, NOW)]


def test_readings_arrive_in_a_whole_second_and_corrections_keep_the_instant(
    writer: BatchWriter, connection: Connection
) -> None:
    """Columns hold whole seconds in little; the order of corrections within a second must still show."""
    first, second = NOW.replace(microsecond=100_001), NOW.replace(microsecond=999_999)
    for value, now in ((5.0, first), (7.0, first), (6.0, second)):
        writer.write(batch([(1, 0, value, "N")]), now)
    assert connection.execute("SELECT value, received_at FROM readings").fetchall() == [(6.0, NOW)]
    old = "SELECT value, received_at, superseded_at FROM reading_revisions ORDER BY superseded_at"
    assert connection.execute(old).fetchall() == [(5.0, NOW, first), (7.0, NOW, second)]
    assert connection.execute("SELECT received_at FROM latest_readings").fetchone() == (second,)


def test_another_flag_is_a_correction(writer: BatchWriter, connection: Connection) -> None:
    writer.write(batch([(1, 0, 5.0, "N")]), NOW)
    assert counts(writer.write(batch([(1, 0, 5.0, "C")]), NOW)[0]) == (0, 0, 1, 0)


def test_statistics_that_end_before_the_newest_readings_make_no_quadratic_plan(
    writer: BatchWriter, connection: Connection
) -> None:
    """What has come since the last ANALYZE counts as nothing: seen to go through all incoming readings for each."""
    writer.write(batch([(1, second, 1.0, "N") for second in range(200)]), NOW)
    connection.execute("ANALYZE readings")
    newest = [(1, second, 1.0, "N") for second in range(1000, 4000)]
    writer.write(batch(newest), NOW)
    assert counts(writer.write(batch([(p, s, v + 1, f) for p, s, v, f in newest]), NOW)[0]) == (0, 0, 3000, 0)
    first, last = (dt.datetime.fromtimestamp(T0 // 1_000_000 + second, dt.UTC) for second in (1000, 4000))
    span = {"first": first, "last": last, "now": NOW, "received_at": NOW}
    with connection.transaction():
        _plan_by_index(connection, True)
        for name in ("find_existing_readings", "supersede_readings", "correct_readings"):
            plan = str(connection.execute(f"EXPLAIN {query(name)}", span).fetchall())
            assert "readings" in plan
            assert "Join Filter" not in plan, "each pair is looked at"


def test_conflicts_inside_one_batch_count_in_arrival_order(writer: BatchWriter, connection: Connection) -> None:
    rows = [(1, 0, 1.0, "N"), (1, 0, 2.0, "N"), (1, 0, 1.0, "N"), (1, 0, 3.0, "N"), (1, 0, 3.0, "N")]
    assert counts(writer.write(batch(rows), NOW)[0]) == (1, 2, 2, 0)
    assert table(connection) == [(1, 0, 3.0, "N")]


def test_a_row_the_database_refuses_is_named_and_the_rest_is_stored(
    writer: BatchWriter, connection: Connection
) -> None:
    connection.execute("ALTER TABLE readings ADD CONSTRAINT poison CHECK (value <> 13)")
    rows = [(1, s, float(s), "N") for s in range(40)]
    receipt = writer.write(batch(rows), NOW)[0]
    assert counts(receipt) == (39, 0, 0, 1)
    assert receipt.rejected[0].reason is Reason.REFUSED_BY_DATABASE
    assert "poison" in receipt.rejected[0].detail
    assert len(table(connection)) == 39
    assert connection.execute("SELECT payload FROM rejected_payloads").fetchall() == [(b"bytes",)]


def test_the_books_are_written_in_the_same_transaction(writer: BatchWriter, connection: Connection) -> None:
    connection.execute("ALTER TABLE ledger ADD CONSTRAINT closed CHECK (enterprise <> 'ENT01')")
    with pytest.raises(Exception, match="closed"):
        writer.write(batch([(1, 0, 1.0, "N")]), NOW)
    assert table(connection) == []


def test_marks_latest_and_receipts_follow(writer: BatchWriter, connection: Connection) -> None:
    writer.write(batch([(1, 0, 1.0, "N"), (1, 60, 2.0, "N"), (2, 30, 7.0, "N")]), NOW)
    writer.write(batch([(1, 30, 9.0, "N")]), NOW)
    latest = connection.execute("SELECT point_id, value FROM latest_readings ORDER BY 1").fetchall()
    assert latest == [(1, 2.0), (2, 7.0)]
    assert connection.execute("SELECT count(DISTINCT (point_id, hour)) FROM dirty_hours").fetchone() == (2,)
    books = connection.execute("SELECT enterprise, day, received, stored FROM ledger").fetchall()
    assert books == [("ENT01", dt.date(2026, 11, 23), 4, 4)]
    assert connection.execute("SELECT count(*) FROM receipts").fetchone() == (2,)


def test_readings_before_2000_and_of_many_days_find_their_partitions(
    writer: BatchWriter, connection: Connection
) -> None:
    rows = [(1, day * 86_400, float(day), "N") for day in (-15_000, -400, 0, 1, 2)]
    assert counts(writer.write(batch(rows), NOW)[0]) == (5, 0, 0, 0)


arrivals = st.lists(
    st.tuples(st.integers(1, 2), st.integers(0, 3), st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from("NC")),
    min_size=1,
    max_size=24,
)


@given(arrivals, st.lists(st.integers(0, 24), max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cutting_the_stream_into_batches_changes_nothing(
    writer: BatchWriter, connection: Connection, rows: list[Row], cuts: list[int]
) -> None:
    """Against a dict that takes the readings one by one."""
    connection.execute("TRUNCATE readings, reading_revisions")
    edges = sorted({0, len(rows), *(c for c in cuts if c < len(rows))})
    receipts = [writer.write(batch(rows[a:b]), NOW)[0] for a, b in pairwise(edges)]
    now: dict[tuple[int, int], tuple[float, str]] = {}
    before: set[tuple[int, int, float, str]] = set()
    tally = [0, 0, 0]
    for point, second, value, flag in rows:
        key = (point, second)
        if key not in now:
            tally[0] += 1
        elif now[key] == (value, flag) or (point, second, value, flag) in before:
            tally[1] += 1
            continue
        else:
            tally[2] += 1
            before.add((point, second, *now[key]))
        now[key] = (value, flag)
    assert table(connection) == sorted((p, s, v, f) for (p, s), (v, f) in now.items())
    assert [sum(counts(r)[i] for r in receipts) for i in range(3)] == tally


def test_rounds_of_distinct_instants_need_no_second_round() -> None:
    block = batch([(2, 0, 1.0, "N"), (1, 5, 1.0, "N"), (1, 0, 1.0, "N")]).block
    assert [list(r) for r in arrival_rounds(block)] == [[2, 1, 0]]
