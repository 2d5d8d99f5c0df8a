"""A reading on its way from the payload to the database."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reading, or one unreadable payload, that was not stored.

    ``point`` and ``ts`` are what the sender wrote, as text; None where it wrote none.
    """

    reason: Reason
    detail: str
    point: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A decoded value before identification: ``ts_us`` is microseconds since the epoch, UTC."""

    point: str
    ts_us: int
    value: float
    flag: str = "N"


@dataclass(slots=True)
class Decoded:
    """What a decoder found in one payload. ``received`` is ``len(samples) + len(refusals)``."""

    message_id: str | int | None = None
    samples: list[Sample] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class Receipt:
    """The answer to one message, sent after its readings are committed."""

    id: str | int | None
    sha256: str
    received: int
    stored: int
    duplicate: int
    corrected: int
    rejected: tuple[Refusal, ...]
    _json: bytes | None = field(default=None, compare=False, repr=False)

    def as_json(self) -> bytes:
        """``as_dict`` in UTF-8, written once however often it is asked for."""
        if self._json is None:
            self._json = orjson.dumps(self.as_dict())
        return self._json

    def as_dict(self) -> dict[str, object]:
        """The JSON shape of docs/reference/mqtt.md."""
        return {
            "id": self.id,
            "sha256": self.sha256,
            "received": self.received,
            "stored": self.stored,
            "duplicate": self.duplicate,
            "corrected": self.corrected,
            "rejected": [{"point": r.point, "ts": r.ts, "reason": r.reason.value} for r in self.rejected],
        }
