"""HJ 212 as it passes between the parts: what a device is set to, what a frame says, what its items measure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.readings import Refusal


class CrcVariant(StrEnum):
    """How a device computes its check value."""

    STRICT = "strict"  # Annex A, high byte first
    MODBUS_LOW_FIRST = "modbus_low_first"  # Modbus CRC-16, low byte first: a device built against the wrong table


class LengthRule(StrEnum):
    """What a declared length that is not the segment's means."""

    STRICT = "strict"  # a damaged frame
    IGNORED = "ignored"  # a device known to count wrongly: the frame ends at its closing && and check value


class Statistic(StrEnum):
    """What kind of statement a value is; the command (CN) says it."""

    REAL_TIME = "real_time"  # 2011
    MINUTE = "minute"  # 2051
    HOUR = "hour"  # 2061
    DAY = "day"  # 2031
    STATE = "state"  # 2021, equipment running states
    RUN_TIME = "run_time"  # 2041, equipment hours of a day


class Tolerance(StrEnum):
    """A deviation from the standard that changes no number: accepted, and counted under this name."""

    BLANKS = "blanks"
    COMMA_BETWEEN_ITEMS = "comma_between_items"
    CP_DELIMITER_MISSING = "cp_delimiter_missing"
    CRC_LOWER_CASE = "crc_lower_case"
    DATA_TIME_17_DIGITS = "data_time_17_digits"
    DUPLICATE_KEY = "duplicate_key"
    EMPTY_ITEM = "empty_item"
    EXTRA_SUFFIX = "extra_suffix"
    FLAG_2005 = "flag_2005"
    FLAG_BARE = "flag_bare"
    FLAG_BEFORE_VALUE = "flag_before_value"
    FLAG_LOWER_CASE = "flag_lower_case"
    FLAG_MISSING = "flag_missing"
    FLAG_WITHOUT_VALUE = "flag_without_value"
    HEADER_FLAG_MISSING = "header_flag_missing"
    HEADER_FLAG_UNKNOWN = "header_flag_unknown"
    ITEM_IN_PIECES = "item_in_pieces"
    LENGTH_COUNTS_CHARACTERS = "length_counts_characters"
    LENGTH_NOT_4_DIGITS = "length_not_4_digits"
    LENGTH_WRONG = "length_wrong"
    LINE_END_MISSING = "line_end_missing"
    MN_NOT_24_HEX = "mn_not_24_hex"
    PART_MISSING = "part_missing"
    PNO_BEFORE_PNUM = "pno_before_pnum"
    PNO_PADDED = "pno_padded"
    QN_MISSING = "qn_missing"
    QN_NOT_17_DIGITS = "qn_not_17_digits"
    SEGMENT_TOO_LONG = "segment_too_long"
    SPLIT_BIT_WRONG = "split_bit_wrong"
    ST_UNKNOWN = "st_unknown"
    TEXT_NOT_UTF8 = "text_not_utf8"
    UNKNOWN_PARAMETER = "unknown_parameter"


@dataclass(frozen=True, slots=True)
class Hj212Device:
    """What is known of a device (one MN) beforehand.

    Attributes:
        minute_interval_s: length of its 2051 intervals, as set by CN 1064.
    """

    crc: CrcVariant = CrcVariant.STRICT
    length: LengthRule = LengthRule.STRICT
    minute_interval_s: int = 600


@dataclass(frozen=True, slots=True)
class Hj212Header:
    """The fields before CP; absent ones are empty.

    Attributes:
        version: 0 is HJ/T 212-2005, 1 is 2017, 2 is 2025.
        parts, part: PNUM and PNO of a split message; 1 and 1 otherwise.
        backfill: RF=1 (2025), the device sends again what it could not send in its time.
    """

    qn: str
    st: str
    cn: str
    pw: str
    mn: str
    version: int = 1
    ack_wanted: bool = False
    parts: int = 1
    part: int = 1
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class Hj212Frame:
    """An intact frame: its header and the parameters of CP that are no items (``DataTime``, ``QnRtn``...)."""

    header: Hj212Header
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Hj212Value:
    """One number of one item, before identification. Its unit is the device's affair: never assumed.

    Attributes:
        code: the factor as sent: ``a24088``; ``25`` in 2005; ``SB1`` for equipment.
        suffix: ``Rtd Avg Min Max Cou ZsRtd ZsAvg ZsMin ZsMax Data DayData NightData RS RT``.
        interval_s: length of the interval that a statistic covers; 0 at an instant.
        ts_us: microseconds since the epoch, UTC: the instant, or the **end** of the interval
            (DataTime of a statistic is its start).
        data_time: DataTime as sent.
        fault: why it is no reading, if its point is known at all; then ``value`` is NaN and ``flag`` is ``?``.
    """

    mn: str
    code: str
    statistic: Statistic
    suffix: str
    interval_s: int
    ts_us: int
    data_time: str
    value: float
    flag: str
    backfill: bool
    fault: Refusal | None = None


@dataclass(slots=True)
class Hj212Decoded:
    """What a payload held. ``received`` is ``len(values) + len(faulty) + len(refusals)``.

    Attributes:
        faulty: no number, or an unknown flag: refused for that unless their point is unknown.
        frames: the intact frames in order, for the acknowledgements.
        held: a part of this payload waits for its siblings: acknowledge it only once it is ``released``.
        released: sources (as given to ``decode``) of earlier payloads of which no part waits any more.
    """

    values: list[Hj212Value] = field(default_factory=list)
    faulty: list[Hj212Value] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    tolerated: Counter[Tolerance] = field(default_factory=Counter)
    frames: list[Hj212Frame] = field(default_factory=list)
    held: bool = False
    released: list[object] = field(default_factory=list)
