"""Two lanes: the present goes first, the past follows in pieces, so that a backlog does not hold up what is live.

Only telemetry is told apart, by its stamps; the languages that remember are never reordered. What waits is never
overtaken by something of the same enterprise that may be of the same instant: so corrections keep their order.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any

PAST_MS = 10 * 60_000  # a message whose newest stamp is older belongs to the past
PAST_BYTES = 512 * 1024  # of the past in one batch: a fraction of a second

_STAMP = re.compile(rb'"ts"\s*:\s*(\d{13})[,}\s\]]')
_FOREVER = 1 << 62


def span_ms(payload: bytes) -> tuple[int, int] | None:
    """The oldest and newest stamp; None where not every ``ts`` is written as milliseconds, or there is none."""
    stamps = [int(stamp) for stamp in _STAMP.findall(payload)]
    if not stamps or len(stamps) != payload.count(b'"ts"'):
        return None
    return (stamps[0], stamps[0]) if len(stamps) == 1 else (min(stamps), max(stamps))


class Lanes:
    """Arrivals that are not read yet, in two lanes."""

    def __init__(self) -> None:
        self._present: deque[Any] = deque()
        self._past: deque[Any] = deque()
        self._waiting: dict[str, int] = {}  # enterprises to how many of theirs are in the past lane
        self._newest_ms: dict[str, int] = {}  # and the newest stamp among them

    def __len__(self) -> int:
        return len(self._present) + len(self._past)

    def put(self, arrivals: list[Any], now_ms: int) -> None:
        """Put arrivals into their lanes, in order."""
        for arrival in arrivals:
            message = arrival.message
            if message.language != "telemetry":
                self._present.append(arrival)
                continue
            span = span_ms(message.payload)
            newest = self._newest_ms.get(message.enterprise)
            overtakes_safely = newest is None or (span is not None and span[0] > newest)
            if overtakes_safely and (span is None or span[1] >= now_ms - PAST_MS):
                self._present.append(arrival)
                continue
            self._past.append(arrival)
            self._waiting[message.enterprise] = self._waiting.get(message.enterprise, 0) + 1
            self._newest_ms[message.enterprise] = max(newest or 0, _FOREVER if span is None else span[1])

    def take(self, messages: int, size: int) -> list[Any]:
        """The next batch: the present up to these limits, then a piece of the past where there is room."""
        taken: list[Any] = []
        while self._present and len(taken) < messages and size > 0:
            taken.append(self._present.popleft())
            size -= len(taken[-1].message.payload)
        room = min(size, PAST_BYTES)
        while self._past and len(taken) < messages and room > 0:
            taken.append(self._past.popleft())
            room -= len(taken[-1].message.payload)
            self._leave(taken[-1].message.enterprise)
        return taken

    def _leave(self, enterprise: str) -> None:
        self._waiting[enterprise] -= 1
        if not self._waiting[enterprise]:
            del self._waiting[enterprise], self._newest_ms[enterprise]
