"""MQTT packets cut out of a stream that comes in pieces of any size."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.packets import Malformed, Packet, read_publish, split, write_acknowledgements, write_length, write_publish

publishes = st.tuples(
    st.binary(min_size=1, max_size=40), st.binary(max_size=400) | st.just(b"x" * 20_000), st.integers(1, 0xFFFF)
)


@given(st.lists(publishes, max_size=8), st.booleans(), st.data())
def test_what_was_written_is_read_whatever_the_pieces(
    messages: list[tuple[bytes, bytes, int]], five: bool, data: st.DataObject
) -> None:
    stream = b"".join(write_publish(*message, properties=five) for message in messages)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    rest, read = b"", []
    for start, stop in pairwise([0, *cuts, len(stream)]):
        buffer = rest + stream[start:stop]
        packets, wanted = split(buffer)
        read += [read_publish(buffer, packet, properties=five) for packet in packets]
        rest = buffer[packets[-1].stop :] if packets else buffer
        assert wanted > len(rest)
        assert split(rest + stream[stop : stop + wanted - len(rest) - 1])[0] == []  # no packet needs less than it says
    assert [(p.topic, p.payload, p.packet_id) for p in read] == messages
    assert rest == b""
    assert all(p.qos == 1 and not p.retained for p in read)


@given(st.integers(0, 268_435_455))
def test_a_remaining_length_is_as_long_as_the_standard_says(number: int) -> None:
    written = write_length(number)
    assert len(written) == 1 + (number > 127) + (number > 16_383) + (number > 2_097_151)
    assert sum((digit & 127) << 7 * i for i, digit in enumerate(written)) == number
    assert [digit > 127 for digit in written] == [True] * (len(written) - 1) + [False]


def test_properties_are_passed_over() -> None:
    properties = b"\x23\x00\x05\x01\x01"  # a topic alias and a payload format
    body = b"\x00\x01t\x00\x07" + bytes([len(properties)]) + properties + b"payload"
    packet = b"\x32" + write_length(len(body)) + body
    assert read_publish(packet, split(packet)[0][0], properties=True).payload == b"payload"
    body = b"\x00\x01t\x00\x07" + write_length(300) + bytes(300) + b"payload"
    packet = b"\x33" + write_length(len(body)) + body
    found = read_publish(packet, split(packet)[0][0], properties=True)
    assert (found.payload, found.retained, found.packet_id) == (b"payload", True, 7)


def test_quality_of_service_0_has_no_packet_id() -> None:
    found = read_publish(b"\x30\x04\x00\x01tx", Packet(0x30, 2, 6), properties=False)
    assert (found.topic, found.payload, found.packet_id, found.qos) == (b"t", b"x", 0, 0)


@pytest.mark.parametrize("five", [True, False])
@given(header=st.integers(0x30, 0x35), body=st.binary(max_size=12))
def test_a_damaged_packet_is_named_and_never_read_beyond_its_end(header: int, body: bytes, five: bool) -> None:
    buffer = bytes([header, len(body)]) + body + b"BEYOND"
    packet = Packet(header, 2, 2 + len(body))
    try:
        found = read_publish(buffer, packet, properties=five)
    except Malformed:
        return
    assert found.topic in body
    assert found.payload in body
    assert found.topic
    assert (found.packet_id == 0) == (found.qos == 0)


def test_a_length_of_five_bytes_is_no_mqtt() -> None:
    with pytest.raises(Malformed):
        split(b"\x32\xff\xff\xff\xff\x01")
    assert split(b"\x32\xff\xff\xff") == ([], 5)


def test_acknowledgements_stand_one_behind_the_other() -> None:
    assert write_acknowledgements([1, 0xABCD]) == b"\x40\x02\x00\x01\x40\x02\xab\xcd"
