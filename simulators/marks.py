"""Marks that operators declare, and what those in force leave of the readings: part of the oracle of the watch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.alert_episodes import Reading

EQUIPMENT = {"fault": "D", "calibration": "C", "maintenance": "M"}


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark in force over [from_us, to_us) at a point, or at all points of an enterprise's outlet."""

    enterprise: str
    point: str | None
    kind: str
    from_us: int
    to_us: int
    automatic: bool = False

    def holds(self, ts_us: int) -> bool:
        return self.from_us <= ts_us < self.to_us


def held_by(marks: Iterable[Marked], address: str, at_outlet: bool) -> list[Marked]:
    """The marks on a point."""
    enterprise, _, code = address.partition("/")
    return [
        mark
        for mark in marks
        if mark.enterprise == enterprise and (mark.point == code or (mark.point is None and at_outlet))
    ]


def flagged(series: list[Reading], marks: list[Marked]) -> list[Reading]:
    """The readings with the flag of the equipment mark that covers them; by hand goes before by device."""
    return [(ts, value, _flag(ts, flag, marks)) for ts, value, flag in series] if marks else series


def _flag(ts: int, flag: str, marks: list[Marked]) -> str:
    here = [mark for mark in marks if mark.holds(ts)]
    if flag not in "NT" or not here:
        return flag
    by_hand = [mark for mark in here if not mark.automatic]
    return next((EQUIPMENT[mark.kind] for mark in by_hand or here if mark.kind in EQUIPMENT), flag)
