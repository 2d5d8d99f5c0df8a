"""Does the database have what was sent: no reading lost, none twice, each refusal named, each message answered.

Both sides come in order and are compared as they come, so that a truth may be larger than the memory.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from parkwatch.balance import Difference
from simulators.sent import Books, Refused, Truth
from storage import balance
from storage.connect import Connection

_KEPT_OF_EACH = 10


@dataclass(slots=True)
class Comparison:
    """What was compared and what differs. ``differences`` are the first of each kind, ``counts`` all."""

    readings: int = 0
    messages: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    booked_twice: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Readings that were sent and are not there, or not with the value that must have won."""
        return self.counts["missing reading"] + self.counts["other reading"]

    @property
    def doubled(self) -> int:
        """Readings that nobody sent, or that the ledger counts as stored or corrected more often than there are."""
        return self.counts["unexpected reading"] + self.booked_twice

    def note(self, kind: str, place: str, expected: Any, found: Any, instant: str | None = None) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= _KEPT_OF_EACH:
            self.differences.append(Difference(place, kind, expected, found, instant))


_EXACT = ("stored in the ledger", "corrected in the ledger", "rows in the table", "revisions kept")


def compare_sent(connection: Connection, truth: Truth) -> Comparison:
    """Hold ledger and database against what was sent; deliveries that came twice are allowed, effects are not."""
    found = Comparison()
    ids = balance.point_ids(connection)
    for point in sorted({*truth.points(), *ids}):
        stored = balance.readings_of(connection, ids[point]) if point in ids else iter(())
        _compare_point(found, point, truth.readings(point), stored)
    _compare_books(found, truth.books(), balance.books(connection))
    _compare_answers(found, truth.messages(), balance.answered_messages(connection))
    _compare_refusals(found, truth.refusals(), balance.refusals(connection))
    return found


def _compare_point(
    found: Comparison, point: str, sent: Iterator[tuple[int, float, str]], stored: Iterator[tuple[int, float, str]]
) -> None:
    for expected, present in _side_by_side(sent, stored, width=1):
        found.readings += expected is not None
        if expected != present:
            instant = _instant((expected or present)[0])
            kind = "missing" if present is None else "unexpected" if expected is None else "other"
            found.note(f"{kind} reading", point, _written(expected), _written(present), instant)


def _compare_books(found: Comparison, sent: dict[str, Books], ledger: list[dict[str, Any]]) -> None:
    booked = {row["enterprise"]: row for row in ledger}
    for enterprise in sorted({*sent, *booked}):
        expected = sent.get(enterprise, Books())
        row = booked.get(enterprise) or dict.fromkeys(
            ("received", "stored", "duplicate", "corrected", "rejected", "present", "revisions"), 0
        )
        exact = (expected.stored, expected.corrected, expected.stored, expected.corrected)
        for kind, wanted, name in zip(_EXACT, exact, ("stored", "corrected", "present", "revisions"), strict=True):
            if row[name] != wanted:
                found.note(kind, enterprise, wanted, row[name])
        found.booked_twice += max(0, row["stored"] - row["present"]) + max(0, row["corrected"] - row["revisions"])
        for name in ("received", "duplicate", "rejected"):
            if row[name] < getattr(expected, name):
                found.note(f"{name} in the ledger, at least", enterprise, getattr(expected, name), row[name])
        if row["received"] != row["stored"] + row["duplicate"] + row["corrected"] + row["rejected"]:
            found.note("balance of the ledger", enterprise, row["received"], str(row))


def unanswered_messages(connection: Connection, truth: Truth) -> Iterator[tuple[str, str]]:
    """(enterprise, digest) of the messages that were sent and never committed."""
    for expected, present in _side_by_side(truth.messages(), balance.answered_messages(connection), width=2):
        if present is None:
            yield expected


def _compare_answers(found: Comparison, sent: Iterator[tuple[str, str]], answered: Iterator[tuple[str, str]]) -> None:
    for expected, present in _side_by_side(sent, answered, width=2):
        found.messages += expected is not None
        if expected is None or present is None:
            kind = "unanswered message" if present is None else "answer to nobody"
            found.note(kind, " ".join(expected or present), _written(expected), _written(present))


def _compare_refusals(
    found: Comparison, sent: Iterator[Refused], kept: Iterator[tuple[str, str, str, str, int, int]]
) -> None:
    """A delivery that came twice is refused twice; each time for the same."""
    for expected, present in _side_by_side(sent, kept, width=4):
        place = " ".join(str(part) for part in (expected or present)[:4])
        wanted = expected[4] if expected else 0
        refused, deliveries = present[4:] if present else (0, 1)
        if refused != wanted * deliveries or present is None:
            found.note("refusals", place, wanted * deliveries, refused)


def _side_by_side(left: Iterator[Any], right: Iterator[Any], *, width: int) -> Iterator[tuple[Any, Any]]:
    """Rows of two ordered streams with the same first ``width`` columns beside each other, None where one has none."""
    mine, other = next(left, None), next(right, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and mine[:width] < other[:width]):
            yield mine, None
            mine = next(left, None)
        elif mine is None or other[:width] < mine[:width]:
            yield None, other
            other = next(right, None)
        else:
            yield mine, other
            mine, other = next(left, None), next(right, None)


def _instant(ts_us: int) -> str:
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts_us)).isoformat()


def _written(row: tuple[Any, ...] | None) -> str | None:
    return None if row is None else " ".join(str(part) for part in row[1:])
