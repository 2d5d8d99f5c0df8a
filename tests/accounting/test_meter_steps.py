"""Properties of counters in hours, whatever the registers say."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.hourly_energy import Registers, step_registers
from accounting.hourly_facts import hourly_facts
from accounting.meter_steps import meter_steps
from schemas.blocks import ReadingBlock
from schemas.metering import HOUR_US, ComputedHours, MeterEpoch, PointTerms, PointWindow, StepKind
from schemas.points import Kind

START_US = 1_790_000_000 // 3600 * 3600 * 1_000_000
HOURS = 6
MINUTE_US = 60_000_000

registers = st.one_of(st.floats(0, 1000), st.integers(0, 1000).map(float), st.sampled_from([0.0, 999.5, 1e21]))
stamps = st.integers(0, HOURS * 60).map(lambda minute: START_US + minute * MINUTE_US)
readings = st.dictionaries(stamps, registers, max_size=60).map(lambda found: sorted(found.items()))
widths = st.sampled_from([None, 1000.0, 100.0])
capacities = st.sampled_from([inf, 0.01, 1.0])


@st.composite
def terms(draw: st.DrawFn) -> PointTerms:
    instants = sorted(draw(st.lists(stamps, max_size=2, unique=True)))
    epochs = [MeterEpoch(START_US - HOUR_US, draw(widths), draw(st.sampled_from([1.0, 40.0])))]
    for instant in instants:
        first, last = (draw(st.none() | st.floats(0, 99)) for _ in range(2))
        epochs.append(MeterEpoch(instant, draw(widths), draw(st.sampled_from([1.0, 40.0])), first, last))
    return PointTerms(
        1, Kind.COUNTER, draw(st.sampled_from([60.0, 900.0, 3600.0])), 0, inf, draw(capacities), (*epochs,)
    )


def block_of(rows: list[tuple[int, float]]) -> ReadingBlock:
    ts, value = [row[0] for row in rows], [row[1] for row in rows]
    n = len(rows)
    return ReadingBlock(np.ones(n, np.int32), np.array(ts, np.int64), np.array(value, float), np.full(n, b"N"))


def hours_of(rows: list[tuple[int, float]], given_terms: PointTerms) -> ComputedHours:
    return hourly_facts(block_of(rows), [PointWindow(given_terms, START_US, START_US + HOURS * HOUR_US)])


def assert_same(one: ComputedHours, other: ComputedHours) -> None:
    assert one.steps == other.steps
    for name in one.facts.__slots__:
        np.testing.assert_array_equal(getattr(one.facts, name), getattr(other.facts, name), name)


@given(readings, terms(), st.data())
def test_order_and_duplication_never_change_an_hour(
    rows: list[tuple[int, float]], given_terms: PointTerms, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(rows))) if rows else []
    disordered = data.draw(st.permutations(rows + again))
    assert_same(hours_of(disordered, given_terms), hours_of(rows, given_terms))


@given(readings, terms())
def test_every_step_of_the_chain_is_classified_once(rows: list[tuple[int, float]], given_terms: PointTerms) -> None:
    steps = meter_steps([ts for ts, _ in rows], [value for _, value in rows], given_terms)
    assert all(one.to_us <= other.from_us for one, other in pairwise(steps))
    for step in steps:
        assert step.from_us < step.to_us
        assert (step.amount is None) == (step.kind is StepKind.UNEXPLAINED)
        assert step.amount is None or step.amount >= 0
        assert not (step.in_hours and step.amount is None)


@given(readings, terms())
def test_hours_hold_what_the_steps_say_and_no_more(rows: list[tuple[int, float]], given_terms: PointTerms) -> None:
    steps = meter_steps([ts for ts, _ in rows], [value for _, value in rows], given_terms)
    within = [step.amount or 0.0 for step in steps if step.in_hours]
    computed = hours_of(rows, given_terms)
    assert float(np.nansum(computed.facts.delta)) == pytest.approx(sum(within), rel=1e-9, abs=1e-9)


@given(readings, terms())
def test_the_fast_way_and_the_rules_agree(rows: list[tuple[int, float]], given_terms: PointTerms) -> None:
    plain = replace(given_terms, epochs=given_terms.epochs[:1])
    window = [PointWindow(plain, START_US, START_US + HOURS * HOUR_US)]
    columns = Registers(
        np.zeros(len(rows), np.intp), np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows], float)
    )
    amounts, odd = step_registers(columns, window)
    by_rule = meter_steps([ts for ts, _ in rows], [value for _, value in rows], plain)
    found = zip(amounts.from_us.tolist(), amounts.to_us.tolist(), amounts.amount.tolist(), strict=True)
    assert sorted(found) == [(s.from_us, s.to_us, s.amount) for s in by_rule if s.in_hours]
    assert [step for _, step in odd] == [s for s in by_rule if s.kind is not StepKind.NORMAL]


@given(
    st.lists(st.floats(0, 1.4), min_size=1, max_size=HOURS * 4),
    st.sets(st.tuples(st.integers(0, HOURS * 4), st.floats(0.01, 0.99))),
)
def test_cutting_a_step_never_changes_a_sum(rises: list[float], cuts: set[tuple[int, float]]) -> None:
    plain = PointTerms(1, Kind.COUNTER, 900.0)
    values = np.concatenate([[0.0], np.cumsum(rises)]).tolist()
    rows = [(START_US + i * 900_000_000, value) for i, value in enumerate(values)]
    more = dict(rows)
    for step, share in cuts:
        if step + 1 < len(rows):
            more.setdefault(
                rows[step][0] + round(share * 900_000_000), values[step] + share * (values[step + 1] - values[step])
            )
    whole, cut = hours_of(rows, plain).facts, hours_of(sorted(more.items()), plain).facts
    np.testing.assert_allclose(cut.delta, whole.delta, rtol=1e-6, atol=1e-7)
    assert float(np.nansum(cut.delta)) == pytest.approx(values[-1], abs=1e-9)


@given(readings, terms(), st.integers(1, HOURS - 1))
def test_hours_computed_in_parts_are_the_same_bits(
    rows: list[tuple[int, float]], given_terms: PointTerms, parts: int
) -> None:
    whole = hours_of(rows, given_terms)
    middle = START_US + parts * HOUR_US
    ends = [(START_US, middle), (middle, START_US + HOURS * HOUR_US)]
    halves = [hourly_facts(block_of(rows), [PointWindow(given_terms, *bounds)]) for bounds in ends]
    for name in whole.facts.__slots__:
        joined = np.concatenate([getattr(half.facts, name) for half in halves])
        np.testing.assert_array_equal(joined, getattr(whole.facts, name), name)
