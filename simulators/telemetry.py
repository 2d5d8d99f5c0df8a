"""From a gateway's day to payloads: many minutes and many points in a message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import orjson

from simulators.park import Frame

READINGS_A_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """One telemetry payload with its id, the number of its readings, and the minute of the day after its last."""

    id: str
    payload: bytes
    readings: int
    end: int = 0


def messages(frame: Frame, day: int, label: str, first: int = 0, end: int = 1440) -> Iterator[Message]:
    """The readings of the minutes [first, end) of a frame, about ``READINGS_A_MESSAGE`` to a message.

    The id is ``label-yyyymmdd-first-end``: the same minutes have the same id whenever they are sent.
    """
    step = max(1, READINGS_A_MESSAGE // len(frame.codes))
    for start in range(first, end, step):
        stop = min(start + step, end)
        entries, readings = _entries(frame, start, stop)
        if readings:
            name = f"{label}-{date.fromordinal(day):%Y%m%d}-{start}-{stop}"
            yield Message(name, orjson.dumps({"id": name, "data": entries}), readings, stop)


def _entries(frame: Frame, start: int, stop: int) -> tuple[list[dict[str, object]], int]:
    """The ``data`` of a payload and how many readings it holds. Minutes without a reading are left out."""
    values = frame.values[:, start:stop]
    rows: list[dict[str, object]] = [dict(zip(frame.codes, row, strict=True)) for row in values.T.tolist()]
    for point, minute in np.argwhere(frame.flags[:, start:stop] != b"N"):
        code = frame.codes[point]
        rows[minute][code] = {"v": rows[minute][code], "q": frame.flags[point, start + minute].decode()}
    missing = np.argwhere(np.isnan(values))
    for point, minute in missing:
        del rows[minute][frame.codes[point]]
    stamps = frame.ts_ms[start:stop].tolist()
    entries: list[dict[str, object]] = [{"ts": ts, "values": row} for ts, row in zip(stamps, rows, strict=True) if row]
    return entries, values.size - len(missing)
