"""HJ 212-2017 Table 8 data flags."""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    """Only ``N`` counts towards means and exceedances."""

    NORMAL = "N"
    STOPPED = "F"
    MAINTENANCE = "M"
    MANUAL = "S"
    FAULT = "D"
    CALIBRATING = "C"
    OVER_RANGE = "T"
    COMMUNICATION_LOST = "B"


FLAGS = frozenset(flag.value for flag in Flag)
