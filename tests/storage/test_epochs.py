"""Declaring what happened to a meter: what depended on it is computed again, and nothing else."""

from __future__ import annotations

import datetime as dt
from math import inf, nan

import pytest

from schemas.errors import Conflict, InvalidInput, NotFound
from schemas.registry import EpochSpec
from storage.connect import Connection
from storage.epochs import declare_epoch
from tests.storage.test_facts import Park, at, minutes


def dirty(connection: Connection) -> list[float]:
    rows = connection.execute("SELECT DISTINCT hour FROM dirty_hours ORDER BY hour")
    return [(row[0] - at(0)) / dt.timedelta(hours=1) for row in rows]


@pytest.fixture
def park(connection: Connection) -> Park:
    return Park(connection)


def test_a_review_is_resolved_by_an_epoch(park: Park) -> None:
    point = park.add_point()
    park.send(point, [*minutes(0, 600), *minutes(601, 900, start=5.0)])
    park.drain()
    assert [step[2] for step in park.steps(point)] == ["unexplained"]
    assert park.hours(point)[10] == (59.0, False)
    spec = EpochSpec(valid_from=at(600.5), first=4.5, last=600.5, reason="protocol 7")
    assert declare_epoch(park.connection, "ENT01/E01", spec) > 0
    park.drain()
    assert {step[2] for step in park.steps(point)} == {"replacement"}
    assert park.hours(point)[10] == (60.0, True)
    assert park.connection.execute("SELECT source, reason FROM meter_epochs").fetchall() == [("api", "protocol 7")]


def test_only_what_depended_on_it_is_marked(park: Park) -> None:
    point, other = park.add_point(), park.add_point("E02")
    park.send(point, minutes(0, 600))
    park.send(other, minutes(0, 600))
    park.drain()
    for minute in (60, 480):
        park.add_epoch(point, minute, multiplier=1)
    assert dirty(park.connection) == []
    declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(270), multiplier=2.0))
    assert dirty(park.connection) == [0, 3, 4, 5, 6, 7, 8, 9], "its own hours, those beside them, no others"
    before = park.contents(other)
    park.drain()
    declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(400), multiplier=2.0))
    assert dirty(park.connection) == [4, 5, 6, 7], "the register counts on: the steps beside the instant"
    park.drain()
    assert park.contents(other) == before
    assert park.hours(point)[5] == (120.0, True)


def test_the_step_between_two_epochs_in_one_silence_has_its_row(park: Park) -> None:
    point = park.add_point()
    park.send(point, [(0, 100.0), (1, 101.0), (8 * 1440, 900.0), (8 * 1440 + 1, 901.0)])
    park.drain()
    declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(2 * 1440), first=0.0, last=200.0))
    declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(5 * 1440), first=500.0, last=70.0))
    park.drain()
    found = [(step[0], step[1], step[4]) for step in park.steps(point)]
    assert found == [(1, 2880, 99.0), (2880, 7200, 70.0), (7200, 11520, 400.0)]


def test_the_same_epochs_before_the_readings(park: Park) -> None:
    point = park.add_point()
    declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(2 * 1440), first=0.0, last=200.0))
    declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(5 * 1440), first=500.0, last=70.0))
    park.drain()
    park.send(point, [(0, 100.0), (1, 101.0)])
    park.drain()
    park.send(point, [(8 * 1440, 900.0), (8 * 1440 + 1, 901.0)])
    park.drain()
    assert [step[4] for step in park.steps(point)] == [99.0, 70.0, 400.0]


def test_overlapping_epochs_are_refused(park: Park) -> None:
    point = park.add_point()
    park.add_epoch(point, 60, multiplier=1)
    with pytest.raises(Conflict, match=r"ENT01/E01: from: epochs overlap: .* declared already \(registry\)"):
        declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(60), multiplier=2.0))
    assert park.connection.execute("SELECT multiplier FROM meter_epochs").fetchall() == [(1.0,)]
    assert dirty(park.connection) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("width", 0.0), ("width", nan), ("multiplier", -1.0), ("multiplier", inf), ("first", -0.1), ("last", nan)],
)
def test_numbers_that_no_meter_has(park: Park, field: str, value: float) -> None:
    park.add_point()
    with pytest.raises(InvalidInput) as refused:
        declare_epoch(park.connection, "ENT01/E01", EpochSpec(valid_from=at(0), **{field: value}))  # type: ignore[arg-type]
    assert (refused.value.source, refused.value.field) == ("ENT01/E01", field)
    assert park.connection.execute("SELECT count(*) FROM meter_epochs").fetchone() == (0,)


def test_only_a_counter_that_exists_has_epochs(park: Park) -> None:
    park.add_point("S01", kind="interval")
    with pytest.raises(InvalidInput, match="only a counter has epochs"):
        declare_epoch(park.connection, "ENT01/S01", EpochSpec(valid_from=at(0)))
    with pytest.raises(NotFound, match="ENT01/E99"):
        declare_epoch(park.connection, "ENT01/E99", EpochSpec(valid_from=at(0)))
