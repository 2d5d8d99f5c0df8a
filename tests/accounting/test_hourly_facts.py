"""Hours of whole years: sums to the last digit, as intervals and as a register that turns over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from accounting.hourly_facts import hourly_facts
from schemas.blocks import ReadingBlock
from schemas.metering import HOUR_US, MeterEpoch, PointTerms, PointWindow, StepKind
from schemas.points import Kind

QUARTER_US = 900_000_000
YEAR = 35_040
START_US = 1_514_736_000_000_000 // HOUR_US * HOUR_US


def a_year_of_steel() -> NDArray[np.float64]:
    """Quarter-hour amounts as a steel plant draws them: shifts, idle nights, two decimals."""
    random = np.random.default_rng(2018)
    quarter = np.arange(YEAR)
    shift = (quarter % 96 >= 32) & (quarter % 96 < 80) & (quarter // 96 % 7 < 5)
    drawn = np.where(shift, random.gamma(4.0, 13.0, YEAR), random.gamma(2.0, 2.0, YEAR))
    return np.asarray(np.round(drawn, 2), np.float64)


def year_window(terms: PointTerms) -> list[PointWindow]:
    return [PointWindow(terms, START_US, START_US + YEAR * QUARTER_US)]


def test_a_year_of_intervals_sums_to_the_last_digit() -> None:
    amounts = a_year_of_steel()
    ts = START_US + (np.arange(YEAR) + 1) * QUARTER_US
    block = ReadingBlock(np.ones(YEAR, np.int32), ts, amounts, np.full(YEAR, b"N"))
    facts = hourly_facts(block, year_window(PointTerms(1, Kind.INTERVAL, 900.0))).facts
    assert len(facts) == YEAR // 4
    assert facts.valid.all()
    assert round(float(facts.delta.sum()), 2) == round(float(amounts.sum()), 2)


def test_a_year_as_a_six_digit_register_that_turns_over() -> None:
    amounts = a_year_of_steel()
    ts = START_US + np.arange(YEAR + 1) * QUARTER_US
    counted = 900_000.0 + np.concatenate([[0.0], np.cumsum(amounts)])
    register = np.asarray(np.round(counted % 1_000_000.0, 2), np.float64)
    block = ReadingBlock(np.ones(YEAR + 1, np.int32), ts, register, np.full(YEAR + 1, b"N"))
    terms = PointTerms(1, Kind.COUNTER, 900.0, epochs=(MeterEpoch(START_US, width=1_000_000.0),))
    computed = hourly_facts(block, year_window(terms))
    turns = int((900_000.0 + amounts.sum()) // 1_000_000.0)
    assert [step.kind for _, step in computed.steps] == [StepKind.WRAP] * turns
    assert computed.facts.valid.all()
    assert round(float(computed.facts.delta.sum()), 2) == round(float(amounts.sum()), 2)


@given(st.lists(st.tuples(st.integers(0, 7_199), st.floats(-10, 100), st.sampled_from("NNND"))), st.randoms())
def test_gauges_do_not_depend_on_order_or_on_other_hours(rows: list[tuple[int, float, str]], random: object) -> None:
    unique = sorted({second: (value, flag) for second, value, flag in rows}.items())
    window = PointWindow(PointTerms(7, Kind.GAUGE, 60.0, plausible_low=-5.0), START_US, START_US + 2 * HOUR_US)
    block = gauge_block([(START_US + second * 1_000_000, *row) for second, row in unique])
    whole = hourly_facts(block, [window]).facts
    backwards = hourly_facts(block.take(np.arange(len(block))[::-1]), [window]).facts
    first = hourly_facts(block, [replace(window, to_us=START_US + HOUR_US)]).facts
    for name in whole.__slots__:
        np.testing.assert_array_equal(getattr(backwards, name), getattr(whole, name))
        np.testing.assert_array_equal(getattr(first, name), getattr(whole, name)[: len(first)])
    assert (whole.covered_s <= 3600).all()


def gauge_block(rows: list[tuple[int, float, str]]) -> ReadingBlock:
    return ReadingBlock(
        np.full(len(rows), 7, np.int32),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], float),
        np.array([row[2] for row in rows], "S1"),
    )


def test_hours_of_nothing() -> None:
    nothing = hourly_facts(
        gauge_block([]), [PointWindow(PointTerms(7, Kind.GAUGE, 60.0), START_US, START_US + HOUR_US)]
    )
    assert (len(nothing.facts), nothing.steps) == (0, [])
    assert len(hourly_facts(gauge_block([(START_US, 1.0, "N")]), []).facts) == 0


def test_points_do_not_disturb_each_other() -> None:
    ts = START_US + np.arange(61) * 60_000_000
    columns = [
        ReadingBlock(np.full(61, p, np.int32), ts, ts % (p * 1_000_003) / 1e3, np.full(61, b"N")) for p in (3, 5, 8)
    ]
    joined = ReadingBlock(
        *(np.concatenate([getattr(one, name) for one in columns]) for name in ("point_id", "ts_us", "value", "flag"))
    )
    windows = [
        PointWindow(PointTerms(p, kind, 60.0), START_US, START_US + HOUR_US)
        for p, kind in ((8, Kind.GAUGE), (3, Kind.COUNTER), (5, Kind.INTERVAL))
    ]
    together = hourly_facts(joined, windows).facts
    assert together.point_id.tolist() == [3, 5, 8]
    for i, one in enumerate(columns):
        alone = hourly_facts(one, [w for w in windows if w.terms.point_id == one.point_id[0]]).facts
        assert alone.delta.tolist() == pytest.approx(together.delta[i : i + 1].tolist(), nan_ok=True)
        assert alone.mean.tolist() == pytest.approx(together.mean[i : i + 1].tolist(), nan_ok=True)
