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


_PLAIN = b'{"id":%b,"sha256":"%b","received":%d,"stored":%d,"duplicate":%d,"corrected":%d,"rejected":[]}'


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
            self._json = orjson.dumps(self.as_dict()) if self.rejected else self._plainly()
        return self._json

    def _plainly(self) -> bytes:
        """Of a message with nothing refused, as nearly all are: half the time of the general way."""
        counts = (self.received, self.stored, self.duplicate, self.corrected)
        return _PLAIN % (orjson.dumps(self.id), self.sha256.encode(), *counts)

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
