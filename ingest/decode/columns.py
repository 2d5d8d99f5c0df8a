"""What a decoder found: readings as columns, in the order they stand in the payload."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.names import Name
from schemas.readings import Refusal
from schemas.reasons import Reason

NAN = float("nan")


@dataclass(slots=True)
class Columns:
    """The readings of one payload.

    A value that is no number is NaN and a flag that is none is ``?``, each with a word in ``faults``: the point is
    examined before the number, so the verdict is not the decoder's. Faults of payload or stamp are refusals.
    ``names`` say which points are meant in a language whose names are no point codes; ``points`` are then labels.
    """

    message_id: str | int | None = None
    points: list[str] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    ts_us: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, reason: Reason, detail: str, point: str | None = None, ts: str | None = None) -> None:
        """Refuse one reading, or the payload, at once."""
        self.refusals.append(Refusal(reason, detail, point, ts))
