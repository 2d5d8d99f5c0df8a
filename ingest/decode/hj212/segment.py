"""The data segment: ``key=value;`` fields, then ``CP=&&...&&``."""

from __future__ import annotations

import re
from collections import Counter

from schemas.hj212 import Hj212Header, Tolerance
from schemas.readings import Refusal
from schemas.reasons import Reason

MAX_PARTS = 1000

_HEADER_VALUE = re.compile(r"[!-:<-~]*")  # printable ASCII but for the semicolon: replies repeat some of them
_MN = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MN_STANDARD = re.compile(r"[0-9A-F]{24}")
_SYSTEMS = frozenset(
    {"21", "22", "23", "24", "25", "26", "27", "31", "32", "33", "34", "35", "36", "37", "38", "39", "41"}
    | {"44", "45", "51", "52", "91"}
)
_SPLIT_BIT, _ACK_BIT = 2, 1


def read_segment(segment: bytes, tolerated: Counter[Tolerance]) -> tuple[Hj212Header, str] | Refusal:
    """The header and the text between the ``&&`` of CP, or why the segment is no message."""
    text = _text(segment, tolerated)
    head, found, body = text.partition("CP=")
    if not found or (head and not head.rstrip().endswith(";")):
        return Refusal(Reason.BAD_FRAME, "no CP in the segment")
    fields = _fields(head)
    if isinstance(fields, Refusal):
        return fields
    header = _header(fields, tolerated)
    return header if isinstance(header, Refusal) else (header, _data_area(body, tolerated))


def _text(segment: bytes, tolerated: Counter[Tolerance]) -> str:
    try:
        return segment.decode("utf-8")
    except UnicodeDecodeError:
        tolerated[Tolerance.TEXT_NOT_UTF8] += 1
        return segment.decode("ascii", "backslashreplace")  # GBK would swallow ASCII digits after a stray byte


def _fields(head: str) -> dict[str, str] | Refusal:
    fields: dict[str, str] = {}
    for token in head.split(";"):
        key, equals, value = token.strip().partition("=")
        if not key and not equals:
            continue
        if not equals or not _HEADER_VALUE.fullmatch(value):
            return Refusal(Reason.BAD_FRAME, f"header field {token[:40]!r} is not key=value", point=fields.get("MN"))
        if fields.setdefault(key, value) != value:
            return Refusal(Reason.BAD_FRAME, f"header field {key[:40]!r} given twice", point=fields.get("MN"))
    return fields


def _header(fields: dict[str, str], tolerated: Counter[Tolerance]) -> Hj212Header | Refusal:
    mn, cn = fields.get("MN", ""), fields.get("CN", "")
    if not _MN.fullmatch(mn):
        return Refusal(Reason.BAD_FRAME, f"MN {mn[:40]!r} names no device", point=mn[:64] or None)
    if not _number(cn):
        return Refusal(Reason.BAD_FRAME, f"CN {cn[:40]!r} is no command", point=mn)
    parts = _parts(fields, tolerated)
    flag = _flag(fields, tolerated)
    if parts is None or flag is None:
        wrong = {key: fields[key] for key in ("Flag", "PNUM", "PNO") if key in fields}
        return Refusal(Reason.BAD_FRAME, f"cannot make sense of {wrong}", point=mn)
    if ("PNUM" in fields) != bool(flag & _SPLIT_BIT):
        tolerated[Tolerance.SPLIT_BIT_WRONG] += 1
    _count(fields, mn, tolerated)
    return Hj212Header(
        qn=fields.get("QN", ""),
        st=fields.get("ST", ""),
        cn=cn,
        pw=fields.get("PW", ""),
        mn=mn,
        version=flag >> 2,
        ack_wanted=bool(flag & _ACK_BIT),
        parts=parts[0],
        part=parts[1],
        backfill=fields.get("RF") == "1",
    )


def _flag(fields: dict[str, str], tolerated: Counter[Tolerance]) -> int | None:
    """The Flag field, 0..255; absent as in 2005 it is 0 (with the split bit where PNUM stands)."""
    text = fields.get("Flag", "")
    if not text:
        tolerated[Tolerance.HEADER_FLAG_MISSING] += 1
        return _SPLIT_BIT if "PNUM" in fields else 0
    flag = _number(text)
    if flag is None or flag > 255:
        return None
    if flag >> 2 > 2:
        tolerated[Tolerance.HEADER_FLAG_UNKNOWN] += 1
    return flag


def _parts(fields: dict[str, str], tolerated: Counter[Tolerance]) -> tuple[int, int] | None:
    """(PNUM, PNO); (1, 1) for a whole message; None where they contradict each other."""
    if "PNUM" not in fields and "PNO" not in fields:
        return 1, 1
    total, number = _number(fields.get("PNUM", "")), _number(fields.get("PNO", ""))
    if total is None or number is None or not 1 <= number <= total <= MAX_PARTS:
        return None
    keys = list(fields)
    if keys.index("PNO") < keys.index("PNUM"):
        tolerated[Tolerance.PNO_BEFORE_PNUM] += 1
    if fields["PNO"].startswith("0") or fields["PNUM"].startswith("0"):
        tolerated[Tolerance.PNO_PADDED] += 1
    return total, number


def _count(fields: dict[str, str], mn: str, tolerated: Counter[Tolerance]) -> None:
    qn = fields.get("QN", "")
    if not qn:
        tolerated[Tolerance.QN_MISSING] += 1
    elif len(qn) != 17 or not qn.isdigit():
        tolerated[Tolerance.QN_NOT_17_DIGITS] += 1
    if not _MN_STANDARD.fullmatch(mn):
        tolerated[Tolerance.MN_NOT_24_HEX] += 1
    if fields.get("ST") not in _SYSTEMS:
        tolerated[Tolerance.ST_UNKNOWN] += 1


def _data_area(body: str, tolerated: Counter[Tolerance]) -> str:
    body = body.strip()
    opened, closed = body.startswith("&&"), body.endswith("&&") and len(body) >= 4
    if not (opened and closed):
        tolerated[Tolerance.CP_DELIMITER_MISSING] += 1
    return body.removeprefix("&&").removesuffix("&&")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None
