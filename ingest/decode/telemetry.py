"""Telemetry JSON: ``{"id", "data": [{"ts", "values"}]}``, or the data alone as an array or one object.

A payload of the plain shape is decoded straight into typed structs; anything else goes a slower way that names each
fault (docs/reference/mqtt.md).
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec

from ingest.decode.columns import NAN, Columns
from schemas.flags import FLAGS
from schemas.reasons import Reason

PAYLOAD_LIMIT = 512 * 1024
_ID_LIMIT = 256
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # years 1 to 9999


class _Flagged(msgspec.Struct, forbid_unknown_fields=True):
    v: float
    q: str = "N"


class _Entry(msgspec.Struct):
    ts: int
    values: dict[str, float | _Flagged]


class _Message(msgspec.Struct):
    data: list[_Entry]
    id: str | int | None = None


_message = msgspec.json.Decoder(_Message)
_entries = msgspec.json.Decoder(list[_Entry])
_anything = msgspec.json.Decoder()


def decode_telemetry(payload: bytes) -> Columns:
    """Readings and refusals of one payload; never raises."""
    columns = Columns()
    if len(payload) > PAYLOAD_LIMIT:
        columns.refuse(Reason.PAYLOAD_TOO_LARGE, f"{len(payload)} bytes; the limit is {PAYLOAD_LIMIT}")
        return columns
    try:
        if payload[:1] == b"[":
            entries = _entries.decode(payload)
        else:
            message = _message.decode(payload)
            columns.message_id, entries = message.id, message.data
        if _plain(entries, columns):
            return columns
    except (msgspec.DecodeError, RecursionError):
        pass
    return _decode_slowly(payload)


def _plain(entries: list[_Entry], columns: Columns) -> bool:
    """Take entries that need no second look; False where one does."""
    if len(str(columns.message_id)) > _ID_LIMIT:
        return False
    for entry in entries:
        values = entry.values
        if not values or not _FIRST_MS <= entry.ts <= _LAST_MS:
            return False
        columns.points.extend(values)
        columns.ts_us.extend([entry.ts * 1000] * len(values))
        for value in values.values():
            if value.__class__ is float:
                columns.values.append(value)
                columns.flags.append("N")
            elif value.q in FLAGS:  # type: ignore[union-attr]
                columns.values.append(value.v)  # type: ignore[union-attr]
                columns.flags.append(value.q)  # type: ignore[union-attr]
            else:
                return False
    return True


def _decode_slowly(payload: bytes) -> Columns:
    columns = Columns()
    try:
        document = _parse(payload)
    except (ValueError, RecursionError) as error:
        columns.refuse(Reason.MALFORMED_PAYLOAD, f"not JSON: {error}")
        return columns
    entries = document
    if isinstance(document, dict) and "data" in document:
        entries = document["data"]
        if not _take_id(document.get("id"), columns):
            return columns
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list):
        columns.refuse(Reason.MALFORMED_PAYLOAD, 'expected {"id": ..., "data": [{"ts": ..., "values": {...}}]}')
        return columns
    for entry in entries:
        _take_entry(entry, columns)
    return columns


def _parse(payload: bytes) -> Any:
    """Strict JSON. A number beyond a float's range becomes infinite, so that it costs its reading, not the payload."""
    try:
        return _anything.decode(payload)
    except msgspec.DecodeError as error:
        if "out of range" not in str(error):
            raise
    document = json.loads(payload, parse_constant=_refuse_constant)
    json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is no text
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _take_id(message_id: Any, columns: Columns) -> bool:
    is_id = message_id is None or (isinstance(message_id, (str, int)) and not isinstance(message_id, bool))
    if is_id and len(str(message_id)) <= _ID_LIMIT:
        columns.message_id = message_id
        return True
    columns.refuse(Reason.MALFORMED_PAYLOAD, f"id: expected a text of up to {_ID_LIMIT} characters or a whole number")
    return False


def _take_entry(entry: Any, columns: Columns) -> None:
    values = entry.get("values") if isinstance(entry, dict) else None
    if not isinstance(values, dict) or not values:
        written = _text(entry.get("ts")) if isinstance(entry, dict) else None
        columns.refuse(Reason.MALFORMED_PAYLOAD, 'an entry needs "values" with at least one point', ts=written)
        return
    ts_us, reason, detail = read_timestamp(entry.get("ts"))
    for point, value in values.items():
        if reason is not None:
            columns.refuse(reason, detail, point, _text(entry.get("ts")))
        else:
            _take_value(point, ts_us, value, columns)


def _take_value(point: str, ts_us: int, value: Any, columns: Columns) -> None:
    flag: Any = "N"
    fault = ""
    if isinstance(value, dict):
        unknown = sorted(set(value) - {"v", "q"})
        if unknown or "v" not in value:
            fault = 'an object value has "v" and may have "q", nothing else'
        flag, value = value.get("q", "N"), value.get("v")
    number = NAN
    if not fault and isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _float(value)
    if number != number:
        fault = fault or f"expected a number, found {_text(value)}"
    elif not isinstance(flag, str) or flag not in FLAGS:
        fault, flag = f"{_text(flag)} is no HJ 212 flag ({', '.join(sorted(FLAGS))})", "?"
    if fault:
        columns.faults[len(columns.points)] = fault
    columns.points.append(point)
    columns.ts_us.append(ts_us)
    columns.values.append(number)
    columns.flags.append(flag if isinstance(flag, str) and (flag in FLAGS or flag == "?") else "?")


def read_timestamp(written: Any) -> tuple[int, Reason | None, str]:
    """Microseconds since the epoch of a stamp: epoch milliseconds, or RFC 3339 with an offset; else why not."""
    if written is None:
        return 0, Reason.MISSING_TIMESTAMP, "ts is missing"
    if isinstance(written, int) and not isinstance(written, bool):
        if _FIRST_MS <= written <= _LAST_MS:
            return written * 1000, None, ""
        return 0, Reason.BAD_TIMESTAMP, f"{_text(written)} ms is outside the years 1 to 9999"
    if isinstance(written, str):
        try:
            moment = dt.datetime.fromisoformat(written)
        except ValueError:
            return 0, Reason.BAD_TIMESTAMP, f"{_text(written)} is not RFC 3339"
        if moment.tzinfo is None:
            return 0, Reason.BAD_TIMESTAMP, f"{_text(written)} has no offset, such as +08:00"
        return _microseconds(moment), None, ""
    return 0, Reason.BAD_TIMESTAMP, f"{_text(written)} is neither epoch milliseconds nor RFC 3339"


def _microseconds(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _float(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        return NAN
    return NAN if number in (float("inf"), float("-inf")) else number


def _text(value: Any) -> str | None:
    """A value as its sender wrote it, shortened."""
    if value is None or isinstance(value, str):
        return value[:64] if value else value
    try:
        return msgspec.json.encode(value).decode()[:64]
    except (RecursionError, msgspec.MsgspecError, TypeError, ValueError):
        return type(value).__name__
