"""A logger's own hour beside ours: do they say the same?"""

from __future__ import annotations

from dataclasses import dataclass

TOLERANCE = 0.05  # of the larger value
SMALLEST = 0.5  # in the unit of the limit; below it a difference says nothing


@dataclass(frozen=True, slots=True)
class Agreement:
    """``same_verdict`` is None where one of the two cannot be judged."""

    ours: float | None
    logger: float | None
    difference: float | None
    same_value: bool | None
    same_verdict: bool | None

    @property
    def disagrees(self) -> bool:
        return self.same_value is False or self.same_verdict is False


def compare(ours: float | None, logger: float | None, above: float | None = None) -> Agreement:
    """Hold the mean of a valid hour against the logger's mean of the same hour, both in the unit of the limit."""
    if ours is None or logger is None:
        return Agreement(ours, logger, None, None, None)
    difference = logger - ours
    same = abs(difference) <= max(SMALLEST, TOLERANCE * max(abs(ours), abs(logger)))
    verdict = None if above is None else (ours > above) == (logger > above)
    return Agreement(ours, logger, difference, same, verdict)
