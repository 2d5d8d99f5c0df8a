"""Sparkplug B as it passes between the parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.readings import Refusal


class SparkplugNote(StrEnum):
    """What was met in a payload and is no reading and no fault of one; counted by name."""

    ALIAS_GIVEN_TWICE = "alias_given_twice"
    CONTROL_METRIC = "control_metric"
    NO_VALUE = "no_value"
    NOT_NUMERIC = "not_numeric"
    OLD_DEATH = "old_death"
    SEQUENCE_GAP = "sequence_gap"
    SEQUENCE_MISSING = "sequence_missing"
    STAMP_FROM_PAYLOAD = "stamp_from_payload"
    UNBORN = "unborn"


@dataclass(frozen=True, slots=True)
class SparkplugTopic:
    """``spBv1.0/{group}/{type}/{edge}[/{device}]``; ``device`` is empty for the edge node's own messages."""

    group: str
    type: str
    edge: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class SparkplugValue:
    """One number before identification; ``ts_us`` is microseconds since the epoch, UTC.

    ``fault``: why it is no reading, if its point is known at all; then ``value`` is NaN and ``flag`` is ``?``.
    """

    edge: str
    device: str
    metric: str
    ts_us: int
    value: float
    flag: str
    historical: bool
    fault: Refusal | None = None


@dataclass(slots=True)
class SparkplugDecoded:
    """What a message held. ``received`` is ``len(values) + len(faulty) + len(refusals)``.

    Attributes:
        faulty: no number, or an unknown flag: refused for that unless their point is unknown.
        rebirth: the edge node shall be asked to be born again (``rebirth_request``).
        stale: devices of which nothing new is to be expected; ``""`` is the edge node's own metrics.
    """

    values: list[SparkplugValue] = field(default_factory=list)
    faulty: list[SparkplugValue] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: Counter[SparkplugNote] = field(default_factory=Counter)
    rebirth: bool = False
    stale: list[str] = field(default_factory=list)
