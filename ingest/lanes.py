"""Two lanes: the present goes first, the past follows in pieces, so that a backlog does not hold up what is live.

Telemetry and HJ 212 are told apart by their stamps. What waits is never overtaken by something of the same enterprise
that may be of the same instant: so corrections keep their order. Sparkplug is never held back, as each of its messages
means something only after the one before it; nor is HJ 212 over TCP, where a logger has few frames under way.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from ingest.messages import Message
from ingest.spans import FOREVER, span_ms

PAST_MS = 10 * 60_000  # a message whose newest stamp is older belongs to the past
PAST_BYTES = 512 * 1024  # of the past in one batch: a fraction of a second


class Waiting(NamedTuple):
    """An arrival and when it came, in microseconds; no two came at the same time."""

    arrival: Any
    came_us: int

    @property
    def size(self) -> int:
        return len(self.arrival.message.payload)


class Lanes:
    """Arrivals that are not read yet, in two lanes."""

    def __init__(self) -> None:
        self._present: deque[Waiting] = deque()
        self._past: deque[Waiting] = deque()
        self._came_us = 0
        self._waiting: dict[str, int] = {}  # enterprises to how many of theirs are in the past lane
        self._newest_ms: dict[str, int] = {}  # and the newest stamp among them

    def __len__(self) -> int:
        return len(self._present) + len(self._past)

    def put(self, arrivals: list[Any], now_us: int) -> None:
        """Put arrivals into their lanes, in order."""
        past_ms = now_us // 1000 - PAST_MS
        for arrival in arrivals:
            message = arrival.message
            self._came_us = max(now_us, self._came_us + 1)
            waiting = Waiting(arrival, self._came_us)
            if not _may_wait(message):
                self._present.append(waiting)
                continue
            span = span_ms(message)
            newest = self._newest_ms.get(message.enterprise)
            overtakes_safely = newest is None or (span is not None and span[0] > newest)
            if overtakes_safely and (span is None or span[1] >= past_ms):
                self._present.append(waiting)
                continue
            self._past.append(waiting)
            self._waiting[message.enterprise] = self._waiting.get(message.enterprise, 0) + 1
            self._newest_ms[message.enterprise] = max(newest or 0, FOREVER if span is None else span[1])

    def take(self, messages: int, size: int) -> list[Waiting]:
        """The next batch: the present up to these limits, then a piece of the past where there is room."""
        taken: list[Waiting] = []
        while self._present and len(taken) < messages and size > 0:
            taken.append(self._present.popleft())
            size -= taken[-1].size
        room = min(size, PAST_BYTES)
        while self._past and len(taken) < messages and room > 0:
            taken.append(self._past.popleft())
            room -= taken[-1].size
            self._leave(taken[-1].arrival.message.enterprise)
        return taken

    def taken_through_us(self, now_us: int) -> int:
        """All that came before this time has been taken."""
        return min([now_us, *(lane[0].came_us for lane in (self._present, self._past) if lane)])

    def _leave(self, enterprise: str) -> None:
        self._waiting[enterprise] -= 1
        if not self._waiting[enterprise]:
            del self._waiting[enterprise], self._newest_ms[enterprise]


def _may_wait(message: Message) -> bool:
    return message.language == "telemetry" or (message.language == "hj212" and bool(message.enterprise))
