"""The oracle against the model's own integral, and its rules on cases small enough to check by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from schemas.points import Role
from simulators.park import Park
from simulators.plants import PLANTS
from simulators.power import SIGNALS, power_of
from simulators.streams import LOCAL
from simulators.truth import Ledger, Terms, Truth, _book, _capped, _self_used

SINCE = dt.date(2026, 10, 1)
MONTH = SINCE


@pytest.fixture(scope="module")
def truth() -> Truth:
    start = dt.datetime(2026, 10, 1, tzinfo=LOCAL)
    return Truth(Park(7, SINCE), start, start + dt.timedelta(days=3))


def test_energies_are_the_integral_of_the_power_but_for_the_registers_last_digit(truth: Truth) -> None:
    days = range(SINCE.toordinal(), SINCE.toordinal() + 3)
    for plant in (plant for plant in PLANTS if plant.code != "ENT06"):  # that one's history begins inside a gap
        model = sum(power_of(plant, 7, day).sum(axis=1) / 60 for day in days)
        assert isinstance(model, np.ndarray)
        bought = float(model[SIGNALS.index("import1")] + model[SIGNALS.index("import2")])
        energy = truth.month_energy(plant.code, MONTH)[Role.GRID_IMPORT]
        assert energy == pytest.approx(bought, abs=plant.incomers * plant.multiplier / 100 + 1e-6)


def test_the_balance_closes_on_the_load(truth: Truth) -> None:
    plant = PLANTS[7]
    load = sum(power_of(plant, 7, SINCE.toordinal() + i)[-1].sum() / 60 for i in range(3))
    assert truth.month(plant.code, MONTH).consumption == pytest.approx(load, rel=5e-3)


def test_parks_and_city_are_sums(truth: Truth) -> None:
    city = truth.city_month(MONTH)
    parts = sum((truth.park_month(park, MONTH) for park in ("HBW", "WD", "HN")), Terms())
    assert parts.consumption == pytest.approx(city.consumption)
    assert city.policy_share is not None
    assert 0.1 < city.policy_share <= 1
    assert all((truth.month(plant.code, MONTH).policy_share or 0) <= 1 for plant in PLANTS)


def test_a_step_belongs_to_the_shortest_period_that_contains_it() -> None:
    def at(day: int, hour: int, minute: int) -> int:
        return int(dt.datetime(2026, 10, day, hour, minute, tzinfo=LOCAL).timestamp())

    ledger = Ledger()
    steps = [
        (at(1, 9, 59), at(1, 10, 0), 1.0),  # the register at the full hour closes the hour before
        (at(1, 10, 58), at(1, 11, 2), 10.0),
        (at(1, 23, 50), at(2, 0, 10), 100.0),
        (at(31, 23, 50), at(31, 23, 50) + 1200, 1000.0),
    ]
    _book(ledger, Role.GRID_IMPORT, iter(steps))
    assert {hour.hour: dict(part) for hour, part in ledger.hours.items()} == {9: {Role.GRID_IMPORT: 1.0}}
    assert {day: dict(part) for day, part in ledger.days.items()} == {dt.date(2026, 10, 1): {Role.GRID_IMPORT: 10.0}}
    assert {month: dict(part) for month, part in ledger.months.items()} == {MONTH: {Role.GRID_IMPORT: 100.0}}


def test_export_is_taken_from_all_plants_alike() -> None:
    energies = {Role.ONSITE_SOLAR: 60.0, Role.ONSITE_WASTE_HEAT: 40.0, Role.GRID_EXPORT: 25.0}
    assert _self_used(energies) == pytest.approx(45.0)


def test_certificates_are_cut_before_trades() -> None:
    assert _capped(Terms(100, 50, 20, 20, 30)) == Terms(100, 50, 20, 20, 10)
    assert _capped(Terms(100, 50, 20, 40, 30)) == Terms(100, 50, 20, 30, 0)


def test_leaks_exceed_in_valid_hours_and_flagged_minutes_do_not_count(truth: Truth) -> None:
    means = truth.nmhc_hours()
    exceeding = [mean for mean in means if mean.exceeds]
    assert 10 < len(exceeding) < len(means) / 4
    assert all(mean.hour.minute == 0 for mean in means)
