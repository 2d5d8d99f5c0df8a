"""HJ 212: every case folder, and what must hold for every frame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode.hj212 import Assembler, crc_hj212, crc_modbus, decode, encode, expire
from ingest.decode.hj212.replies import (
    ExeRtn,
    acknowledgement,
    data_acknowledgement,
    execution_result,
    notice_acknowledgement,
    request_acknowledgement,
)
from schemas.flags import Flag
from schemas.hj212 import CrcVariant, Hj212Decoded, Hj212Device, Hj212Value, LengthRule, Tolerance
from schemas.readings import Refusal
from schemas.reasons import Reason

CASES = Path(__file__).parent.parent / "cases" / "hj212"
MN = "0A5B00C8900016F000150001"
AT_9_US = 1_785_546_000_000_000  # 2026-08-01T09:00:00+08:00
SECOND_US = 1_000_000


def segment(
    data_area: str, *, cn: str = "2011", flag: int = 5, extra: str = "", qn: str = "20260801090000123"
) -> bytes:
    return f"QN={qn};ST=31;CN={cn};PW=123456;MN={MN};Flag={flag};{extra}CP=&&{data_area}&&".encode()


def part(data_area: str, number: int, of: int, qn: str = "20260801090000123") -> bytes:
    return encode(segment(data_area, flag=7, extra=f"PNUM={of};PNO={number};", qn=qn))


def device(settings: dict[str, Any]) -> Hj212Device:
    return Hj212Device(
        crc=CrcVariant(settings.get("crc", "strict")),
        length=LengthRule(settings.get("length", "strict")),
        minute_interval_s=settings.get("minute_interval_s", 600),
    )


def refusals(decoded: Hj212Decoded) -> list[Refusal]:
    return decoded.refusals + [value.fault for value in decoded.faulty if value.fault]


def as_case(value: Hj212Value) -> tuple[object, ...]:
    return (
        value.code,
        value.suffix,
        value.statistic,
        value.interval_s,
        value.ts_us,
        value.value,
        value.flag,
        value.backfill,
    )


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path) -> None:
    expected = yaml.safe_load((case / "expected.yaml").read_text())
    devices = {mn: device(settings) for mn, settings in expected.get("devices", {}).items()}
    decoded = decode((case / "payload.txt").read_bytes(), devices=devices)
    assert [as_case(value) for value in decoded.values] == [
        (
            value["code"],
            value["suffix"],
            value["statistic"],
            value["interval_s"],
            round(datetime.fromisoformat(value["at"]).timestamp() * SECOND_US),
            value["value"],
            value["flag"],
            value.get("backfill", False),
        )
        for value in expected["values"]
    ]
    assert [{"reason": r.reason.value, "point": r.point} for r in refusals(decoded)] == expected["refused"]
    assert [int(frame.header.cn) for frame in decoded.frames] == expected["frames"]
    assert dict(decoded.tolerated) == expected["tolerated"]


def test_every_case_tolerance_is_known_and_nearly_every_one_has_a_case() -> None:
    seen = {
        name for case in CASES.iterdir() for name in yaml.safe_load((case / "expected.yaml").read_text())["tolerated"]
    }
    assert set(Tolerance) - seen == {
        Tolerance.BLANKS,
        Tolerance.FLAG_LOWER_CASE,
        Tolerance.FLAG_WITHOUT_VALUE,
        Tolerance.HEADER_FLAG_UNKNOWN,
        Tolerance.SPLIT_BIT_WRONG,
        Tolerance.TEXT_NOT_UTF8,
        Tolerance.UNKNOWN_PARAMETER,
    }


@pytest.mark.parametrize(
    ("frame", "tolerance"),
    [
        (segment("DataTime=20260801090000; a24088-Rtd= 12.5,a24088-Flag=N"), Tolerance.BLANKS),
        (segment("DataTime=20260801090000;a24088-Rtd=12.5,a24088-Flag=n"), Tolerance.FLAG_LOWER_CASE),
        (segment("DataTime=20260801090000;a24088-Rtd=12.5,a24088-Flag=N;a1-Flag=F"), Tolerance.FLAG_WITHOUT_VALUE),
        (segment("DataTime=20260801090000;a24088-Rtd=12.5,a24088-Flag=N", flag=133), Tolerance.HEADER_FLAG_UNKNOWN),
        (segment("DataTime=20260801090000;a24088-Rtd=12.5,a24088-Flag=N", flag=7), Tolerance.SPLIT_BIT_WRONG),
        (
            segment("DataTime=20260801090000;a24088-Rtd=12.5,a24088-Flag=N;i1-Info=").removesuffix(b"&&")
            + b"\xc7\xe5&&",
            Tolerance.TEXT_NOT_UTF8,
        ),
        (segment("DataTime=20260801090000;a24088-Rtd=12.5,a24088-Flag=N;Vendor=7"), Tolerance.UNKNOWN_PARAMETER),
    ],
    ids=str,
)
def test_tolerances_change_no_number(frame: bytes, tolerance: Tolerance) -> None:
    decoded = decode(encode(frame))
    assert [(value.code, value.value, value.flag) for value in decoded.values] == [("a24088", 12.5, "N")]
    assert decoded.tolerated == {tolerance: 1}
    assert not refusals(decoded)


def test_check_values_of_the_standards() -> None:
    annex_a = segment("RtdInterval=30", cn="1062").replace(MN.encode(), b"010000A8900016F000169DC0")
    annex_a = annex_a.replace(b"20260801090000123", b"20160801085857223").replace(b"ST=31", b"ST=32")
    annex_a = annex_a.replace(b"123456", b"100000")
    assert crc_hj212(annex_a) == 0x1C80
    assert crc_modbus(annex_a) == 0x0759
    assert crc_modbus(b"123456789") == 0x4B37


def slow_crc(data: bytes) -> int:
    """Annex A, word for word."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            out = register & 1
            register >>= 1
            if out:
                register ^= 0xA001
    return register


@given(st.binary(max_size=200))
def test_check_value_is_that_of_annex_a(data: bytes) -> None:
    assert crc_hj212(data) == slow_crc(data)


CODES = st.from_regex(r"\A[aw][0-9]{5}\Z")
NUMBERS = st.decimals(-99999, 99999, places=3, allow_nan=False).map(str)
ITEMS = st.dictionaries(CODES, st.tuples(NUMBERS, st.sampled_from(list(Flag))), min_size=1, max_size=20)


def data_area(items: dict[str, tuple[str, Flag]], suffix: str = "Rtd") -> str:
    return "DataTime=20260801090000;" + ";".join(
        f"{code}-{suffix}={number},{code}-Flag={flag.value}" for code, (number, flag) in items.items()
    )


@given(ITEMS, st.sampled_from(list(CrcVariant)))
def test_what_is_encoded_is_decoded(items: dict[str, tuple[str, Flag]], crc: CrcVariant) -> None:
    decoded = decode(encode(segment(data_area(items)), crc), devices={MN: Hj212Device(crc=crc)})
    assert {value.code: (value.value, value.flag) for value in decoded.values} == {
        code: (float(number), flag.value) for code, (number, flag) in items.items()
    }
    assert {value.ts_us for value in decoded.values} == {AT_9_US}
    assert not refusals(decoded)
    assert not decoded.tolerated


@given(ITEMS, st.data())
def test_a_changed_byte_yields_no_reading(items: dict[str, tuple[str, Flag]], data: st.DataObject) -> None:
    frame = encode(segment(data_area(items))).rstrip()
    at = data.draw(st.integers(0, len(frame) - 1))
    same = {frame[at]} | (set(frame[at : at + 1].lower()) if at >= len(frame) - 4 else set())  # hexadecimal digits
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte not in same))
    damaged = frame[:at] + bytes([byte]) + frame[at + 1 :]
    decoded = decode(damaged)
    assert not decoded.values
    assert decoded.refusals
    assert {refusal.reason for refusal in decoded.refusals} <= {Reason.BAD_FRAME, Reason.BAD_CRC}


@given(ITEMS, st.data())
def test_a_lost_or_added_byte_yields_no_reading(items: dict[str, tuple[str, Flag]], data: st.DataObject) -> None:
    frame = encode(segment(data_area(items))).rstrip()
    at = data.draw(st.integers(0, len(frame) - 1))
    added = data.draw(st.binary(max_size=1))
    damaged = frame[:at] + added + frame[at + (0 if added else 1) :]
    decoded = decode(damaged)
    if at > len(b"##0000"):  # a digit more or less in the length may leave it right: 0142 or 142
        assert not decoded.values
        assert decoded.refusals
    else:
        assert decoded.values in ([], decode(frame).values)


@given(ITEMS, st.integers(2, 9), st.data())
def test_any_split_in_any_order_decodes_like_the_whole(
    items: dict[str, tuple[str, Flag]], parts: int, data: st.DataObject
) -> None:
    area = data_area(items)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(area)), min_size=parts - 1, max_size=parts - 1)))
    pieces = [area[start:end] for start, end in zip([0, *cuts], [*cuts, len(area)], strict=True)]
    frames = [part(piece, number, parts) for number, piece in enumerate(pieces, 1)]
    assembler = Assembler()
    values: list[Hj212Value] = []
    for frame in data.draw(st.permutations(frames)):
        decoded = decode(frame, assembler=assembler)
        assert not refusals(decoded)
        values += decoded.values
    whole = decode(encode(segment(area))).values
    assert sorted(values, key=lambda value: value.code) == sorted(whole, key=lambda value: value.code)
    assert not len(assembler)


@given(ITEMS, st.integers(2, 5), st.data())
def test_a_missing_part_never_changes_a_number(
    items: dict[str, tuple[str, Flag]], parts: int, data: st.DataObject
) -> None:
    area = data_area(items)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(area)), min_size=parts - 1, max_size=parts - 1)))
    pieces = [area[start:end] for start, end in zip([0, *cuts], [*cuts, len(area)], strict=True)]
    lost = data.draw(st.integers(0, parts - 1))
    frames = [part(piece, number + 1, parts) for number, piece in enumerate(pieces) if number != lost]
    whole = {(value.code, value.ts_us): value for value in decode(encode(segment(area))).values}
    for value in decode(b"".join(frames)).values:
        same = whole.get((value.code, value.ts_us))
        assert same is not None
        assert (value.value, value.flag) == (same.value, same.flag)


def test_parts_wait_and_name_the_payloads_that_may_be_acknowledged() -> None:
    assembler = Assembler()
    first = decode(part("a25002-Rtd=0.1,a25002-Flag=N", 2, 3), 0, assembler=assembler, source="first")
    assert (first.held, first.released, first.values) == (True, [], [])
    second = decode(part("a25003-Rtd=0.2,a25003-Flag=N", 3, 3), 1, assembler=assembler, source="second")
    assert (second.held, second.released) == (True, [])
    third = decode(part("DataTime=20260801090000;a1-Rtd=1,a1-Flag=N", 1, 3), 2, assembler=assembler, source="third")
    assert (third.held, third.released) == (False, ["first", "second"])
    assert [value.code for value in third.values] == ["a1", "a25002", "a25003"]


def test_parts_do_not_wait_for_ever() -> None:
    assembler = Assembler(max_age_s=60)
    decode(part("a25002-Rtd=0.1,a25002-Flag=N", 2, 2), 0, assembler=assembler, source="only")
    assert not expire(assembler, 59 * SECOND_US).refusals
    given_up = expire(assembler, 60 * SECOND_US)
    assert given_up.released == ["only"]
    assert [refusal.reason for refusal in given_up.refusals] == [Reason.BAD_FRAME]
    assert not len(assembler)


def test_waiting_parts_are_bounded() -> None:
    assembler = Assembler(max_groups=8)
    frames = (part("a25002-Rtd=0.1,a25002-Flag=N", 2, 2, qn=f"2026080109{number:07d}") for number in range(100))
    decoded = decode(b"".join(frames), 0, assembler=assembler, source="flood")
    assert len(assembler) == 8
    assert len(decoded.refusals) == 92


def test_parts_of_two_messages_are_not_mixed() -> None:
    assembler = Assembler()
    for hour in ("08", "09"):
        decode(part(f"DataTime=20260801{hour}0000;a1-Rtd=1", 1, 2, qn=f"{hour}1"), assembler=assembler)
    decoded = decode(part("a1-Flag=D", 2, 2, qn="081"), assembler=assembler)
    assert [(value.data_time, value.flag) for value in decoded.values] == [("20260801080000", "D")]


def header_of(frame: bytes) -> Any:
    return decode(frame).frames[0].header


def test_acknowledgements_are_those_of_annex_c() -> None:
    request = header_of(
        encode(b"QN=20160801085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&&&")
    )
    for name, reply in {
        "request_acknowledgement": request_acknowledgement(request),
        "execution_result": execution_result(request, ExeRtn.DONE),
        "data_acknowledgement": data_acknowledgement(request),
    }.items():
        assert reply == (CASES / name / "payload.txt").read_bytes()
    assert b"CN=9013" in notice_acknowledgement(request)


def test_only_who_asks_is_answered() -> None:
    assert acknowledgement(header_of(encode(segment("", flag=4)))) is None
    answer = acknowledgement(header_of(encode(segment("", flag=9))))
    assert answer is not None
    assert b"CN=9014" in answer
    assert b"Flag=8;" in answer
    old = acknowledgement(header_of(encode(segment("", flag=1))))
    assert old is not None
    assert b"ST=91;CN=9014;CP=&&QN=20260801090000123;CN=2011&&" in old


def check(decoded: Hj212Decoded) -> None:
    for value in decoded.values:
        assert value.flag in set(Flag)
        assert value.value == value.value
        assert abs(value.value) != float("inf")
    assert all(refusal.reason in Reason for refusal in refusals(decoded))


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check(decode(data))
    check(decode(encode(data)))


def fragments() -> Iterator[str]:
    yield from ("##", "0142", "&&", "CP=&&", ";", ",", "=", "-", "Flag=N", "Flag=", "PNUM=2;PNO=1;", "DataTime=")
    yield from ("20260801090000", "a24088-Rtd=", "a24088-Flag=N", "12.5", "MN=A1;", "CN=2011;", "CN=2051;", "清", "…")


@given(st.lists(st.sampled_from(list(fragments())), max_size=40).map("".join), st.booleans())
def test_any_words_of_the_language(text: str, framed: bool) -> None:
    data = f"MN=A1;CN=2011;CP=&&{text}&&".encode() if framed else text.encode()
    check(decode(encode(data) if framed else data))


@pytest.mark.parametrize(
    "data",
    [
        b"##" * 200_000,
        b"##9999" * 80_000,
        b"##0012" + b"A" * 500_000,
        encode(segment(";" * 3000)) * 150,
        encode(segment("DataTime=1;" + "a-Rtd=," * 500)) * 100,
        b"".join(part("a", 1, 999, qn=str(number)) for number in range(4000)),
    ],
    ids=["marks", "lengths", "one", "separators", "items", "parts"],
)
@pytest.mark.timeout(60)
def test_hostile_megabytes_end(data: bytes) -> None:
    check(decode(data))
