"""The concentration arithmetic: published vectors, and what holds whatever the numbers are."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounting.air.agreement import compare
from accounting.air.conversion import (
    Route,
    dry_factor,
    mass_factor,
    mass_rate,
    needed_inputs,
    oxygen_factor,
    route_of,
    standard_factor,
    standard_flow,
)
from accounting.air.marks import in_marks, masked
from accounting.air.minutes import MINUTE_US, MinuteSeries, factors_of
from accounting.air.statistics import HOUR_S, MINUTE_S, TEN_MINUTES_S, days_of, means_over
from accounting.air.transmission import Transmission, together
from accounting.hourly_facts import hourly_facts
from schemas.air import Input, SeriesTerms, Step, Unconvertible
from schemas.blocks import ReadingBlock
from schemas.marks import OPERATING, MarkKind, MarkSpan, declared_in_time
from schemas.metering import HOUR_US, PointTerms, PointWindow
from schemas.points import Basis, Kind

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 1_790_000_000_000_000 // HOUR_US * HOUR_US
BASES = list(Basis)
moistures = st.floats(0, 60)
oxygens = st.floats(0, 20.9)
temperatures = st.floats(-40, 600)
values = st.floats(0, 1e4)


def test_published_vectors() -> None:
    """HJ 212-2017 Annex D, eq. 18-34, recomputed in the domain notes."""
    standard = standard_factor(80, -0.2, 90)
    assert 10 * standard == pytest.approx(14.58990, abs=5e-6)
    assert 10 * standard * dry_factor(5) == pytest.approx(15.35779, abs=5e-6)
    assert 10 * standard * dry_factor(5) * oxygen_factor(12, 3) == pytest.approx(30.71558, abs=5e-6)
    assert standard_flow(10, 1.5, 80, -0.2, 90, 5) == pytest.approx(35161.309, abs=5e-4)
    assert mass_factor(78.11) == pytest.approx(3.48705, abs=5e-6)


def _minute(values_by_input: dict[Input, float], bases: dict[Input, Basis]) -> dict[Input, MinuteSeries]:
    return {what: MinuteSeries(np.array([value]), bases.get(what)) for what, value in values_by_input.items()}


def _product(unit: str, reported: Basis, terms: SeriesTerms, measured: dict[Input, float]) -> float:
    route = route_of(unit, "a24088", reported, terms)
    assert isinstance(route, Route)
    inputs = _minute(measured, {Input.OXYGEN: Basis.RAW_DRY, Input.FLOW: Basis.STD_DRY})
    return float(factors_of(route, inputs, 1).product[0])


def _measured(moisture: float, temperature: float, oxygen: float) -> dict[Input, float]:
    return {
        Input.MOISTURE: moisture, Input.TEMPERATURE: temperature, Input.STATIC_PRESSURE: -0.2,
        Input.ATMOSPHERIC_PRESSURE: 89.0, Input.OXYGEN: oxygen,
    }  # fmt: skip


@given(st.sampled_from(BASES), st.sampled_from(BASES), moistures, temperatures, oxygens)
def test_never_converted_twice(here: Basis, there: Basis, moisture: float, temperature: float, oxygen: float) -> None:
    """By way of any state between them is the same as at once; from where they are already, nothing happens."""
    measured = _measured(moisture, temperature, oxygen)
    for between in BASES:
        legs = [route_of("mg/m3", "a24088", a, SeriesTerms(b, 3.0)) for a, b in ((here, between), (between, there))]
        whole = route_of("mg/m3", "a24088", here, SeriesTerms(there, 3.0))
        if all(isinstance(leg, Route) for leg in legs):
            assert isinstance(whole, Route)
            product = np.prod(
                [_product("mg/m3", a, SeriesTerms(b, 3.0), measured) for a, b in ((here, between), (between, there))]
            )
            assert product == pytest.approx(_product("mg/m3", here, SeriesTerms(there, 3.0), measured))
    at_home = route_of("mg/m3", "a24088", here, SeriesTerms(here, 3.0))
    assert isinstance(at_home, Route)
    assert (at_home.steps, at_home.scale) == ((), 1.0)


@given(st.sampled_from(BASES), st.sampled_from(BASES))
def test_a_step_is_taken_once_and_never_backward(here: Basis, there: Basis) -> None:
    route = route_of("ppm", "a25002", here, SeriesTerms(there, 3.0))
    if BASES.index(here) > BASES.index(there):
        assert route is Unconvertible.BACKWARD
    else:
        assert isinstance(route, Route)
        assert len(set(route.steps)) == len(route.steps)
        assert Step.STANDARD not in route.steps  # ppm times M / 22.4 is at the standard state


@given(values, values, moistures, temperatures, oxygens)
def test_monotone_in_the_value(one: float, other: float, moisture: float, temperature: float, oxygen: float) -> None:
    factor = _product("mg/m3", Basis.RAW_WET, SeriesTerms(Basis.REF_O2, 3.0), _measured(moisture, temperature, oxygen))
    assert factor > 0
    assert (one <= other) == (one * factor <= other * factor) or one * factor == other * factor


@given(oxygens, oxygens, moistures, moistures)
def test_monotone_in_oxygen_and_moisture(o1: float, o2: float, x1: float, x2: float) -> None:
    assume(o1 < o2 and x1 < x2)
    assert oxygen_factor(o1, 3) <= oxygen_factor(o2, 3)
    assert dry_factor(x1) <= dry_factor(x2)
    assert oxygen_factor(o2, 3, ceiling=4) <= 4


@given(st.floats(21, 1e6) | st.floats(max_value=-1e-9, allow_infinity=False))
def test_impossible_oxygen_has_no_factor(oxygen: float) -> None:
    assert np.isnan(oxygen_factor(oxygen, 3, ceiling=4))


@given(values, st.floats(0, 1e6), moistures, temperatures)
def test_a_mass_rate_does_not_depend_on_the_state_both_are_in(
    concentration: float, flow: float, moisture: float, temperature: float
) -> None:
    factor = float(standard_factor(temperature, -0.2, 89.0) * dry_factor(moisture))
    assert mass_rate(concentration * factor, flow / factor) == pytest.approx(float(mass_rate(concentration, flow)))


def test_what_wet_oxygen_and_raw_flow_need() -> None:
    to_oxygen = route_of("mg/m3", "a24088", Basis.STD_DRY, SeriesTerms(Basis.REF_O2, 3.0))
    rate = route_of("mg/m3", "a24088", Basis.STD_DRY, SeriesTerms(Basis.STD_DRY, rate=True))
    assert isinstance(to_oxygen, Route)
    assert isinstance(rate, Route)
    assert needed_inputs(to_oxygen, {Input.OXYGEN: Basis.RAW_WET}) == (Input.OXYGEN, Input.MOISTURE)
    assert Input.MOISTURE in needed_inputs(rate, {Input.FLOW: Basis.RAW_WET})
    assert needed_inputs(rate, {Input.FLOW: Basis.STD_DRY}) == (Input.FLOW,)


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=1, max_size=120), st.sampled_from([30, 60]))
def test_hours_agree_with_hourly_facts(rows: list[tuple[float, bool]], interval_s: int) -> None:
    """Two ways to the same mean, coverage and validity."""
    ts = HOUR + np.arange(len(rows), dtype=np.int64) * interval_s * 1_000_000
    value, good = np.array([v for v, _ in rows]), np.array([g for _, g in rows])
    block = ReadingBlock(np.ones(len(rows), np.int32), ts, value, np.where(good, b"N", b"D").astype("S1"))
    terms = PointTerms(1, Kind.GAUGE, interval_s)
    facts = hourly_facts(block, [PointWindow(terms, HOUR, HOUR + 2 * HOUR_US)]).facts
    means = means_over(ts, value, good, interval_s, HOUR_S)
    assert means.start_us.tolist() == facts.hour_us.tolist()
    assert means.mean == pytest.approx(facts.mean, nan_ok=True)
    assert means.fraction == pytest.approx(facts.covered_s / 3600)
    assert means.valid.tolist() == facts.valid.tolist()


def test_minutes_ten_minutes_and_days() -> None:
    ts = HOUR + np.arange(60, dtype=np.int64) * MINUTE_US
    value, good = np.arange(60.0), np.arange(60) >= 3
    minutes = means_over(ts, value, good, 60, MINUTE_S)
    assert (len(minutes), minutes.valid.sum(), minutes.fraction[3]) == (60, 57, 1.0)
    tens = means_over(ts, value, good, 60, TEN_MINUTES_S)
    assert (tens.mean[0], tens.fraction[0], tens.valid[0], tens.mean[1]) == (6.0, 0.7, False, 14.5)
    hours = np.arange(24, dtype=np.int64) * HOUR_US + (HOUR // (24 * HOUR_US) * 24 + 16) * HOUR_US  # a day of Shanghai
    for valid_hours, valid in ((20, True), (19, False)):
        of_day = means_over(hours, np.full(24, 8.0), np.ones(24, np.bool_), 3600, HOUR_S)
        object.__setattr__(of_day, "valid", np.arange(24) < valid_hours)
        days = days_of(of_day, 28_800)
        assert (len(days), days.mean[0], bool(days.valid[0])) == (1, 8.0, valid)


def _readings(flags: str) -> ReadingBlock:
    n = len(flags)
    ts = HOUR + np.arange(n, dtype=np.int64) * MINUTE_US
    return ReadingBlock(np.ones(n, np.int32), ts, np.ones(n), np.array(list(flags), "S1"))


def _span(kind: MarkKind, first: int, last: int, *, automatic: bool = False, point: int = 1) -> MarkSpan:
    return MarkSpan(point, kind, HOUR + first * MINUTE_US, HOUR + last * MINUTE_US, automatic)


def test_equipment_marks_take_readings_out_and_conditions_do_not() -> None:
    spans = [_span(MarkKind.CALIBRATION, 1, 3), _span(MarkKind.START_UP, 3, 5), _span(MarkKind.FAULT, 0, 9, point=2)]
    assert b"".join(masked(_readings("NNTNNN"), spans).flag.tolist()) == b"NCCNNN"
    assert in_marks(_readings("NNNNNN"), spans, OPERATING).tolist() == [False] * 3 + [True, True, False]


def test_a_manual_mark_precedes_an_automatic_one() -> None:
    spans = [_span(MarkKind.FAULT, 0, 6, automatic=True), _span(MarkKind.START_UP, 2, 4)]
    assert b"".join(masked(_readings("NNNNNN"), spans).flag.tolist()) == b"DDNNDD"


def test_a_mark_is_in_time_until_noon_of_the_next_day() -> None:
    begins = dt.datetime(2026, 10, 5, 1, tzinfo=SHANGHAI)
    assert declared_in_time(begins, dt.datetime(2026, 10, 6, 11, 59, tzinfo=SHANGHAI), SHANGHAI)
    assert not declared_in_time(begins, dt.datetime(2026, 10, 6, 12, tzinfo=SHANGHAI), SHANGHAI)
    assert declared_in_time(begins + dt.timedelta(days=9), begins, SHANGHAI)


def test_transmission() -> None:
    month = together([Transmission(744, 24, 700, 650), Transmission(744, 24, 720, 715)])
    assert (month.due_hours, month.transmission_rate, month.effective_rate) == (1440, 1420 / 1440, 1365 / 1420)
    assert month.transmission_effective_rate == pytest.approx(
        (month.transmission_rate or 0) * (month.effective_rate or 0)
    )
    assert Transmission(24, 24, 0, 0).transmission_effective_rate is None
    assert Transmission(24, 0, 0, 0).transmission_effective_rate == 0


@pytest.mark.parametrize(
    ("ours", "logger", "value", "verdict"),
    [
        (50.0, 51.0, True, True), (59.0, 61.0, True, False), (40.0, 55.0, False, True), (0.1, 0.3, True, True),
        (None, 61.0, None, None), (61.0, None, None, None), (60.0, 60.0, True, True),
    ],
)  # fmt: skip
def test_a_loggers_hour_beside_ours(
    ours: float | None, logger: float | None, value: bool | None, verdict: bool | None
) -> None:
    found = compare(ours, logger, above=60.0)
    assert (found.same_value, found.same_verdict) == (value, verdict)
    assert found.disagrees == (value is False or verdict is False)
