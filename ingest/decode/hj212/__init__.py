"""HJ 212 (2005, 2017, 2025): frames in, values and refusals out. Pure.

``frame`` believes bytes or not, ``segment`` reads the header, ``items`` takes the data area apart, ``readings`` makes
numbers, ``assembly`` keeps the parts of split messages, ``replies`` are the acknowledgements, ``crc`` the check values.

Strict where a number could change: a wrong length or check value, a value or flag given twice, a text in a number's
place yield no reading. Tolerant where none can, and each tolerance is counted by its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ingest.decode.hj212.assembly import Assembler, PartGroup
from ingest.decode.hj212.crc import check_value, crc_hj212, crc_modbus
from ingest.decode.hj212.frame import encode, segments
from ingest.decode.hj212.items import read_items, stands_alone
from ingest.decode.hj212.readings import DATA_COMMANDS, read_values
from ingest.decode.hj212.segment import read_segment
from schemas.hj212 import Hj212Decoded, Hj212Device, Hj212Frame, Hj212Header, Hj212Value, Tolerance
from schemas.readings import Refusal

__all__ = ["Assembler", "check_value", "crc_hj212", "crc_modbus", "decode", "encode", "expire"]

_NO_DEVICES: Mapping[str, Hj212Device] = {}
_STANDARD_DEVICE = Hj212Device()


def decode(
    payload: bytes,
    now_us: int = 0,
    *,
    devices: Mapping[str, Hj212Device] = _NO_DEVICES,
    assembler: Assembler | None = None,
    source: object = None,
) -> Hj212Decoded:
    """Every frame of ``payload``.

    Args:
        payload: one or several frames, with or without CR LF between them.
        now_us: the time of arrival, microseconds since the epoch; it ages the parts that wait.
        devices: settings by MN; a device not named is taken to follow the standard.
        assembler: keeps parts between payloads; without one, a part whose siblings are not here is decoded alone.
        source: returned in ``released`` once no part of this payload waits any more.
    """
    result = Hj212Decoded()
    parts = Assembler() if assembler is None else assembler
    for segment in segments(payload, devices, _STANDARD_DEVICE, result.tolerated):
        if isinstance(segment, Refusal):
            result.refusals.append(segment)
        else:
            _read_message(segment, devices, parts, now_us, source, result)
    for group in parts.take_all() if assembler is None else parts.take_expired(now_us):
        _read_group(group, devices, result)
    result.held = parts.holds(source)
    result.released = _released(result, parts, source)
    return result


def expire(assembler: Assembler, now_us: int, *, devices: Mapping[str, Hj212Device] = _NO_DEVICES) -> Hj212Decoded:
    """What the parts that waited too long still say; to be called now and then when no payload comes."""
    result = Hj212Decoded()
    for group in assembler.take_expired(now_us):
        _read_group(group, devices, result)
    result.released = _released(result, assembler)
    return result


def _read_message(
    segment: bytes,
    devices: Mapping[str, Hj212Device],
    parts: Assembler,
    now_us: int,
    source: object,
    result: Hj212Decoded,
) -> None:
    message = read_segment(segment, result.tolerated)
    if isinstance(message, Refusal):
        result.refusals.append(message)
        return
    header, text = message
    counted: Counter[Tolerance] = Counter()
    area = read_items(text, counted)
    result.frames.append(Hj212Frame(header, area.parameters))
    if header.cn not in DATA_COMMANDS:
        return
    alone = header.parts == 1 or stands_alone(area, text, last=header.part == header.parts)
    if alone:
        result.tolerated += counted
        _collect(read_values(header, area, _device(header, devices), result.tolerated), result)
    if header.parts > 1:
        data_time = area.parameters.get("DataTime", "")
        group = parts.add(header, None if alone else text, data_time, now_us, source)
        if parts.take_whole(group):
            _read_group(group, devices, result)
        for crowded_out in parts.take_expired(now_us):
            _read_group(crowded_out, devices, result)


def _released(result: Hj212Decoded, parts: Assembler, source: object = None) -> list[object]:
    """The sources in ``result`` without doubles, this payload's own, and those of which another part waits."""
    earlier = dict.fromkeys(other for other in result.released if other != source)
    return [other for other in earlier if not parts.holds(other)]


def _read_group(group: PartGroup, devices: Mapping[str, Hj212Device], result: Hj212Decoded) -> None:
    result.released += group.sources
    if not group.whole:
        result.tolerated[Tolerance.PART_MISSING] += group.header.parts - len(group.texts)
    text = group.text()
    if not text:
        return
    area = read_items(text, result.tolerated)
    device = _device(group.header, devices)
    values = read_values(group.header, area, device, result.tolerated, data_time=group.data_time, whole=group.whole)
    _collect(values, result)


def _collect(found: Iterable[Hj212Value | Refusal], result: Hj212Decoded) -> None:
    for value in found:
        if isinstance(value, Refusal):
            result.refusals.append(value)
        else:
            (result.faulty if value.fault else result.values).append(value)


def _device(header: Hj212Header, devices: Mapping[str, Hj212Device]) -> Hj212Device:
    return devices.get(header.mn, _STANDARD_DEVICE)
