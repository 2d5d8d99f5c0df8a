"""Telemetry JSON: ``{"id", "data": [{"ts", "values"}]}``, the data alone, or an array of them for each device.

A payload of the plain shape is decoded straight into typed structs; anything else goes a slower way that names each
fault (docs/reference/mqtt.md). Parsers keep the last of two members with one name and say nothing: the fast way is
taken only where every colon of the payload is accounted for, the slow way refuses what is named twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec

from ingest.decode.columns import NAN, Columns
from ingest.names import DeviceKey
from schemas.flags import FLAGS
from schemas.readings import Refusal
from schemas.reasons import Reason

PAYLOAD_LIMIT = 512 * 1024
_ID_LIMIT = 256
_DIGITS = 400  # a number of so many is beyond a float
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # years 1 to 9999


class _Flagged(msgspec.Struct, forbid_unknown_fields=True):
    v: float
    q: str | msgspec.UnsetType = msgspec.UNSET


class _Entry(msgspec.Struct):
    ts: int
    values: dict[str, float | _Flagged]


class _Message(msgspec.Struct):
    data: list[_Entry]
    id: str | int | msgspec.UnsetType | None = msgspec.UNSET


_FLOATS = frozenset({float})

_message = msgspec.json.Decoder(_Message)
_entries = msgspec.json.Decoder(list[_Entry])


def decode_telemetry(payload: bytes) -> Columns:
    """Readings and refusals of one payload; never raises."""
    if len(payload) > PAYLOAD_LIMIT:
        columns = Columns()
        columns.refuse(Reason.PAYLOAD_TOO_LARGE, f"{len(payload)} bytes; the limit is {PAYLOAD_LIMIT}")
        return columns
    try:
        if payload[:1] == b"[":
            entries, message_id, members = _entries.decode(payload), None, 0
        else:
            message = _message.decode(payload)
            entries, message_id, members = message.data, None, 1
            if message.id is not msgspec.UNSET:
                message_id, written = message.id, str(message.id)
                members = 2 + written.count(":")
                if len(written) > _ID_LIMIT:
                    return _decode_slowly(payload)
        columns = Columns(message_id)
        if _plain(entries, columns, members + 2 * len(entries), payload):
            return columns
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return _decode_slowly(payload)


def _plain(entries: list[_Entry], columns: Columns, members: int, payload: bytes) -> bool:
    """Take entries that need no second look; False where one does.

    Args:
        members: colons that are known so far; there are more in the payload where something was named twice, left
            out by the structs, or written with a colon in it.
    """
    if b"\\" in payload:
        return False
    points, stamps, numbers, flags = columns.points, columns.ts_us, columns.values, columns.flags
    for entry in entries:
        values, ts = entry.values, entry.ts
        n = len(values)
        if not n or not _FIRST_MS <= ts <= _LAST_MS:
            return False
        members += n
        points += values
        stamps += [ts * 1000] * n
        found = values.values()
        if _FLOATS.issuperset(map(type, found)):  # by far the most, and many times as fast
            numbers += found  # type: ignore[arg-type]
            flags += "N" * n
            continue
        for value in found:
            if value.__class__ is float:
                numbers.append(value)
                flags.append("N")
                continue
            flag = value.q  # type: ignore[union-attr]
            members += 1 if flag is msgspec.UNSET else 2
            if flag is not msgspec.UNSET and flag not in FLAGS:
                return False
            numbers.append(value.v)  # type: ignore[union-attr]
            flags.append("N" if flag is msgspec.UNSET else flag)
    return members == payload.count(b":")


def _decode_slowly(payload: bytes) -> Columns:
    columns = Columns()
    try:
        document = _parse(payload)
    except (ValueError, RecursionError) as error:
        columns.refuse(Reason.MALFORMED_PAYLOAD, f"not JSON: {error}")
        return columns
    if not isinstance(document, dict):
        _take_entries(document, columns)
    elif _is_by_device(document):
        if _take_id(document.pop("id", None), columns):
            _take_devices(document, columns)
    elif "data" in document:
        if _take_id(document.get("id"), columns):
            _take_entries(document["data"], columns)
    else:
        _take_entries(document, columns)
    return columns


def _parse(payload: bytes) -> Any:
    """Strict JSON. A number beyond a float's range becomes infinite, so that it costs its reading, not the payload.

    Raises:
        ValueError: it is none, or an object names a member twice.
    """
    document = json.loads(
        payload.decode(), parse_constant=_refuse_constant, parse_int=_whole, object_pairs_hook=_named_once
    )
    if b"\\" in payload:
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is no text
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float(digits)


def _named_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        twice = next(name for name, times in Counter(name for name, _ in members).items() if times > 1)
        raise ValueError(f"{_text(twice)} stands twice in one object; which of the two is meant?")
    return found


def _is_by_device(document: dict[str, Any]) -> bool:
    """Whether it is the shape of a ThingsBoard gateway: devices by name, each with an array of entries."""
    arrays = [name for name, value in document.items() if isinstance(value, list) and name != "id"]
    return bool(arrays) and arrays != ["data"] and not isinstance(document.get("values"), dict)


def _take_devices(devices: dict[str, Any], columns: Columns) -> None:
    found = {device: Columns() for device in devices}
    for device, entries in devices.items():
        _take_entries(entries, found[device], f"device {_text(device)}: ")
    keys = Counter(key for one in found.values() for key in set(one.points))
    for device, one in found.items():
        columns.faults |= {len(columns.points) + row: fault for row, fault in one.faults.items()}
        columns.names += [DeviceKey(device, key, keys[key] > 1) for key in one.points]
        columns.points += [f"{device}/{key}" for key in one.points]
        columns.ts_us += one.ts_us
        columns.values += one.values
        columns.flags += one.flags
        columns.refusals += [_of_device(refusal, device) for refusal in one.refusals]


def _of_device(refusal: Refusal, device: str) -> Refusal:
    return refusal if refusal.point is None else replace(refusal, point=f"{device}/{refusal.point}")


def _take_entries(entries: Any, columns: Columns, where: str = "") -> None:
    if isinstance(entries, dict) and not where:
        entries = [entries]
    if not isinstance(entries, list):
        shape = (
            'an array of {"ts": ..., "values": {...}}'
            if where
            else '{"id": ..., "data": [{"ts": ..., "values": {...}}]}'
        )
        columns.refuse(Reason.MALFORMED_PAYLOAD, f"{where}expected {shape}")
        return
    for entry in entries:
        _take_entry(entry, columns, where)


def _take_id(message_id: Any, columns: Columns) -> bool:
    is_id = message_id is None or (isinstance(message_id, (str, int)) and not isinstance(message_id, bool))
    if is_id and len(str(message_id)) <= _ID_LIMIT:
        columns.message_id = message_id
        return True
    columns.refuse(Reason.MALFORMED_PAYLOAD, f"id: expected a text of up to {_ID_LIMIT} characters or a whole number")
    return False


def _take_entry(entry: Any, columns: Columns, where: str) -> None:
    values = entry.get("values") if isinstance(entry, dict) else None
    if not isinstance(values, dict) or not values:
        written = _text(entry.get("ts")) if isinstance(entry, dict) else None
        detail = f'{where}an entry needs "values" with at least one point'
        columns.refuse(Reason.MALFORMED_PAYLOAD, detail, ts=written)
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
