"""From a metric to a number with a stamp and a flag, or to the reason why not."""

from __future__ import annotations

from enum import IntEnum
from math import isfinite

from ingest.decode.sparkplug.edge_node import Birth
from ingest.decode.sparkplug.payload import Metric
from schemas.flags import Flag
from schemas.readings import Refusal
from schemas.reasons import Reason

MAX_NAME_BYTES = 512
_FIRST_MS, _LAST_MS = 946_684_800_000, 4_102_444_800_000  # 2000 and 2100: a clock that was set
_QUALITY = {192: Flag.NORMAL, 0: Flag.FAULT, 500: Flag.COMMUNICATION_LOST}  # Sparkplug's good, bad, stale


class Datatype(IntEnum):
    """The numeric data types of the specification."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11


NUMERIC = frozenset(Datatype)
_SIGNED_BITS = {Datatype.INT8: 8, Datatype.INT16: 16, Datatype.INT32: 32, Datatype.INT64: 64}
_UNSIGNED_BITS = {Datatype.UINT8: 8, Datatype.UINT16: 16, Datatype.UINT32: 32, Datatype.UINT64: 64}


def name_of(metric: Metric, birth: Birth | None) -> str | Refusal:
    """The metric's own name, else the one that the birth gave to its alias."""
    if metric.HasField("name") and metric.name:
        if len(metric.name) > MAX_NAME_BYTES:
            return Refusal(Reason.MALFORMED_PAYLOAD, f"a metric name of {len(metric.name)} bytes")
        try:
            return metric.name.decode()
        except UnicodeDecodeError:
            return Refusal(Reason.MALFORMED_PAYLOAD, f"metric name {metric.name[:40]!r} is not UTF-8")
    if not metric.HasField("alias"):
        return Refusal(Reason.MALFORMED_PAYLOAD, "a metric without name and alias")
    name = birth.names.get(metric.alias) if birth else None
    return name or Refusal(Reason.UNKNOWN_POINT, f"alias {metric.alias} is in no birth", f"alias {metric.alias}")


def number_of(metric: Metric, datatype: int) -> float | Refusal:
    """The metric's number. Signed integers travel as two's complement in unsigned fields."""
    kind = metric.WhichOneof("value")
    if kind in ("float_value", "double_value"):
        value = metric.float_value if kind == "float_value" else metric.double_value
        fits = datatype in (Datatype.UNKNOWN, Datatype.FLOAT, Datatype.DOUBLE)
        return value if fits and isfinite(value) else _no_number(f"{value} as {_type_name(datatype)}")
    if kind == "boolean_value" and datatype in (Datatype.UNKNOWN, Datatype.BOOLEAN):
        return float(metric.boolean_value)
    if kind == "int_value":
        return _integer(metric.int_value, 32, datatype)
    if kind == "long_value":
        return _integer(metric.long_value, 64, datatype)
    return _no_number(f"{kind or 'a value of another kind'} as {_type_name(datatype)}")


def _integer(raw: int, bits: int, datatype: int) -> float | Refusal:
    if datatype in _SIGNED_BITS:
        width = _SIGNED_BITS[Datatype(datatype)]
        value = raw - (1 << bits) if raw >> (bits - 1) else raw
        if width < bits and 1 << (width - 1) <= raw < 1 << width:
            value = raw - (1 << width)  # written at its own width
        fits = -(1 << (width - 1)) <= value < 1 << (width - 1)
    else:
        width = _UNSIGNED_BITS[Datatype(datatype)] if datatype in _UNSIGNED_BITS else bits - 1
        value, fits = raw, raw >> width == 0 and (datatype in _UNSIGNED_BITS or datatype == Datatype.UNKNOWN)
    return float(value) if fits else _no_number(f"integer {raw} as {_type_name(datatype)}")


def stamp_of(metric: Metric, payload_ms: int | None) -> tuple[int, bool] | Refusal:
    """Microseconds since the epoch, and whether they are the payload's for want of the metric's own.

    A historical metric must bring its own: the payload's is the time of sending.
    """
    own = metric.timestamp if metric.HasField("timestamp") else None
    stamp = own if own is not None or metric.is_historical else payload_ms
    if stamp is None:
        return Refusal(Reason.MISSING_TIMESTAMP, "the metric has no timestamp")
    if not _FIRST_MS <= stamp < _LAST_MS:
        return Refusal(Reason.BAD_TIMESTAMP, f"timestamp {stamp} ms is not between 2000 and 2100", ts=str(stamp))
    return stamp * 1000, own is None


def flag_of(metric: Metric) -> Flag | Refusal:
    """The metric's Quality property as a flag; normal where it has none."""
    if not metric.HasField("properties"):
        return Flag.NORMAL
    for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
        if key.lower() == b"quality":
            code = value.int_value if value.WhichOneof("value") == "int_value" else value.long_value
            flag = _QUALITY.get(code) if value.WhichOneof("value") in ("int_value", "long_value") else None
            return flag or Refusal(Reason.UNKNOWN_FLAG, f"Quality {code} is none of {sorted(_QUALITY)}")
    return Flag.NORMAL


def _no_number(what: str) -> Refusal:
    return Refusal(Reason.NOT_A_NUMBER, what[:120])


def _type_name(datatype: int) -> str:
    return Datatype(datatype).name if datatype in NUMERIC else f"datatype {datatype}"
