"""The instants that a message may tell of, found in its bytes without reading it."""

from __future__ import annotations

import re

from ingest.decode.hj212.readings import DATA_COMMANDS, instant_us
from ingest.messages import Message

FOREVER = 1 << 62

_STAMP = re.compile(rb'"ts"\s*:\s*(\d{13})[,}\s\]]')
_COMMAND = re.compile(rb";CN=(\d{4});")
_DATA_TIME = re.compile(rb"DataTime=(\d{14}(?:\d{3})?)[;,&]")
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
# How far the stamp of a reading lies behind DataTime, which is the start of what a statistic covers. How long the
# "minutes" of 2051 are is the logger's own affair.
_SHIFT_MS = {
    "2031": (_DAY_MS, _DAY_MS),
    "2041": (_DAY_MS, _DAY_MS),
    "2051": (0, _HOUR_MS),
    "2061": (_HOUR_MS, _HOUR_MS),
}
_NO_INSTANT = (FOREVER + 1, FOREVER + 1)

Span = tuple[int, int]  # the oldest and the newest instant, in milliseconds


def span_ms(message: Message) -> Span | None:
    """The oldest and newest instant; None where they cannot be told. What holds no reading lies after all that does."""
    return _hj212_span(message.payload) if message.language == "hj212" else _telemetry_span(message.payload)


def _telemetry_span(payload: bytes) -> Span | None:
    """None where not every ``ts`` is written as milliseconds, or there is none."""
    written = _STAMP.findall(payload)
    if not written or len(written) != payload.count(b'"ts"'):
        return None
    if len(written) == 1:  # by far the most
        stamp = int(written[0])
        return stamp, stamp
    return int(min(written)), int(max(written))  # of one length: their order is that of the numbers


def _hj212_span(payload: bytes) -> Span | None:
    """None where a frame of data has no DataTime of its own, as later parts of split messages may not."""
    spans = [_frame_span(piece) for piece in payload.split(b"##")[1:]]
    told = [span for span in spans if span is not None]
    if not spans or len(told) != len(spans):
        return None
    dated = [span for span in told if span is not _NO_INSTANT]
    return (min(oldest for oldest, _ in dated), max(newest for _, newest in dated)) if dated else _NO_INSTANT


def _frame_span(piece: bytes) -> Span | None:
    head, _, area = piece.partition(b"CP=")
    commands, stamps = _COMMAND.findall(head), _DATA_TIME.findall(area)
    if len(commands) != 1:
        return None
    command = commands[0].decode()
    if command not in DATA_COMMANDS:
        return _NO_INSTANT
    at_us = instant_us(stamps[0].decode()) if len(stamps) == area.count(b"DataTime") == 1 else None
    if at_us is None:
        return None
    least_ms, most_ms = _SHIFT_MS.get(command, (0, 0))
    return at_us // 1000 + least_ms, at_us // 1000 + most_ms
