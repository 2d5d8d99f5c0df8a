"""Why a reading is refused: the closed set that receipts, the ledger and the rejected table share."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """In the order of examination: of several faults the first one is named."""

    PAYLOAD_TOO_LARGE = "payload_too_large"
    MALFORMED_PAYLOAD = "malformed_payload"
    BAD_FRAME = "bad_frame"
    BAD_CRC = "bad_crc"
    MISSING_TIMESTAMP = "missing_timestamp"
    BAD_TIMESTAMP = "bad_timestamp"
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"
    UNKNOWN_POINT = "unknown_point"
    WRONG_ENTERPRISE = "wrong_enterprise"
    RETIRED_POINT = "retired_point"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_FLAG = "unknown_flag"
    OUT_OF_RANGE = "out_of_range"
    REFUSED_BY_DATABASE = "refused_by_database"
