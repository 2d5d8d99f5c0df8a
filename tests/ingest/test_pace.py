"""The size of a batch and its linger follow what commits cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.pace import LARGEST, LONGEST_LINGER_S, SHORTEST_LINGER_S, SMALLEST, Pace

commits = st.tuples(st.integers(0, 2 * LARGEST), st.floats(0, 100))


@given(st.lists(commits, max_size=30))
def test_whatever_commits_take_it_stays_within_its_bounds(told: list[tuple[int, float]]) -> None:
    pace = Pace()
    for weight, commit_s in told:
        before, pace = pace, pace.after(weight, commit_s)
        assert SMALLEST <= pace.full <= LARGEST
        assert before.full / 2 - 1 <= pace.full <= 2 * before.full
        assert SHORTEST_LINGER_S <= pace.linger_s <= LONGEST_LINGER_S
        assert pace.messages > 0


@given(st.integers(0, SMALLEST), st.floats(0.0001, 0.02))
def test_little_and_quick_commits_keep_the_linger_short(weight: int, commit_s: float) -> None:
    pace = Pace().after(weight, commit_s)
    assert pace.full == Pace().full
    assert pace.linger_s == max(SHORTEST_LINGER_S, 4 * commit_s)


def test_full_and_quick_batches_grow_and_slow_ones_shrink() -> None:
    pace = Pace()
    for _ in range(10):
        pace = pace.after(pace.full, 0.01)
    assert pace.full == LARGEST
    for _ in range(10):
        pace = pace.after(pace.full, 5.0)
    assert pace.full == SMALLEST


def test_a_full_batch_settles_where_a_commit_takes_a_quarter_of_a_second() -> None:
    pace = Pace()
    for _ in range(40):
        pace = pace.after(pace.full, pace.full / 2_000_000)  # two million a second
    assert abs(pace.full / 2_000_000 - 0.25) < 0.01
