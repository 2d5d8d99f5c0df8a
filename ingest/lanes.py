"""Two lanes: the present goes first, the past follows in pieces, so that a backlog does not hold up what is live.

Telemetry and HJ 212 are told apart by their stamps. What waits is never overtaken by something of the same enterprise
that may be of the same instant: so corrections keep their order. Sparkplug is never held back, as each of its messages
means something only after the one before it; nor is HJ 212 over TCP, where a logger has few frames under way.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ingest.messages import Message
from ingest.spans import FOREVER, span_ms

PAST_MS = 10 * 60_000  # a message whose newest stamp is older belongs to the past
PAST_BYTES = 512 * 1024  # of the past in one batch: a fraction of a second


class Lanes:
    """Arrivals that are not read yet, in two lanes."""

    def __init__(self) -> None:
        self._present: deque[tuple[Any, int]] = deque()  # with the time they came
        self._past: deque[tuple[Any, int]] = deque()
        self._waiting: dict[str, int] = {}  # enterprises to how many of theirs are in the past lane
        self._newest_ms: dict[str, int] = {}  # and the newest stamp among them

    def __len__(self) -> int:
        return len(self._present) + len(self._past)

    def put(self, arrivals: list[Any], now_ms: int) -> None:
        """Put arrivals into their lanes, in order."""
        for arrival in arrivals:
            message = arrival.message
            span = span_ms(message) if _may_wait(message) else None
            newest = self._newest_ms.get(message.enterprise)
            overtakes_safely = newest is None or (span is not None and span[0] > newest)
            if not _may_wait(message) or (overtakes_safely and (span is None or span[1] >= now_ms - PAST_MS)):
                self._present.append((arrival, now_ms))
                continue
            self._past.append((arrival, now_ms))
            self._waiting[message.enterprise] = self._waiting.get(message.enterprise, 0) + 1
            self._newest_ms[message.enterprise] = max(newest or 0, FOREVER if span is None else span[1])

    def take(self, messages: int, size: int) -> list[Any]:
        """The next batch: the present up to these limits, then a piece of the past where there is room."""
        taken: list[Any] = []
        while self._present and len(taken) < messages and size > 0:
            taken.append(self._present.popleft()[0])
            size -= len(taken[-1].message.payload)
        room = min(size, PAST_BYTES)
        while self._past and len(taken) < messages and room > 0:
            taken.append(self._past.popleft()[0])
            room -= len(taken[-1].message.payload)
            self._leave(taken[-1].message.enterprise)
        return taken

    def taken_through_ms(self, now_ms: int) -> int:
        """All that came before this time has been taken."""
        return min([now_ms, *(lane[0][1] for lane in (self._present, self._past) if lane)])

    def _leave(self, enterprise: str) -> None:
        self._waiting[enterprise] -= 1
        if not self._waiting[enterprise]:
            del self._waiting[enterprise], self._newest_ms[enterprise]


def _may_wait(message: Message) -> bool:
    return message.language == "telemetry" or (message.language == "hj212" and bool(message.enterprise))
