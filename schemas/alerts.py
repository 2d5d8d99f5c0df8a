"""What the watch keeps: the state of a rule at a point, and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class AlertState(StrEnum):
    """Of a stored alert. ``withdrawn``: the readings that caused it were corrected or joined to another episode."""

    FIRING = "firing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class TrackState(StrEnum):
    """Of a rule at a point, now."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no_data"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class StoredPeriod:
    """An averaging period as it is judged; ``start_us`` in microseconds.

    Attributes:
        mean: in the point's unit, or that of the series.
        series: the terms it was converted to; empty: as reported.
        lost: why most of its minutes are lost, where it was converted.
    """

    point_id: int
    start_us: int
    mean: float | None
    n: int
    n_valid: int
    covered_s: float
    valid: bool
    series: str = ""
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class StoredState:
    """A row of ``alert_states``; stamps are microseconds since the epoch, UTC."""

    rule: str
    point_id: int
    state: str
    since_us: int
    last_us: int
    alert_id: int | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """What of an alert is compared when its episode is derived anew; stamps in microseconds, value in rule units."""

    id: int
    rule: str
    point_id: int
    state: str
    opened_us: int
    resolved_us: int | None
    last_us: int
    value: float
    late: bool
    no_data: bool

    @property
    def open(self) -> bool:
        return self.state in (AlertState.FIRING, AlertState.RECOVERING)

    @property
    def withdrawn(self) -> bool:
        return self.state == AlertState.WITHDRAWN

    def spans(self, ts_us: int) -> bool:
        """Whether an episode that counts holds this instant, its ends included."""
        return (
            not self.withdrawn and self.opened_us <= ts_us and (self.resolved_us is None or self.resolved_us >= ts_us)
        )
