"""The park is a function of time: the same readings whoever computes them, registers that go on and wrap."""

from __future__ import annotations

import datetime as dt

import numpy as np
import orjson
import pytest

from schemas.errors import InvalidInput
from schemas.points import Kind
from schemas.registry import parse_registry
from schemas.rule_bodies import parse_rules
from simulators.park import Park
from simulators.plants import PLANTS, Plant
from simulators.points import GATEWAYS, points_of
from simulators.registry import demo_registry
from simulators.telemetry import messages

SINCE = dt.date(2026, 10, 1)
DAY = SINCE.toordinal() + 12


def plant(code: str) -> Plant:
    return next(plant for plant in PLANTS if plant.code == code)


@pytest.fixture(scope="module")
def park() -> Park:
    return Park(7, SINCE)


def test_the_same_seed_gives_the_same_readings_in_any_order(park: Park) -> None:
    other = Park(7, SINCE)
    other.frame(PLANTS[3], "energy", DAY + 5)
    for one in PLANTS:
        for gateway in GATEWAYS:
            left, right = park.frame(one, gateway, DAY), other.frame(one, gateway, DAY)
            np.testing.assert_array_equal(left.values, right.values)
            np.testing.assert_array_equal(left.flags, right.flags)


def test_another_seed_gives_other_readings(park: Park) -> None:
    other = Park(8, SINCE).frame(PLANTS[0], "air", DAY)
    assert not np.array_equal(park.frame(PLANTS[0], "air", DAY).values, other.values)


def test_registers_go_on_over_midnight_and_fall_only_by_their_width(park: Park) -> None:
    wraps = 0
    for one in PLANTS:
        counters = [point for point in points_of(one, "energy") if point.kind is Kind.COUNTER]
        for point in counters:
            row = points_of(one, "energy").index(point)
            days = [park.frame(one, "energy", SINCE.toordinal() + i).values[row] for i in range(31)]
            registers = np.concatenate(days)
            registers = registers[~np.isnan(registers)]
            steps = np.diff(registers)
            wraps += int((steps < 0).sum()) - (park.replacement(one, point) is not None)
            assert point.width is not None
            plausible = (point.capacity_kw or 0) / point.multiplier * 3  # three hours: longer than any gap
            if park.replacement(one, point) is None:
                assert (np.mod(steps, point.width) <= plausible + 0.02).all(), (one.code, point.code)
    assert wraps >= 2


def test_stamps_are_the_local_minutes_with_midnight_first(park: Park) -> None:
    stamps = park.frame(PLANTS[0], "energy", DAY).ts_ms
    assert dt.datetime.fromtimestamp(stamps[0] / 1000, dt.UTC).isoformat() == "2026-10-12T16:00:00+00:00"
    assert set(np.diff(stamps)) == {60_000}


def test_analysers_are_flagged_and_gateways_have_gaps(park: Park) -> None:
    flags, missing = set(), 0
    for i in range(14):
        for one in PLANTS:
            frame = park.frame(one, "air", SINCE.toordinal() + i)
            flags |= set(np.unique(frame.flags))
            missing += int(np.isnan(frame.values).all(axis=0).sum())
    assert {b"N", b"C", b"T", b"M"} <= flags
    assert missing > 0


def test_messages_carry_thousands_of_readings_and_each_once(park: Park) -> None:
    frame = park.frame(PLANTS[0], "air", DAY)
    sent = list(messages(frame, DAY, "ENT01-air"))
    assert sum(message.readings for message in sent) == int((~np.isnan(frame.values)).sum())
    assert 1000 < sent[0].readings <= 3000
    entry = orjson.loads(sent[0].payload)["data"][0]
    assert entry["ts"] == int(frame.ts_ms[0])
    assert entry["values"]["T01"] == frame.values[frame.codes.index("T01"), 0]


def test_a_flag_travels_with_its_value(park: Park) -> None:
    day = next(day for day in range(DAY, DAY + 7) if b"C" in park.frame(PLANTS[0], "air", day).flags)
    frame = park.frame(PLANTS[0], "air", day)
    minute = int(np.argmax(frame.flags[0] == b"C")) + 2
    (message,) = messages(frame, day, "x", minute, minute + 1)
    assert orjson.loads(message.payload)["data"][0]["values"]["V01"] == {"v": 80.0, "q": "C"}


def test_there_is_nothing_before_the_history(park: Park) -> None:
    with pytest.raises(InvalidInput, match="begins on 2026-10-01"):
        park.frame(PLANTS[0], "energy", SINCE.toordinal() - 1)


def test_the_registry_is_valid_and_names_every_point() -> None:
    registry = parse_registry(demo_registry(dt.date(2026, 11, 23)))
    assert len(registry.parks) == 3
    assert len(registry.enterprises) == 12
    assert sum(len(enterprise.points) for enterprise in registry.enterprises) >= 200
    assert {point.interval_s for enterprise in registry.enterprises for point in enterprise.points} == {60.0}
    assert {rule.code for rule in parse_rules(list(registry.rules))} >= {"nmhc-hour", "nmhc-spike"}
    months = {item.period for enterprise in registry.enterprises for item in enterprise.instruments} - {None}
    assert months == {"2026-10", "2026-11"}


def test_the_exchange_of_a_meter_is_declared_with_its_registers(park: Park) -> None:
    registry = parse_registry(demo_registry(dt.date(2026, 11, 23), SINCE, seed=7))
    points = {point.code: point for enterprise in registry.enterprises for point in enterprise.points if
              enterprise.code == "ENT05"}  # fmt: skip
    old, new = points["E02"].epochs
    frame = park.frame(plant("ENT05"), "energy", new.valid_from.date().toordinal())
    registers = frame.values[frame.codes.index("E02")]
    assert old.valid_from < new.valid_from
    assert new.last is not None
    assert 0 <= new.last - registers[630] < 0.1
    assert 0 <= registers[631] < 0.1
