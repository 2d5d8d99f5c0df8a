"""Marks: what an operator, or a device, declares of a stretch of time at a point or an outlet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class MarkKind(StrEnum):
    """Equipment marks invalidate minutes; operating conditions exempt only where a rule says so."""

    FAULT = "fault"
    CALIBRATION = "calibration"
    MAINTENANCE = "maintenance"
    START_UP = "start_up"
    SHUTDOWN = "shutdown"
    STANDSTILL = "standstill"


EQUIPMENT = frozenset({MarkKind.FAULT, MarkKind.CALIBRATION, MarkKind.MAINTENANCE})
OPERATING = frozenset(MarkKind) - EQUIPMENT
FLAG_OF_MARK = {MarkKind.FAULT: b"D", MarkKind.CALIBRATION: b"C", MarkKind.MAINTENANCE: b"M"}


class MarkState(StrEnum):
    """Only what is in force has an effect."""

    IN_FORCE = "in_force"
    WAITING = "waiting"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class WaitsFor(StrEnum):
    """Why a mark needs the bureau's acceptance."""

    LATE = "late"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class MarkSpan:
    """A mark in force at one point, [from_us, to_us)."""

    point_id: int
    kind: MarkKind
    from_us: int
    to_us: int
    automatic: bool = False


def declared_until(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Noon of the day after: until then a manual mark that begins on a local day is in time."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(12), tzinfo=zone)


def declared_in_time(from_ts: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether a manual mark comes before noon of the day after it begins, local time."""
    return now < declared_until(from_ts.astimezone(zone).date(), zone)
