"""The alerts depend on the readings that are stored, not on how and in which order they came."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alerts.select import tracks_of
from alerts.state import Episode, Observation, Terms, run
from alerts.verdict import Verdict
from storage.rules import list_rules, list_watched_points
from tests.alerts.bench import TIMEZONE, Bench, Row, at

START = at("10:00")
MINUTE = 60_000_000
RULES: dict[str, dict[str, Any]] = {
    "plain": {"above": 80, "clear_below": 70},
    "hold": {"above": 80, "clear_below": 70, "for": "3min"},
    "hold_and_clear_for": {"above": 80, "clear_below": 70, "for": "2min", "clear_for": "2min"},
    "clear_for": {"above": 80, "clear_below": 70, "clear_for": "3min"},
}
VALUES = st.sampled_from([50.0, 60.0, 75.0, 78.0, 85.0, 90.0, 95.0])
STEPS = st.lists(st.tuples(st.integers(0, 30), VALUES, st.sampled_from("NNNNNNM")), min_size=1, max_size=40)
CODES = (f"V{n}" for n in itertools.count())


def final_of(rows: list[Row]) -> list[Row]:
    """What is stored after the rows came in this order."""
    return sorted({row[0]: row for row in rows}.values())


def truth_of(rows: list[Row], terms: Terms) -> list[Episode]:
    """The fired episodes of stored readings, told from the beginning."""
    seen = [Observation(ts, value, verdict_of(value, flag), flag) for ts, value, flag in rows]
    resolved, episode = run(None, seen, terms)
    return [*resolved, *([episode] if episode and episode.fired_us is not None else [])]


def verdict_of(value: float, flag: str) -> Verdict:
    if flag != "N":
        return Verdict.FLAGGED
    return Verdict.EXCEEDS if value > 80 else Verdict.CLEARS if value <= 70 else Verdict.HOLDS


def terms_of(name: str) -> Terms:
    hold, clear = {"plain": (0, 0), "hold": (3, 0), "hold_and_clear_for": (2, 2), "clear_for": (0, 3)}[name]
    return Terms(hold * MINUTE, clear * MINUTE, 3 * MINUTE)


@pytest.mark.parametrize("name", RULES)
def test_any_order_and_any_batches_leave_the_same_alerts(bench: Bench, name: str) -> None:
    bench.rules(RULES[name])

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @example(
        steps=[(0, 85.0, "N"), (2, 50.0, "M"), (1, 50.0, "N")], cuts={1, 2}
    )  # a late reading ends what was only pending
    @example(steps=[(0, 85.0, "N"), (1, 50.0, "N"), (3, 85.0, "N"), (4, 50.0, "N"), (1, 50.0, "M")], cuts={4})
    # a reading that turns out not to count no longer parts the time that the limit was exceeded
    @given(steps=STEPS, cuts=st.sets(st.integers(1, 39)))
    def holds(steps: list[tuple[int, float, str]], cuts: set[int]) -> None:
        point_id = bench.point(next(CODES))
        rows: list[Row] = [(START + minute * MINUTE, value, flag) for minute, value, flag in steps]
        rows = newest_not_superseded(rows)
        edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
        for start, stop in itertools.pairwise(edges):
            bench.send(point_id, rows[start:stop])
        assert told(bench, point_id) == expected(rows, name)
        check_state(bench, point_id, rows, name)

    holds()


def newest_not_superseded(rows: list[Row]) -> list[Row]:
    """A value already superseded at its instant is a duplicate to the writer: leave such arrivals out."""
    seen: set[Row] = set()
    return [row for row in rows if not (row in seen or seen.add(row))]  # type: ignore[func-returns-value]


def told(bench: Bench, point_id: int) -> list[tuple[object, ...]]:
    found = bench.alerts(point_id)
    return [(a["opened"], a["resolved"], a["value"], a["state"], a["evidence"]["exceeding"]) for a in found]


def expected(rows: list[Row], name: str) -> list[tuple[object, ...]]:
    return [
        (e.opened_us, e.resolved_us, e.peak, "resolved" if e.resolved_us else e.state.value, e.exceeding)
        for e in truth_of(final_of(rows), terms_of(name))
    ]


def check_state(bench: Bench, point_id: int, rows: list[Row], name: str) -> None:
    seen = [Observation(ts, value, verdict_of(value, flag), flag) for ts, value, flag in final_of(rows)]
    _, episode = run(None, seen, terms_of(name))
    state = bench.state("r", point_id)
    assert (state[0] if state else "inactive") == (episode.state.value if episode else "inactive")


@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_an_episode_is_an_unbroken_run_over_the_limit(steps: list[tuple[int, float, str]]) -> None:
    """The plain rule against code that knows no states."""
    rows = final_of([(START + minute * MINUTE, value, flag) for minute, value, flag in steps])
    judged = [(ts, value) for ts, value, flag in rows if flag == "N"]
    spans = []
    while any(value > 80 for _, value in judged):
        first = next(i for i, (_, value) in enumerate(judged) if value > 80)
        end = next((i for i in range(first, len(judged)) if judged[i][1] <= 70), None)
        run_of_it = judged[first:end]
        spans.append((judged[first][0], None if end is None else judged[end][0], max(v for _, v in run_of_it)))
        judged = [] if end is None else judged[end + 1 :]
    assert [(e.opened_us, e.resolved_us, e.peak) for e in truth_of(rows, Terms(gap_us=3 * MINUTE))] == spans


@pytest.mark.parametrize(
    "rule",
    [{"statistic": "rate", "above": 5}, {"statistic": "rate", "below": -9}, {"statistic": "flat", "for": "3min"}],
)
def test_pairs_in_any_order_leave_the_same_alerts(bench: Bench, rule: dict[str, Any]) -> None:
    bench.rules(rule)
    (parsed,) = list_rules(bench.connection)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=STEPS, cuts=st.sets(st.integers(1, 39)))
    def holds(steps: list[tuple[int, float, str]], cuts: set[int]) -> None:
        point_id = bench.point(next(CODES))
        rows = newest_not_superseded([(START + minute * MINUTE, value, flag) for minute, value, flag in steps])
        edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
        for start, stop in itertools.pairwise(edges):
            bench.send(point_id, rows[start:stop])
        points = [point for point in list_watched_points(bench.connection) if point.id == point_id]
        (track,) = (track for track in tracks_of([parsed], points) if not track.suspect)
        resolved, episode = run(None, track.observe_pairs(final_of(rows), TIMEZONE), track.terms)
        fired = [*resolved, *([episode] if episode and episode.fired_us is not None else [])]
        assert told(bench, point_id) == [
            (e.opened_us, e.resolved_us, e.peak, "resolved" if e.resolved_us else e.state.value, e.exceeding)
            for e in fired
        ]

    holds()


def test_hours_in_any_order_leave_the_same_alerts(bench: Bench) -> None:
    bench.rules(
        {"code": "r", "kind": "exceedance", "statistic": "mean_1h", "above": 80, "clear_below": 70, "unit": "mg/m3"}
    )
    chance = random.Random(5)
    for _ in range(30):
        point_id = bench.point(next(CODES))
        hours = {h: (chance.choice([50.0, 75.0, 85.0, 90.0]), chance.choice([60, 60, 60, 30])) for h in range(20)}
        order = chance.sample(sorted(hours), len(hours))
        while order:
            size = chance.randint(1, 5)
            bench.send_hours(
                [(point_id, START + h * 60 * MINUTE - 36 * 3600 * 1_000_000, *hours[h]) for h in order[:size]]
            )
            order = order[size:]
        rows = [
            (START + (h + 1 - 36) * 60 * MINUTE, mean, "N" if minutes >= 45 else "I")
            for h, (mean, minutes) in sorted(hours.items())
        ]
        assert told(bench, point_id) == expected(rows, "plain")
