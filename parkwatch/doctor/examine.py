"""All examinations, each guarded, so that one part that is away does not hide the others."""

from __future__ import annotations

from collections.abc import Callable

from parkwatch.doctor import broker, database, parts, replica, shares, upkeep
from parkwatch.doctor.findings import Finding, wrong
from parkwatch.settings import Settings
from schemas.errors import ParkWatchError
from storage.connect import DatabaseError

Examination = Callable[[Settings], list[Finding]]

EXAMINATIONS: list[tuple[str, Examination]] = [
    ("database", database.examine),
    ("upkeep", upkeep.examine),
    ("replica", replica.examine),
    ("broker", broker.examine),
    ("parts", parts.examine),
    ("ingest", shares.examine),
]


def examine(settings: Settings, examinations: list[tuple[str, Examination]] = EXAMINATIONS) -> list[Finding]:
    """Every finding, in the order of the parts."""
    return [finding for name, examination in examinations for finding in _guarded(name, examination, settings)]


def _guarded(name: str, examination: Examination, settings: Settings) -> list[Finding]:
    try:
        return examination(settings)
    except (ParkWatchError, DatabaseError) as error:
        why = "nothing else of it could be examined"
        return [wrong(name, "answers", str(error).strip(), why, "see the message; then run the doctor again")]
