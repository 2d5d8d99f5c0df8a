"""The present overtakes the past, and nothing overtakes what may be of the same instant."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ingest.lanes import PAST_BYTES, Lanes, span_ms
from ingest.messages import Message

NOW_MS = 1_800_000_000_000
OLD_MS = NOW_MS - 86_400_000


@dataclass(frozen=True)
class Came:
    message: Message
    number: int


def came(number: int, *stamps: int | str, enterprise: str = "E1", language: str = "telemetry") -> Came:
    payload = json.dumps({"id": str(number), "data": [{"ts": ts, "values": {"P": number}} for ts in stamps]}).encode()
    return Came(Message(enterprise, "g", f"pw/v1/{enterprise}/g/{language}", language, payload), number)


def order(*arrivals: Came) -> list[int]:
    lanes = Lanes()
    lanes.put(list(arrivals), NOW_MS)
    return [a.number for a in lanes.take(1000, 1 << 20)]


def test_the_present_goes_first() -> None:
    assert order(came(1, OLD_MS), came(2, OLD_MS + 1), came(3, NOW_MS), came(4, NOW_MS, enterprise="E2")) == [
        3,
        4,
        1,
        2,
    ]


def test_what_may_be_of_an_instant_that_waits_waits_too() -> None:
    assert order(came(1, OLD_MS), came(2, OLD_MS, NOW_MS), came(3, NOW_MS)) == [1, 2, 3]
    assert order(came(1, OLD_MS), came(2, "2026-11-24T00:00:00Z"), came(3, NOW_MS)) == [1, 2, 3]
    assert order(came(1, OLD_MS), came(2, "2026-11-24T00:00:00Z", enterprise="E2")) == [2, 1]


def test_languages_that_remember_keep_their_order() -> None:
    assert order(came(1, OLD_MS), came(2, OLD_MS, language="hj212"), came(3, OLD_MS, language="sparkplug")) == [2, 3, 1]


def test_stamps_that_are_not_all_milliseconds_are_unknown() -> None:
    assert span_ms(b'{"ts": 1763856000000, "values": {"E01": 1}}') == (1763856000000, 1763856000000)
    assert span_ms(b'[{"ts":1763856000000},{"ts" : 1763856060000 }]') == (1763856000000, 1763856060000)
    assert span_ms(b'[{"ts":1763856000000},{"ts":"2026-11-24T00:00:00Z"}]') is None
    assert span_ms(b"{}") is None


def test_the_past_comes_in_pieces_and_wholly() -> None:
    lanes = Lanes()
    big = [came(n, *[OLD_MS + n] * 4_000) for n in range(20)]
    lanes.put(list(big), NOW_MS)
    seen: list[int] = []
    while len(lanes):
        lanes.put([came(100, NOW_MS)], NOW_MS)
        piece = lanes.take(1000, 1 << 23)
        assert piece[0].number == 100
        assert sum(len(a.message.payload) for a in piece) <= PAST_BYTES + len(big[0].message.payload) + 200
        seen += [a.number for a in piece[1:]]
    assert seen == list(range(20))


STAMPS = st.lists(
    st.sampled_from([OLD_MS, OLD_MS + 1, NOW_MS - 1, NOW_MS, "2026-11-24T00:00:00Z"]), min_size=1, max_size=3
)
FLOW = st.lists(st.tuples(st.sampled_from(["E1", "E2"]), STAMPS), max_size=12)


@given(FLOW, st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_two_messages_with_a_stamp_in_common_are_never_swapped(
    flow: list[tuple[str, list[int | str]]], steps: list[int]
) -> None:
    lanes = Lanes()
    todo = [came(n, *stamps, enterprise=e) for n, (e, stamps) in enumerate(flow)]
    taken: list[Came] = []
    for step in steps:
        lanes.put(todo[:step], NOW_MS)
        todo = todo[step:]
        taken += lanes.take(1, 1 << 20)
    lanes.put(todo, NOW_MS)
    while len(lanes):
        taken += lanes.take(100, 1 << 20)
    assert sorted(a.number for a in taken) == list(range(len(flow)))
    for i, first in enumerate(taken):
        for second in taken[i + 1 :]:
            if first.number > second.number and first.message.enterprise == second.message.enterprise:
                assert not set(flow[first.number][1]) & set(flow[second.number][1])
