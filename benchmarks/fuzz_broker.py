"""What a broker hands us, under the fuzzer: packets as bytes, and what gateways and wills say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

STATUS_WORDS = ('\\"state\\":', '\\"session\\":', '\\"online\\"', '\\"offline\\"', "\\\\u0000")
PACKET_WORDS = ("2", "0", "@", "\\x00\\x01t", "\\x80\\x80", "\\xff\\xff\\xff\\xff")


def examine_packets(data: bytes) -> None:
    """A broker's stream: the first byte says the version and the size of the pieces that it comes in."""
    packets: Any = import_module("ingest.packets")
    kind, stream = (data[0], data[1:]) if data else (0, b"")
    five, size = bool(kind & 1), 1 + (kind >> 1)
    try:
        whole, _ = packets.split(stream)
    except packets.Malformed:
        whole = None
    rest, cut = b"", []
    try:
        for at in range(0, len(stream), size):
            buffer = rest + stream[at : at + size]
            found, wanted = packets.split(buffer)
            cut += [buffer[p.start : p.stop] for p in found]
            rest = buffer[found[-1].stop :] if found else buffer
            assert wanted > len(rest), "it has all that it waits for"
    except packets.Malformed:
        assert whole is None, "broken in pieces, sound as a whole"
    for packet, body in zip(whole or (), cut, strict=False):
        assert stream[packet.start : packet.stop] == body, "other packets in pieces than as a whole"
        if packet.header & 0xF0 == packets.PUBLISH:
            _examine_publish(packets, stream, packet, five=five)


def _examine_publish(packets: Any, stream: bytes, packet: Any, *, five: bool) -> None:
    """Nothing is read beyond the packet's end, and what was read is written as it was."""
    try:
        found = packets.read_publish(stream, packet, properties=five)
    except packets.Malformed:
        return
    body = stream[packet.start : packet.stop]
    assert body.endswith(found.payload)
    assert found.topic
    assert body[2:].startswith(found.topic)
    assert bool(found.packet_id) == bool(found.qos)
    written = packets.write_publish(found.topic, found.payload, found.packet_id or 1, properties=five)
    [again], _ = packets.split(written)
    reread = packets.read_publish(written, again, properties=five)
    assert (reread.topic, reread.payload) == (found.topic, found.payload)


def seeds_packets() -> Iterator[bytes]:
    """Streams of both versions with messages short and long, acknowledgements, properties, and a half packet."""
    packets: Any = import_module("ingest.packets")
    for kind in (0, 1, 14, 255):
        five = bool(kind & 1)
        short = packets.write_publish(b"pw/v1/ENT01/gw1/telemetry", b"[]", 7, properties=five)
        long = packets.write_publish(b"t", bytes(200), 65_535, properties=five)
        yield bytes([kind]) + short + packets.write_acknowledgements([4_096, 65_535]) + long + short[:9]
    yield b"\x01\x33\x0e\x00\x01t\x00\x07\x05\x23\x00\x05\x01\x01abc\x30\x04\x00\x01t\x00\xd0\x00"


def examine_status(data: bytes) -> None:
    """A status is read as another parser reads it, and what is kept of it fits its columns."""
    status: Any = import_module("ingest.decode.status")
    found = status.decode_status(data)
    if found is not None:
        told = json.loads(data)
        assert (told["state"], told.get("session", "")) == (found.state, found.session)
        assert len(found.session) <= 64
        found.session.encode()
        assert "\0" not in found.session


def seeds_status() -> Iterator[bytes]:
    yield b'{"state": "online", "session": "7f3a"}'
    yield b'{"state": "offline"}'
