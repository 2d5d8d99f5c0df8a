"""The present overtakes the past, and nothing overtakes what may be of the same instant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.directory import Directory
from ingest.lanes import PAST_BYTES, Lanes, Waiting
from ingest.languages import Entry, Reader
from ingest.messages import Message, message_of
from tests.ingest.senders import frame, part

NOW_MS = 1_800_000_000_000
NOW_US = NOW_MS * 1000
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
    lanes.put(list(arrivals), NOW_US)
    return numbers(lanes.take(1000, 1 << 20))


def numbers(taken: list[Waiting]) -> list[int]:
    return [waiting.arrival.number for waiting in taken]


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


def test_sparkplug_and_what_came_over_tcp_keep_their_order() -> None:
    over_tcp = Came(message_of("tcp/hj212/logger", b"##"), 4)
    assert order(came(1, OLD_MS), came(3, OLD_MS, language="sparkplug"), over_tcp) == [3, 4, 1]


def test_what_was_taken_is_told_by_the_oldest_that_waits() -> None:
    lanes = Lanes()
    assert lanes.taken_through_us(NOW_US) == NOW_US
    lanes.put([came(1, OLD_MS), came(2, NOW_MS)], NOW_US)
    lanes.put([came(3, NOW_MS)], NOW_US + 7)
    assert lanes.taken_through_us(NOW_US + 9) == NOW_US
    assert numbers(lanes.take(2, 1 << 20)) == [2, 3]
    assert lanes.taken_through_us(NOW_US + 9) == NOW_US
    assert numbers(lanes.take(2, 1 << 20)) == [1]
    assert lanes.taken_through_us(NOW_US + 9) == NOW_US + 9


def test_no_two_came_at_the_same_time() -> None:
    lanes = Lanes()
    lanes.put([came(n, NOW_MS) for n in range(3)], NOW_US)
    lanes.put([came(3, NOW_MS)], NOW_US - 5_000_000)  # the clock was set back
    assert [waiting.came_us - NOW_US for waiting in lanes.take(9, 1 << 20)] == [0, 1, 2, 3]


def test_the_past_comes_in_pieces_and_wholly() -> None:
    lanes = Lanes()
    big = [came(n, *[OLD_MS + n] * 4_000) for n in range(20)]
    lanes.put(list(big), NOW_US)
    seen: list[int] = []
    while len(lanes):
        lanes.put([came(100, NOW_MS)], NOW_US)
        piece = lanes.take(1000, 1 << 23)
        assert piece[0].arrival.number == 100
        assert sum(waiting.size for waiting in piece) <= PAST_BYTES + len(big[0].message.payload) + 200
        seen += numbers(piece[1:])
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
        lanes.put(todo[:step], NOW_US)
        todo = todo[step:]
        taken += [waiting.arrival for waiting in lanes.take(1, 1 << 20)]
    lanes.put(todo, NOW_US)
    while len(lanes):
        taken += [waiting.arrival for waiting in lanes.take(100, 1 << 20)]
    assert sorted(a.number for a in taken) == list(range(len(flow)))
    for i, first in enumerate(taken):
        for second in taken[i + 1 :]:
            if first.number > second.number and first.message.enterprise == second.message.enterprise:
                assert not set(flow[first.number][1]) & set(flow[second.number][1])


DIRECTORY = Directory([], 1)
OLD, LIVE = "20270114120030", "20270115160000"  # DataTime of OLD_MS and NOW_MS, or nearly
WHOLE = st.tuples(st.just("whole"), st.sampled_from([[OLD], [LIVE], [OLD, LIVE]]), st.sampled_from(["2011", "2061"]))
SPLIT = st.tuples(st.just("split"), st.sampled_from([OLD, LIVE]), st.integers(0, 6))
MESSAGES = st.tuples(st.sampled_from(["E1", "E2"]), WHOLE | SPLIT | st.tuples(st.just("telemetry"), STAMPS, st.none()))


def payloads(number: int, told: tuple[str, Any, Any]) -> list[tuple[int, str, bytes]]:
    """The payloads of a message, each with how many others come before it, and its language."""
    kind, when, more = told
    if kind == "telemetry":
        return [(0, "telemetry", came(number, *when).message.payload)]
    if kind == "whole":
        frames = [frame(f"DataTime={at};a24088-Rtd={number},a24088-Flag=N", cn=more) for at in when]
        return [(0, "hj212", b"".join(frames))]
    qn = f"2027011516{number:07d}"
    first, second = f"DataTime={when};a24088-Rtd={number}", "a24088-Flag=D;a21026-Rtd=1,a21026-Flag=N"
    other = frame(f"DataTime={OLD[:-2]}{number:02};a24088-Rtd={number},a24088-Flag=N") if more % 3 == 0 else b""
    parts = [part(first, 1, 2, qn=qn), other + part(second, 2, 2, qn=qn)]
    return [(0, "hj212", parts[number % 2]), (more, "hj212", parts[1 - number % 2])]


def arrivals_of(flow: list[tuple[str, tuple[str, Any, Any]]]) -> list[Came]:
    placed: list[tuple[float, Message]] = []
    for number, (enterprise, told) in enumerate(flow):
        for later, language, payload in payloads(number, told):
            topic = f"pw/v1/{enterprise}/g/{language}"
            placed.append((number + later + 0.5 * bool(later), message_of(topic, payload)))
    placed.sort(key=lambda entry: entry[0])
    return [Came(message, n) for n, (_, message) in enumerate(placed)]


class Store:
    """What the readings of a flow come to: the last value of each series and instant, and what was answered."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.values: dict[tuple[str, str, int], tuple[float, str]] = {}
        self.refused = 0
        self.answered: list[int] = []

    def read(self, arrival: Came, at_ms: int) -> None:
        self._take(self.reader.read(arrival, arrival.message, DIRECTORY, at_ms * 1000))

    def expire(self, at_ms: int) -> None:
        self._take(self.reader.expire(DIRECTORY, at_ms * 1000))

    def _take(self, entries: list[Entry]) -> None:
        for entry in entries:
            told = entry.columns
            self.answered.append(entry.arrival.number)
            self.refused += len(told.refusals)
            for row in zip(told.points, told.ts_us, told.values, told.flags, strict=True):
                self.values[entry.message.enterprise, row[0], row[1]] = row[2:]


@given(st.lists(MESSAGES, max_size=10), st.lists(st.integers(1, 4), max_size=20), st.integers(0, 40_000))
def test_the_lanes_store_what_one_queue_would(
    flow: list[tuple[str, tuple[str, Any, Any]]], steps: list[int], pause_ms: int
) -> None:
    arrivals = arrivals_of(flow)
    one_queue, lanes, through_lanes = Store(), Lanes(), Store()
    for n, arrival in enumerate(arrivals):
        one_queue.read(arrival, NOW_MS + n * 1000)
    one_queue.expire(NOW_MS + 1_000_000)

    clock_ms, todo = NOW_MS, list(arrivals)
    for step in [*steps, len(todo) + 1]:
        lanes.put(todo[:step], clock_ms * 1000)
        todo, clock_ms = todo[step:], clock_ms + 1000
        _read_on(lanes, through_lanes, 1, clock_ms)
    while len(lanes):
        clock_ms += pause_ms  # the past is slow
        _read_on(lanes, through_lanes, 1, clock_ms)
    through_lanes.expire(clock_ms + 1_000_000)
    assert through_lanes.values == one_queue.values
    assert through_lanes.refused == one_queue.refused
    assert sorted(through_lanes.answered) == sorted(one_queue.answered) == list(range(len(arrivals)))


def _read_on(lanes: Lanes, store: Store, messages: int, now_ms: int) -> None:
    taken = lanes.take(messages, 1 << 20)
    through_ms = lanes.taken_through_us(now_ms * 1000) // 1000
    for waiting in taken:
        store.read(waiting.arrival, through_ms)
    store.expire(through_ms)


def test_parts_wait_for_each_other_however_long_the_past_takes() -> None:
    split = [frame(f"DataTime={OLD};a24088-Rtd=1,a24088-Flag=N") for _ in range(4)]
    split += [part("a21026-Rtd=2,a21026-Flag=N", 2, 2), part(f"DataTime={OLD};a24088-Rtd=7,a24088-Flag=N", 1, 2)]
    lanes, store = Lanes(), Store()
    # the second part finds nothing that waits and is read at once; the first is old and waits behind the past
    arrivals = [
        Came(message_of("pw/v1/E1/g/hj212", payload), n) for n, payload in enumerate([split[4], *split[:4], split[5]])
    ]
    lanes.put(arrivals, NOW_US)
    for minute in range(1, 8):
        _read_on(lanes, store, 1, NOW_MS + minute * 60_000)
    assert store.refused == 0
    assert sorted(value for value, _ in store.values.values()) == [2.0, 7.0]
