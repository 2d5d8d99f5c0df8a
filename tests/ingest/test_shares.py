"""Dividing enterprises, and what the doctor says of a division that has a hole or reads one twice."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from ingest.division import departure, divide
from parkwatch.doctor.findings import Level
from parkwatch.doctor.shares import judge
from storage import shares as table
from storage.connect import Connection
from storage.registry import apply_registry
from storage.shares import Ingestor, Share
from tests.ingest.senders import REGISTRY

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
NAMES = st.sampled_from(["a", "b", "c", "d"])
WEIGHTS = st.dictionaries(st.text("EN123", min_size=1, max_size=3), st.integers(0, 50), max_size=30)


@given(WEIGHTS, st.lists(NAMES, min_size=1, unique=True), st.data())
def test_every_enterprise_has_one_of_the_ingestors_and_the_load_is_even(
    weights: dict[str, int], ingestors: list[str], data: st.DataObject
) -> None:
    readers = {e: data.draw(NAMES) for e in weights}
    plan = divide(weights, readers, ingestors)
    assert plan.keys() == weights.keys()
    assert set(plan.values()) <= set(ingestors)
    loads = [sum(weights[e] + 1 for e, name in plan.items() if name == one) for one in ingestors]
    if weights:
        assert max(loads) <= sum(loads) / len(ingestors) + max(weights.values()) + 1
    assert divide(weights, plan, ingestors) == plan  # dividing again moves nothing


def test_a_departure_moves_only_what_the_leaver_reads() -> None:
    readers = {"E1": "a", "E2": "b", "E3": "a", "E4": "c"}
    assert departure(readers, dict.fromkeys(readers, 10), "a", ["b", "c"]) == {"E1": "b", "E3": "c"}


def living(client_id: str, *subscribed: str, age_s: float = 1.0) -> Ingestor:
    return Ingestor(client_id, list(subscribed), False, NOW - dt.timedelta(seconds=age_s))


def wrong(found: list[Share], known: list[Ingestor], enterprises: list[str]) -> list[tuple[str, str]]:
    return [(f.check, f.what) for f in judge(found, known, enterprises, NOW) if f.level is Level.WRONG]


def test_the_doctor_finds_a_hole_one_read_twice_and_one_that_is_silent() -> None:
    two = [Share("E1", "a", NOW), Share("E2", "b", NOW)]
    well = [living("a", "E1"), living("b", "E2")]
    assert wrong(two, well, ["E1", "E2"]) == []
    assert wrong(two, well, ["E1", "E2", "E3"]) == [("unread", "nobody reads E3")]
    assert wrong(two, [living("a", "E1"), living("b")], ["E1", "E2"]) == [("unread", "nobody reads E2")]
    assert wrong(two, [living("a", "E1", "E2"), living("b", "E2")], ["E1", "E2"]) == [("read twice", "E2 by a and b")]
    assert wrong(two, [living("a", "E1"), living("b", "+")], ["E1"])[-1][0] == "read twice"
    silent = wrong(two, [living("a", "E1"), living("b", "E2", age_s=99)], ["E1", "E2"])
    assert silent == [("silent", "b gives no sign of life")]
    assert wrong([Share("+", "a", NOW)], [living("a", "+")], ["E1", "E2"]) == []
    assert wrong([], [], []) == [("unread", "nobody reads +")]


def test_a_move_that_is_under_way_is_not_wrong() -> None:
    moving = [Share("E1", "a", NOW, "b", "secured")]
    assert wrong(moving, [living("a", "E1"), living("b", "E1")], ["E1"]) == []
    assert [f.check for f in judge(moving, [living("a", "E1"), living("b", "E1")], ["E1"], NOW)] == ["moving"]


def test_the_table_from_one_to_two_and_back(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    assert [s.enterprise for s in table.enroll(connection, "a", None)] == ["+"]
    assert [s.ingestor for s in table.enroll(connection, "b", None)] == ["a"]  # the second waits
    table.plan_moves(connection, {"ENT01": "a", "ENT02": "b"})
    assert {s.enterprise: (s.ingestor, s.successor, s.stage) for s in table.shares(connection)} == {
        "ENT01": ("a", None, None), "ENT02": ("a", "b", "wanted"),
    }  # fmt: skip
    assert not table.pass_on(connection, "a", "ENT02")  # not secured yet
    table.secure(connection, "b", "ENT02")  # not offered yet
    table.offer(connection, "a")
    table.secure(connection, "b", "ENT02")
    assert not table.pass_on(connection, "b", "ENT02")  # not its own
    assert table.pass_on(connection, "a", "ENT02")
    assert table.readers_of(table.shares(connection), []) == {"ENT01": "a", "ENT02": "b"}
    table.plan_moves(connection, {"ENT02": "a"})
    table.plan_moves(connection, {"ENT02": "b"})  # thought better of it
    assert [s.successor for s in table.shares(connection)] == [None, None]
    connection.execute("UPDATE ingest_shares SET ingestor = 'a'")
    assert [(s.enterprise, s.ingestor) for s in table.keep_whole(connection, "a")] == [("+", "a")]


def test_a_new_enterprise_goes_to_whoever_has_the_fewest(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    table.enroll(connection, "a", ["ENT01"])
    table.enroll(connection, "b", ["ENT02", "ENT77"])
    more = REGISTRY + "  - {code: ENT03, park: HBW}\n  - {code: ENT04, park: HBW}\n"
    apply_registry(connection, more)
    assert table.assign_new(connection) == ["ENT03", "ENT04"]
    assert table.readers_of(table.shares(connection), [])["ENT03"] == "a"
    assert table.assign_new(connection) == []
