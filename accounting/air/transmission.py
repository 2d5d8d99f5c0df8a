"""The transmission-effective rate (传输有效率) of an outlet or enterprise over a month.

transmission rate = transmitted hours / due hours; effective rate = valid hours / transmitted hours; their product is
valid hours / due hours. Hours are counted for each point of an outlet, and an outlet that stands still is not due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FORMULA = "(transmitted_hours / due_hours) * (valid_hours / transmitted_hours)"


@dataclass(frozen=True, slots=True)
class Transmission:
    """Point-hours of a month."""

    elapsed_hours: int
    standstill_hours: int
    transmitted_hours: int
    valid_hours: int

    @property
    def due_hours(self) -> int:
        return self.elapsed_hours - self.standstill_hours

    @property
    def transmission_rate(self) -> float | None:
        return _share(self.transmitted_hours, self.due_hours)

    @property
    def effective_rate(self) -> float | None:
        return _share(self.valid_hours, self.transmitted_hours)

    @property
    def transmission_effective_rate(self) -> float | None:
        """0 where nothing came although it was due; None where nothing was due."""
        return _share(self.valid_hours, self.due_hours)


def together(parts: Iterable[Transmission]) -> Transmission:
    """The sum of point-hours: the rate of an outlet from its points, of an enterprise from its outlets."""
    known = list(parts)
    return Transmission(
        sum(part.elapsed_hours for part in known),
        sum(part.standstill_hours for part in known),
        sum(part.transmitted_hours for part in known),
        sum(part.valid_hours for part in known),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
