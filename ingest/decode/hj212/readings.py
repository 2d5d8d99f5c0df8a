"""From items to numbers with a stamp and a flag, or to the reason why not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from math import isinf, nan

from ingest.decode.hj212.items import DataArea, Item
from schemas.flags import FLAGS
from schemas.hj212 import Hj212Device, Hj212Header, Hj212Value, Statistic, Tolerance
from schemas.readings import Refusal
from schemas.reasons import Reason

CHINA = timezone(timedelta(hours=8))  # the protocol knows no zone; Asia/Shanghai has been UTC+8 throughout since 1992

_HOUR_S, _DAY_S = 3600, 86400
_STATISTICS: dict[str, tuple[Statistic, int | None]] = {  # by CN; the interval in seconds, None: the device's own
    "2011": (Statistic.REAL_TIME, 0),
    "2021": (Statistic.STATE, 0),
    "2031": (Statistic.DAY, _DAY_S),
    "2041": (Statistic.RUN_TIME, _DAY_S),
    "2051": (Statistic.MINUTE, None),
    "2061": (Statistic.HOUR, _HOUR_S),
}
DATA_COMMANDS = frozenset(_STATISTICS)
_FLAGS_2005 = {"P": "D", "0": "C", "2": "D", "3": "N"}  # power failure, calibration data, abnormal, normal
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Message:
    """What the values of one message share."""

    header: Hj212Header
    statistic: Statistic
    interval_s: int
    data_time: str
    ts_us: int
    fault: Refusal | None  # of the stamp: it is every value's
    whole: bool
    has_bare_flag: bool


def read_values(
    header: Hj212Header,
    area: DataArea,
    device: Hj212Device,
    tolerated: Counter[Tolerance],
    *,
    data_time: str = "",
    whole: bool = True,
) -> Iterator[Hj212Value | Refusal]:
    """Every number of a data message, in order, with its fault if it is none. Other messages have no numbers.

    Args:
        data_time: used where the area has no DataTime of its own (a later part of a split message).
        whole: False where parts of the message are missing: then a value without a flag is refused, since
            its flag may be in them.
    """
    if header.cn not in _STATISTICS:
        return
    text = area.parameters.get("DataTime", data_time)
    if not (area.items or area.garbage or text):
        return  # the host's request for data, not an answer
    message = _message(header, area, text, device, whole=whole)
    if len(text) == 17:
        tolerated[Tolerance.DATA_TIME_17_DIGITS] += 1
    count = 0
    for item in area.items.values():
        for found in _item(item, message, tolerated):
            count += 1
            yield found
    for token in area.garbage:
        count += 1
        yield Refusal(Reason.BAD_FRAME, f"{token[:40]!r} is not key=value", f"{header.mn}/{token[:40]}", text or None)
    if not count and not area.items and header.parts == 1:
        yield Refusal(Reason.BAD_FRAME, f"CN {header.cn} without a value", header.mn, text)


def _message(header: Hj212Header, area: DataArea, text: str, device: Hj212Device, *, whole: bool) -> _Message:
    conflict = "DataTime" in area.conflicts
    statistic, interval = _STATISTICS[header.cn]
    interval_s = device.minute_interval_s if interval is None else interval
    start_us = None if conflict else instant_us(text)
    fault = None
    if not text:
        fault = Refusal(Reason.MISSING_TIMESTAMP, "no DataTime")
    elif start_us is None:
        detail = "DataTime given twice" if conflict else f"DataTime {text[:40]!r} is no instant since 2000"
        fault = Refusal(Reason.BAD_TIMESTAMP, detail)
    ts_us = (start_us or 0) + interval_s * 1_000_000
    return _Message(header, statistic, interval_s, text, ts_us, fault, whole, area.has_bare_flag)


@lru_cache(maxsize=4096)
def instant_us(data_time: str) -> int | None:
    """``yyyyMMddHHmmss`` or ``yyyyMMddHHmmsszzz`` in China Standard Time as microseconds since the epoch, UTC.

    None where it is no instant, or before 2000: a clock that was never set.
    """
    found = _STAMP.fullmatch(data_time)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    milliseconds = int(found[7] or 0)
    if year < 2000:
        return None
    try:
        local = datetime(year, month, day, hour, minute, second, milliseconds * 1000, tzinfo=CHINA)
    except ValueError:
        return None
    return (local - _EPOCH) // _MICROSECOND


def _item(item: Item, message: _Message, tolerated: Counter[Tolerance]) -> Iterator[Hj212Value | Refusal]:
    if not item.values:
        if item.flag is not None:
            tolerated[Tolerance.FLAG_WITHOUT_VALUE] += 1
        return
    flag = _flag(item, message, tolerated)
    for suffix, text in item.values.items():
        value = _number(text)
        fault = message.fault or _value_fault(item, suffix, text, value)
        if fault is None and isinstance(flag, Refusal):
            fault = flag
        if fault is None and value is not None and isinstance(flag, str):
            yield _value(message, item.code, suffix, value, flag)
        elif fault is not None:
            yield _faulty(fault, message, item.code, suffix)


def _value(
    message: _Message, code: str, suffix: str, value: float, flag: str, fault: Refusal | None = None
) -> Hj212Value:
    return Hj212Value(
        message.header.mn,
        code,
        message.statistic,
        suffix,
        message.interval_s,
        message.ts_us,
        message.data_time,
        value,
        flag,
        message.header.backfill,
        fault,
    )


def _faulty(fault: Refusal, message: _Message, code: str, suffix: str) -> Hj212Value | Refusal:
    """A fault of frame or stamp is final; of number or flag only once the point is known."""
    named = Refusal(fault.reason, fault.detail, f"{message.header.mn}/{code}-{suffix}", message.data_time[:40] or None)
    final = fault.reason not in (Reason.NOT_A_NUMBER, Reason.UNKNOWN_FLAG)
    return named if final else _value(message, code, suffix, nan, "?", named)


def _value_fault(item: Item, suffix: str, text: str, value: float | None) -> Refusal | None:
    if suffix in item.conflicts:
        return Refusal(Reason.BAD_FRAME, f"{suffix} given twice with different values")
    if value is None:
        return Refusal(Reason.NOT_A_NUMBER, f"{suffix}={text[:40]!r} is no number")
    return None


def _number(text: str) -> float | None:
    """A plain decimal number; never what Python would also read (``1_000``, ``nan``, digits of other scripts)."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return None if isinf(value) else value


def _flag(item: Item, message: _Message, tolerated: Counter[Tolerance]) -> str | Refusal:
    flag = item.flag
    if "Flag" in item.conflicts:
        return Refusal(Reason.UNKNOWN_FLAG, "Flag given twice with different letters")
    if not message.whole and (flag is None or message.has_bare_flag):
        return Refusal(Reason.BAD_FRAME, "its Flag may be in a part of the message that never came")
    if flag is None:
        if not item.code.startswith("SB"):  # equipment states have none
            tolerated[Tolerance.FLAG_MISSING] += 1
        return "N"
    if flag in FLAGS:
        return flag
    if flag.isascii() and flag.upper() in FLAGS:
        tolerated[Tolerance.FLAG_LOWER_CASE] += 1
        return flag.upper()
    if message.header.version == 0 and flag in _FLAGS_2005:
        tolerated[Tolerance.FLAG_2005] += 1
        return _FLAGS_2005[flag]
    return Refusal(Reason.UNKNOWN_FLAG, f"Flag {flag[:40]!r}")
