"""A digest from its facts: one folder a case, with the text for people and the tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from accounting.air.transmission import Transmission
from alerts.digest.assemble import assemble
from alerts.digest.facts import Facts, Hours, Span
from alerts.digest.words import ADVICE, MARK_WORDS
from api.digest_shapes import Digest
from schemas.marks import MarkKind
from schemas.reasons import Reason

CASES = sorted((Path(__file__).parents[1] / "cases" / "digest").iterdir())


def facts_of(folder: Path) -> Facts:
    body = yaml.load((folder / "facts.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  all strings
    return msgspec.convert(body, Facts, strict=False)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    body = assemble(facts_of(folder))
    assert body["text"] + "\n" == (folder / "digest.txt").read_text(encoding="utf-8")
    wanted = yaml.safe_load((folder / "tasks.yaml").read_text(encoding="utf-8"))
    assert [[task["task"], task["count"], task["before"]] for task in body["to_do"]] == wanted
    assert Digest.model_validate(body).quiet == ("\n" not in body["text"])


def test_every_reason_has_advice_and_every_mark_a_word() -> None:
    assert set(ADVICE) == set(Reason)
    assert set(MARK_WORDS) == set(MarkKind)


@given(points=st.integers(1, 500), hours=st.integers(1, 24), standstill=st.integers(0, 24), days=st.integers(1, 31))
def test_a_day_with_nothing_wrong_says_so_in_one_line(points: int, hours: int, standstill: int, days: int) -> None:
    still = min(standstill, hours)
    sent = Transmission(hours, still, hours - still, hours - still)
    day = Span(sent, Hours(points * hours, points * hours, points * hours), {}, 0)
    month = Span(sent, Hours(points * hours * days, points * hours * days, points * hours * days - 1), {}, 3)
    facts = replace(facts_of(CASES[0].parent / "nothing-wrong"), of_day=day, of_month=month)
    body = assemble(facts)
    assert body["quiet"]
    assert "\n" not in body["text"]
    assert "一切正常" in body["text"]


@given(lost=st.integers(1, 10_000), due=st.integers(1, 10_000))
def test_a_lost_hour_is_never_rounded_away(lost: int, due: int) -> None:
    """However many hours were due: a day that lacks one is neither quiet nor 100 %."""
    facts = facts_of(CASES[0].parent / "nothing-wrong")
    hours = Hours(due, due, max(0, due - lost))
    body = assemble(replace(facts, of_day=replace(facts.of_day, hours=hours)))
    assert not body["quiet"]
    assert f"{hours.valid}/{hours.due},100.0 %" not in body["text"]
