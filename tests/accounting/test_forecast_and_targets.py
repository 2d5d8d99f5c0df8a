"""Forecasts extend what was measured, with an interval; a target says what is still required, or why it cannot."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.forecast import LEAST_MONTHS, Method, forecast_months, rolling_errors
from accounting.targets import ShareMonth, Unforecast, Untracked, YearToDate, progress
from schemas.accounts import Target

TARGET = Target("green-power-2027", "绿电占比", "policy_share", "city", 2027, Decimal("0.35"), "1", "plan")
shares = st.lists(st.floats(0, 1), min_size=LEAST_MONTHS, max_size=40)


def months(first: dt.date, values: list[float], energy_kwh: float = 100.0) -> list[ShareMonth]:
    number = first.year * 12 + first.month - 1
    return [
        ShareMonth(dt.date((number + i) // 12, (number + i) % 12 + 1, 1), v, energy_kwh) for i, v in enumerate(values)
    ]


def year(number: int, share: float | None) -> YearToDate:
    return YearToDate(number, share, 1000.0, share, share, 0.99, "wuhai-plan@1")


@given(shares, st.integers(1, 30))
def test_a_forecast_lies_in_its_interval_and_in_its_limits(history: list[float], ahead: int) -> None:
    outlook = forecast_months(history, ahead, least=0.0, most=1.0)
    assert outlook is not None
    assert len(outlook.values) == ahead
    for low, value, high in zip(outlook.low, outlook.values, outlook.high, strict=True):
        assert 0 <= low <= value <= high <= 1
    assert outlook.months_used == len(history)


@given(st.floats(0, 1), st.integers(LEAST_MONTHS, 40), st.integers(1, 24))
def test_what_never_changed_stays_without_doubt(value: float, known: int, ahead: int) -> None:
    outlook = forecast_months([value] * known, ahead)
    assert outlook is not None
    assert outlook.values == pytest.approx([value] * ahead)
    assert outlook.high[0] - outlook.low[0] == pytest.approx(0, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.integers(2, 3))
def test_a_year_that_repeats_is_repeated(one: list[float], years: int) -> None:
    outlook = forecast_months(one * years, 12)
    assert outlook is not None
    assert outlook.method is Method.SEASONAL_DAMPED_TREND
    assert outlook.values == pytest.approx(one)


def test_too_little_history_gives_no_forecast() -> None:
    assert forecast_months([0.2] * (LEAST_MONTHS - 1), 3) is None


def test_the_interval_never_shrinks_with_distance_and_comes_from_the_methods_own_errors() -> None:
    history = [0.2 + 0.05 * math.sin(i) for i in range(16)]
    outlook = forecast_months(history, 12)
    assert outlook is not None
    widths = [high - low for low, high in zip(outlook.low, outlook.high, strict=True)]
    assert widths == pytest.approx(sorted(widths))
    assert widths[0] / 2 <= max(abs(error) for error in rolling_errors(history, 1)[1])


def test_required_before_its_year_is_the_target_and_the_rise_leads_there() -> None:
    found = progress(TARGET, [year(2026, 0.23)], months(dt.date(2026, 1, 1), [0.23] * 10), dt.date(2026, 11, 23))
    assert found.required == pytest.approx(0.35)
    offsets = range(3, 15)  # January to December 2027, after October 2026
    assert found.required_rise_per_month is not None
    mean = sum(0.23 + found.required_rise_per_month * offset for offset in offsets) / 12
    assert mean == pytest.approx(0.35)
    assert found.forecast is not None
    assert found.forecast.value == pytest.approx(0.23)
    assert found.forecast.words == "趋势推算"


def test_required_inside_its_year_makes_up_for_what_is_behind() -> None:
    known = months(dt.date(2026, 1, 1), [0.3] * 18)  # to June 2027
    found = progress(TARGET, [year(2026, 0.3), year(2027, 0.3)], known, dt.date(2027, 7, 15))
    assert found.required == pytest.approx(0.40)
    assert found.current is not None
    assert found.current.year == 2027


def test_a_short_history_says_so() -> None:
    found = progress(TARGET, [year(2026, 0.2)], months(dt.date(2026, 8, 1), [0.2] * 3), dt.date(2026, 11, 1))
    assert (found.forecast, found.unforecast) == (None, Unforecast.TOO_LITTLE_HISTORY)


def test_a_hole_in_the_months_begins_the_history_anew() -> None:
    known = months(dt.date(2025, 1, 1), [0.2] * 12) + months(dt.date(2026, 2, 1), [0.2] * 4)
    found = progress(TARGET, [year(2026, 0.2)], known, dt.date(2026, 6, 1))
    assert found.unforecast is Unforecast.TOO_LITTLE_HISTORY


def test_what_no_meter_gives_is_named_and_not_guessed() -> None:
    found = progress(replace(TARGET, metric="water_per_gdp_change"), [year(2026, 0.2)], [], dt.date(2026, 11, 1))
    assert (found.current, found.untracked) == (None, Untracked.NOT_METERED)
    assert progress(TARGET, [], [], dt.date(2026, 11, 1)).untracked is Untracked.NOT_COMPUTED


def test_after_its_year_there_is_nothing_to_forecast() -> None:
    found = progress(TARGET, [year(2027, 0.36)], months(dt.date(2027, 1, 1), [0.36] * 12), dt.date(2028, 2, 1))
    assert (found.unforecast, found.required) == (Unforecast.YEAR_IS_OVER, None)


@given(st.lists(st.floats(0, 1), min_size=9, max_size=24))
def test_the_years_forecast_contains_its_value(values: list[float]) -> None:
    found = progress(TARGET, [year(2026, 0.2)], months(dt.date(2025, 6, 1), values), dt.date(2026, 5, 1))
    assert found.forecast is not None
    assert 0 <= found.forecast.low <= found.forecast.value + 1e-12
    assert found.forecast.value <= found.forecast.high + 1e-12
