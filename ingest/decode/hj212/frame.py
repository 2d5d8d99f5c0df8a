"""Framing: ``##``, four digits of length, the data segment, four digits of check value, CR LF.

The length and the check value decide whether a segment is believed at all. Frames never nest: a ``##`` inside a
segment means that the rest of the frame was lost, and reading goes on there. So every byte is checked once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest.decode.hj212.crc import check_value
from schemas.hj212 import CrcVariant, Hj212Device, LengthRule, Tolerance
from schemas.readings import Refusal
from schemas.reasons import Reason

MAX_SEGMENT_BYTES = 4096  # the standard says 1024; 1623 was seen
STANDARD_SEGMENT_BYTES = 1024

_BLANK = b"\r\n \t\0"
_LENGTH = re.compile(rb"##(\d{1,4})")
_MN = re.compile(rb"(?:^|;)\s*MN=([^;]*)")
_END = re.compile(rb"[0-9A-Fa-f]{4}\Z")
_CHECK = re.compile(rb"[0-9A-Fa-f]{4}(?=[\r\n \t\0]|\Z)")
_ENCRYPTED = b"CP=&&{0x"


@dataclass(frozen=True, slots=True)
class _Piece:
    """The bytes from one ``##`` to the next, and where its segment starts."""

    raw: bytes
    declared: int
    start: int


def encode(segment: bytes, variant: CrcVariant = CrcVariant.STRICT) -> bytes:
    """``segment`` as a frame.

    Raises:
        ValueError: the segment is longer than four digits can say.
    """
    if len(segment) > 9999:
        msg = f"an HJ 212 segment has at most 9999 bytes, this one has {len(segment)}"
        raise ValueError(msg)
    return b"##%04d%s%s\r\n" % (len(segment), segment, check_value(segment, variant))


def segments(
    payload: bytes, devices: Mapping[str, Hj212Device], default: Hj212Device, tolerated: Counter[Tolerance]
) -> Iterator[bytes | Refusal]:
    """The segments of the frames in ``payload`` in order; a refusal stands in for each that is damaged.

    Args:
        devices: settings by MN; others have ``default``.
        tolerated: counts what was accepted although the standard says otherwise.
    """
    if not payload.strip(_BLANK):
        yield Refusal(Reason.BAD_FRAME, "no frame in the payload")
        return
    at = payload.find(b"##")
    if stray := payload[: at if at >= 0 else None].strip(_BLANK):
        yield _stray(stray)
    while at >= 0:
        after = payload.find(b"##", at + 2)
        yield from _frame(payload[at : after if after >= 0 else None], devices, default, tolerated)
        at = after


def _frame(
    raw: bytes, devices: Mapping[str, Hj212Device], default: Hj212Device, tolerated: Counter[Tolerance]
) -> Iterator[bytes | Refusal]:
    length = _LENGTH.match(raw)
    if length is None:
        yield Refusal(Reason.BAD_FRAME, f"no length after ##: {raw[:24]!r}")
        return
    piece = _Piece(raw, int(length[1]), length.end())
    device = _device(piece, devices, default)
    end = _segment_end(piece, device, tolerated)
    if isinstance(end, Refusal):
        yield end
        return
    segment, sent = raw[piece.start : end], raw[end : end + 4]
    expected = check_value(segment, device.crc)
    if sent.upper() != expected:
        yield Refusal(Reason.BAD_CRC, f"check value {sent.decode()}, computed {expected.decode()}", point=_mn(piece))
        return
    _count(piece, segment, sent, tolerated)
    yield segment
    rest = raw[end + 4 :]
    if not rest.startswith(b"\r\n"):
        tolerated[Tolerance.LINE_END_MISSING] += 1
    if stray := rest.strip(_BLANK):
        yield _stray(stray)


def _segment_end(piece: _Piece, device: Hj212Device, tolerated: Counter[Tolerance]) -> int | Refusal:
    """Where the segment ends in ``piece.raw``, by its length or, failing that, by what the device is known for."""
    end = piece.start + piece.declared
    if piece.declared > MAX_SEGMENT_BYTES:
        return Refusal(Reason.BAD_FRAME, f"length {piece.declared}, at most {MAX_SEGMENT_BYTES}", point=_mn(piece))
    if _CHECK.match(piece.raw, end):
        return end
    actual = _closing(piece.raw)
    if actual is None or actual < piece.start:
        return Refusal(Reason.BAD_FRAME, _why_not(piece), point=_mn(piece))
    if _characters(piece.raw[piece.start : actual]) == piece.declared:
        tolerated[Tolerance.LENGTH_COUNTS_CHARACTERS] += 1
        return actual
    if device.length is LengthRule.IGNORED and actual - piece.start <= MAX_SEGMENT_BYTES:
        tolerated[Tolerance.LENGTH_WRONG] += 1
        return actual
    detail = f"length {piece.declared} declared, {actual - piece.start} found"
    return Refusal(Reason.BAD_FRAME, detail, point=_mn(piece))


def _closing(raw: bytes) -> int | None:
    """The end of the segment if the piece ends with a check value."""
    trimmed = raw.rstrip(_BLANK)
    return len(trimmed) - 4 if _END.match(trimmed[-4:]) else None


def _characters(segment: bytes) -> int:
    return len(segment.decode("utf-8", "replace"))


def _why_not(piece: _Piece) -> str:
    if _ENCRYPTED in piece.raw:
        return "the data area is encrypted (SM4); decryption is not supported"
    found = len(piece.raw) - piece.start
    return f"length {piece.declared} declared, no check value there; {found} bytes follow the length"


def _count(piece: _Piece, segment: bytes, sent: bytes, tolerated: Counter[Tolerance]) -> None:
    if piece.start != len(b"##0000"):
        tolerated[Tolerance.LENGTH_NOT_4_DIGITS] += 1
    if sent != sent.upper():
        tolerated[Tolerance.CRC_LOWER_CASE] += 1
    if len(segment) > STANDARD_SEGMENT_BYTES:
        tolerated[Tolerance.SEGMENT_TOO_LONG] += 1


def _device(piece: _Piece, devices: Mapping[str, Hj212Device], default: Hj212Device) -> Hj212Device:
    return devices.get(_mn(piece) or "", default) if devices else default


def _mn(piece: _Piece) -> str | None:
    """The MN as written, unproven: it picks the device's settings and names a refusal."""
    found = _MN.search(piece.raw[piece.start : piece.start + STANDARD_SEGMENT_BYTES])
    return found[1][:64].decode("utf-8", "replace") if found else None


def _stray(data: bytes) -> Refusal:
    return Refusal(Reason.BAD_FRAME, f"{len(data)} bytes outside any frame: {data[:24]!r}")
