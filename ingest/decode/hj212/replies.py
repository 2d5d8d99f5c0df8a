"""The acknowledgements that a host sends to a device, as frames ready for the wire."""

from __future__ import annotations

from enum import IntEnum

from ingest.decode.hj212.frame import encode
from schemas.hj212 import CrcVariant, Hj212Header

_NOTICES = frozenset({"2012", "2022", "9015"})  # stop commands and the heartbeat of 2025
_UPLOADS = frozenset({"2011", "2013", "2021", "2031", "2041", "2051", "2052", "2061", "2062", "2081", "2111", "3020"})


class QnRtn(IntEnum):
    """How a request was received (9011)."""

    READY = 1
    REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_MN = 4
    WRONG_ST = 5
    WRONG_FLAG = 6
    WRONG_QN = 7
    WRONG_CN = 8
    WRONG_CRC = 9
    UNKNOWN = 100


class ExeRtn(IntEnum):
    """How a request ended (9012)."""

    DONE = 1
    FAILED = 2
    CONDITION_NOT_MET = 3
    TIMED_OUT = 4
    BUSY = 5
    SYSTEM_FAULT = 6
    NO_DATA = 100


def request_acknowledgement(
    request: Hj212Header, result: QnRtn = QnRtn.READY, crc: CrcVariant = CrcVariant.STRICT
) -> bytes:
    """9011: the request has been received."""
    return _reply(request, "9011", f"QnRtn={result.value}", crc)


def execution_result(request: Hj212Header, result: ExeRtn = ExeRtn.DONE, crc: CrcVariant = CrcVariant.STRICT) -> bytes:
    """9012: the request has been carried out, or not."""
    return _reply(request, "9012", f"ExeRtn={result.value}", crc)


def notice_acknowledgement(notice: Hj212Header, crc: CrcVariant = CrcVariant.STRICT) -> bytes:
    """9013: the notice (or, in 2025, the heartbeat) has been received."""
    return _reply(notice, "9013", "", crc)


def data_acknowledgement(upload: Hj212Header, crc: CrcVariant = CrcVariant.STRICT) -> bytes:
    """9014: the data have been received. To be sent once they are committed."""
    return _reply(upload, "9014", "", crc)


def acknowledgement(received: Hj212Header, crc: CrcVariant = CrcVariant.STRICT) -> bytes | None:
    """The answer that a message from a device asks for; None where it asks for none (Flag bit 0)."""
    if not received.ack_wanted:
        return None
    if received.cn in _UPLOADS:
        return data_acknowledgement(received, crc)
    return notice_acknowledgement(received, crc) if received.cn in _NOTICES else None


def _reply(received: Hj212Header, cn: str, parameter: str, crc: CrcVariant) -> bytes:
    """2017 and 2025 repeat QN in the header; 2005 names the message answered inside CP."""
    if received.version == 0:
        answered = f"QN={received.qn};" + (parameter or f"CN={received.cn}")
        return encode(f"ST=91;CN={cn};CP=&&{answered}&&".encode("ascii"), crc)
    segment = (
        f"QN={received.qn};ST=91;CN={cn};PW={received.pw};MN={received.mn};"
        f"Flag={received.version << 2};CP=&&{parameter}&&"
    )
    return encode(segment.encode("ascii"), crc)
