"""MQTT's packets as bytes: cut out of a stream, read and written by the thousand.

The format is that of MQTT 3.1.1 and 5 alike but for the properties of version 5, of which none is needed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

PUBLISH, PUBACK = 0x30, 0x40
DUPLICATE, RETAINED = 0x08, 0x01
LONGEST_TOPIC = 0xFFFF  # bytes
_LONGEST = 4  # bytes of a remaining length


class Malformed(ValueError):
    """These bytes are no MQTT."""


class Packet(NamedTuple):
    """A whole packet in a buffer: its first byte, and where what follows the fixed header starts and stops."""

    header: int
    start: int
    stop: int


class Publish(NamedTuple):
    """A PUBLISH packet; the packet id is 0 at QoS 0."""

    topic: bytes
    payload: bytes
    packet_id: int
    qos: int
    retained: bool


def split(buffer: bytes) -> tuple[list[Packet], int]:
    """The whole packets at the start of a buffer, and how many bytes the packet behind them has at least.

    Raises:
        Malformed: a remaining length of more than four bytes.
    """
    packets: list[Packet] = []
    at, size = 0, len(buffer)
    while size - at >= 2:
        remaining, body = buffer[at + 1], at + 2
        if remaining > 127:
            found = _read_length(buffer, at + 1)
            if found is None:
                break
            remaining, body = found
        stop = body + remaining
        if stop > size:
            return packets, stop - at
        packets.append(Packet(buffer[at], body, stop))
        at = stop
    return packets, size - at + 1


def _read_length(buffer: bytes, at: int) -> tuple[int, int] | None:
    """A remaining length and where it ends; None if it does not end in the buffer."""
    number = 0
    for i, digit in enumerate(buffer[at : at + _LONGEST]):
        number |= (digit & 127) << 7 * i
        if digit < 128:
            return number, at + i + 1
    if len(buffer) - at >= _LONGEST:
        raise Malformed("a remaining length of more than four bytes")
    return None


def read_publish(buffer: bytes, packet: Packet, *, properties: bool) -> Publish:
    """Read a PUBLISH packet.

    Args:
        properties: whether the packet has some, as in version 5; they are passed over.

    Raises:
        Malformed: it has no topic, or ends before its parts.
    """
    header, start, stop = packet
    topic_start = start + 2
    at = topic_stop = topic_start + (buffer[start] << 8 | buffer[start + 1] if topic_start <= stop else stop)
    qos, packet_id = header >> 1 & 3, 0
    if qos:
        at += 2
        packet_id = buffer[at - 2] << 8 | buffer[at - 1] if at <= stop else 0
    if properties and at < stop:
        length, at = (buffer[at], at + 1) if buffer[at] < 128 else _read_length(buffer[:stop], at) or (stop, stop)
        at += length
    elif properties:
        at = stop + 1
    if at > stop or topic_stop == topic_start or bool(qos) != bool(packet_id):
        raise Malformed("a PUBLISH packet that ends too soon, or without a topic or packet id")
    return Publish(buffer[topic_start:topic_stop], buffer[at:stop], packet_id, qos, bool(header & RETAINED))


def write_publish(topic: bytes, payload: bytes, packet_id: int, *, properties: bool) -> bytes:
    """A PUBLISH packet at QoS 1.

    Raises:
        ValueError: the topic is longer than MQTT can say.
    """
    if len(topic) > LONGEST_TOPIC:
        raise ValueError("the topic is too long")
    empty = b"\x00" if properties else b""
    remaining = 4 + len(topic) + len(empty) + len(payload)
    named = len(topic).to_bytes(2, "big") + topic + packet_id.to_bytes(2, "big")
    return b"\x32" + write_length(remaining) + named + empty + payload


def write_acknowledgements(packet_ids: Iterable[int]) -> bytes:
    """A PUBACK packet for each of these, one behind the other."""
    return b"".join([b"\x40\x02" + packet_id.to_bytes(2, "big") for packet_id in packet_ids])


def write_length(number: int) -> bytes:
    """A remaining length."""
    if number < 128:
        return bytes((number,))
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)
