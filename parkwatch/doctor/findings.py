"""What the doctor finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only ``WRONG`` makes the command fail."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        part: what it belongs to: ``database``, ``broker``, ``ingest`` ...
        check: the name of the check, unique within its part.
        what: what was seen.
        why: what it would cost; empty where all is fine.
        change: the line or command that puts it right; empty where all is fine.
    """

    part: str
    check: str
    level: Level
    what: str
    why: str = ""
    change: str = ""

    def as_dict(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items() if value}


def fine(part: str, check: str, what: str) -> Finding:
    return Finding(part, check, Level.FINE, what)


def note(part: str, check: str, what: str, why: str, change: str = "") -> Finding:
    return Finding(part, check, Level.NOTE, what, why, change)


def wrong(part: str, check: str, what: str, why: str, change: str) -> Finding:
    return Finding(part, check, Level.WRONG, what, why, change)
