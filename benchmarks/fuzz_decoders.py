"""What is fuzzed: ``python -m benchmarks.fuzz_decoders NAME CORPUS [libFuzzer options]`` (see ``fuzz``)."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any

from benchmarks.fuzz_broker import (
    PACKET_WORDS,
    STATUS_WORDS,
    examine_packets,
    examine_status,
    seeds_packets,
    seeds_status,
)

CASES = Path(__file__).parent.parent / "tests" / "cases"
FLAGS = frozenset("NFMSDCTB")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NOW_US = 1_785_546_000_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder to fuzz: its module, what examines one input, inputs to start from, words of its language."""

    module: str
    examine: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    words: tuple[str, ...]


def examine_hj212(data: bytes) -> None:
    """The first byte chooses: the rest is a payload, or a segment to frame, or segments to frame, one a line."""
    hj212: Any = import_module("ingest.decode.hj212")
    how, rest = data[:1], data[1:]
    payload = rest if how == b"p" else b"".join(hj212.encode(line) for line in rest.split(b"\n"))
    decoded = hj212.decode(payload)
    for value in decoded.values:
        assert isfinite(value.value)
        assert value.flag in FLAGS
    if how == b"p" and decoded.values:
        assert any(_intact(payload)), "values without an intact frame"
    assembler = hj212.Assembler(max_groups=4, max_characters=2000)
    for line in rest.split(b"\n"):
        hj212.decode(hj212.encode(line), NOW_US, assembler=assembler, source=line)
    hj212.expire(assembler, NOW_US + 10**9)
    assert not len(assembler)


def _intact(payload: bytes) -> Iterator[bool]:
    """Whether each frame's length and check value are right, by Annex A word for word; characters count as well."""
    for found in re.finditer(rb"##(\d{1,4})", payload):
        rest = payload[found.end() :].split(b"##")[0].rstrip(b"\r\n \t\0")
        for stop in (int(found[1]), len(rest) - 4):
            segment, sent = rest[:stop], rest[stop : stop + 4]
            counted = int(found[1]) in (len(segment), len(segment.decode("utf-8", "replace")))
            yield counted and b"%04X" % _annex_a(segment) == sent.upper()


def _annex_a(segment: bytes) -> int:
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def seeds_hj212() -> Iterator[bytes]:
    """The payloads of the cases, as they are and without their frames."""
    for case in sorted((CASES / "hj212").iterdir()):
        payload = (case / "payload.txt").read_bytes()
        yield b"p" + payload
        yield b"s" + b"\n".join(part[4:].rstrip()[:-4] for part in payload.split(b"##")[1:])


_TYPES = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH")


def examine_sparkplug(data: bytes) -> None:
    """Messages one after the other: a byte for the type, two for the length, the payload."""
    sparkplug: Any = import_module("ingest.decode.sparkplug")
    shapes: Any = import_module("schemas.sparkplug")
    node = sparkplug.EdgeNode()
    while len(data) >= 3:
        kind, size = _TYPES[data[0] % len(_TYPES)], int.from_bytes(data[1:3], "big")
        topic = shapes.SparkplugTopic("ENT01", kind, "edge", "device" if kind[0] == "D" else "")
        decoded = sparkplug.decode(topic, data[3 : 3 + size], node, NOW_US)
        for value in decoded.values:
            assert isfinite(value.value)
            assert value.flag in FLAGS
            assert value.metric
        assert not node.births or node.alive
        data = data[3 + size :]


def seeds_sparkplug() -> Iterator[bytes]:
    """A birth, then data by alias, and a death."""
    new_payload: Any = import_module("ingest.decode.sparkplug.payload").new_payload
    whole = b""
    for number, kind in enumerate((0, 1, 3, 4, 5, 2)):
        payload = new_payload()
        payload.seq, payload.timestamp = number, NOW_US // 1000
        metric = payload.metrics.add()
        metric.alias, metric.timestamp, metric.datatype, metric.double_value = 1, NOW_US // 1000, 10, 12.5
        if kind in (0, 3):
            metric.name = b"V01"
        metric.properties.keys.append(b"Quality")
        metric.properties.values.add(int_value=192)
        message = payload.SerializeToString()
        whole += bytes([kind]) + len(message).to_bytes(2, "big") + message
        yield whole


def examine_telemetry(data: bytes) -> None:
    """A payload; what another parser reads in it must be what is stored, and what is named twice must be refused."""
    telemetry: Any = import_module("ingest.decode.telemetry")
    found = telemetry.decode_telemetry(data)
    rows = len(found.points)
    assert rows == len(found.ts_us) == len(found.values) == len(found.flags)
    assert len(found.names) in (0, rows)
    for row, (value, flag) in enumerate(zip(found.values, found.flags, strict=True)):
        assert isfinite(value) or (value != value and row in found.faults)
        assert flag in FLAGS or (flag == "?" and row in found.faults)
    for ts_us in found.ts_us:
        EPOCH + dt.timedelta(microseconds=ts_us)
    if rows:
        assert _values(json.loads(data, object_pairs_hook=_once)) >= rows, "readings that nobody wrote"


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(members)) == len(members), "a reading of an object that names a member twice"
    return dict(members)


def _values(document: Any) -> int:
    """How many members all objects that are called values have."""
    if isinstance(document, list):
        return sum(_values(part) for part in document)
    if not isinstance(document, dict):
        return 0
    own = document.get("values")
    return (len(own) if isinstance(own, dict) else 0) + sum(_values(part) for part in document.values())


def seeds_telemetry() -> Iterator[bytes]:
    """The payloads of the cases that are short enough."""
    payloads = (case / "payload.json" for case in sorted((CASES / "telemetry").iterdir()))
    return (content for content in (path.read_bytes() for path in payloads) if len(content) < 4096)


def examine_instruments(data: bytes) -> None:
    """A table, CSV or XLSX; what is wrong with it is told with its place."""
    table: Any = import_module("ingest.decode.instrument_table")
    found = table.InstrumentTable()
    with _told("table.csv"):
        found = table.read_instrument_table(data, "table.csv")
    assert len({row.instrument.id for row in found.rows}) == len(found.rows)
    for row in found.rows:
        assert isfinite(row.instrument.energy_kwh)
        assert row.instrument.energy_kwh >= 0
        assert all(energy_kwh >= 0 for _, energy_kwh in row.instrument.hours)
    assert all(fault.source.startswith("table.csv:") for fault in found.faults)


def seeds_instruments() -> Iterator[bytes]:
    """Tables, one of them a workbook."""
    yield INSTRUMENTS.encode()
    yield (
        b"\xef\xbb\xbf"
        + INSTRUMENTS.split("\n")[0].upper().encode()
        + b'\r\nENT01,"a,b",certificate,1e3,2026-09,,,,,\r\n'
    )
    book = import_module("openpyxl").Workbook()
    for line in INSTRUMENTS.splitlines():
        book.active.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    yield content.getvalue()


INSTRUMENTS = """enterprise,id,kind,mwh,vintage,period,use_period,cancelled,settlement,serials,hour,kwh
ENT01,GEC-1,certificate,120,2026-09,,,2026-10-05,,A1;A2,,
ENT01,TRADE-1,green_trade,3,,2026-10,,,hourly,,,
,TRADE-1,,,,,,,,,2026-10-05T13:00:00+08:00,12.5
"""


def examine_readings(data: bytes) -> None:
    """A CSV file of readings: the first byte chooses its mapping."""
    table: Any = import_module("ingest.decode.reading_table")
    new_columns: Any = import_module("ingest.decode.columns").Columns
    columns = new_columns()
    mapping = MAPPINGS[data[0] % len(MAPPINGS)] if data else None
    with _told("table.csv"):
        for cell in table.read_reading_table(data[1:], mapping, "table.csv"):
            assert cell.line > 1
            table.take_cell(cell, cell.point, columns)
    for row, (value, flag) in enumerate(zip(columns.values, columns.flags, strict=True)):
        assert isfinite(value) or row in columns.faults
        assert flag in FLAGS or flag == "?"


@contextmanager
def _told(filename: str) -> Iterator[None]:
    """A fault of the whole file names the file."""
    invalid: Any = import_module("schemas.errors").InvalidInput
    try:
        yield
    except invalid as fault:
        if not fault.source.startswith(filename):
            raise AssertionError("a fault without its place") from fault


MAPPINGS: list[dict[str, Any] | None] = [
    None,
    {"timestamp": {"column": "date", "format": "%d/%m/%Y %H:%M", "zone": "+09:00", "midnight": "ends_day"},
     "points": {"Usage_kWh": "E01", "NMHC": "V01"}},
    {"timestamp": {"column": ["day", "time"], "format": "%Y-%m-%d %H:%M:%S", "zone": "Asia/Shanghai"},
     "points": {"a": "E01"}, "missing": ["", "-"], "delimiter": ";"},
]  # fmt: skip


def seeds_readings() -> Iterator[bytes]:
    """Files of each layout."""
    yield b"\0ts,point,value,flag\n2026-10-05T10:00:00+08:00,E01,12.5,N\n1763856000000,ENT01/V01,1e3,T\n,,,\n"
    yield b"\1date,Usage_kWh,NMHC\n05/10/2026 00:00,3.2,\n31/12/9999 00:00,1,2\n"
    yield b"\2day;time;a\n2026-10-05;10:00:00;-\n2026-10-05;10:15:00;1_5\n"
    yield b"\0point,ts,value\r\nE01,2026-10-05T10:00:00,x\r\n"


def examine_tcp(data: bytes) -> None:
    """Chunks of a stream, each begun by its length: every byte is handed on once, in order, in bounded pieces."""
    tcp: Any = import_module("ingest.hj212_tcp")
    hj212: Any = import_module("ingest.decode.hj212")
    buffer, sent, found = bytearray(), b"", []
    while data:
        chunk, data = data[1 : 1 + data[0]], data[1 + data[0] :]
        final = chunk.startswith(b"\n")
        buffer += chunk
        sent += chunk
        found += tcp.cut_frames(buffer, final=final)
        assert len(buffer) <= tcp.FRAME_BYTES + 256
    found += [*tcp.cut_frames(buffer, final=True), bytes(buffer)]
    blank = b"\r\n \t\0"
    assert b"".join(found).translate(None, blank) == sent.translate(None, blank)
    whole = {frame for frame in found if len(hj212.decode(frame).frames) == 1}
    assert len(hj212.decode(sent).frames) <= 1 or whole, "frames in the stream and none in the pieces"


def seeds_tcp() -> Iterator[bytes]:
    """Cases as streams, in chunks of several sizes."""
    for number, case in enumerate(sorted((CASES / "hj212").iterdir())):
        payload, size = (case / "payload.txt").read_bytes(), (7, 60, 255)[number % 3]
        chunks = [payload[at : at + size] for at in range(0, len(payload), size)]
        yield b"".join(bytes([len(chunk)]) + chunk for chunk in chunks)


HJ212_WORDS = (
    *("##0142", "&&", "CP=&&", "MN=A1;", "CN=2011;", "CN=2051;", "PNUM=2;PNO=1;", "PNUM=2;PNO=2;"),
    *("-Rtd=", "-Flag=", "-Avg=", "-RS=", "Flag=N", "Flag=7;", "QN=1;", "DataTime=20260801090000;"),
)
TELEMETRY_WORDS = (
    *('\\"ts\\":', '\\"values\\":{', '\\"data\\":[', '\\"id\\":', '\\"v\\":', '\\"q\\":\\"N\\"', '\\"E01\\":1'),
    *("1763856000000", "2025-11-23T08:00:00+08:00", "NaN", "1e999", "\\\\u0030", "true", "null"),
)
TARGETS = {
    "hj212": Target(
        "ingest.decode.hj212",
        examine_hj212,
        seeds_hj212,
        HJ212_WORDS,
    ),
    "sparkplug": Target(
        "ingest.decode.sparkplug",
        examine_sparkplug,
        seeds_sparkplug,
        ("bdSeq", "Quality", "Node Control/", "V01"),
    ),
    "telemetry": Target("ingest.decode.telemetry", examine_telemetry, seeds_telemetry, TELEMETRY_WORDS),
    "instruments": Target(
        "ingest.decode.instrument_table",
        examine_instruments,
        seeds_instruments,
        ("certificate", "green_trade", ",,,,", "2026-10"),
    ),
    "readings": Target(
        "ingest.decode.reading_table",
        examine_readings,
        seeds_readings,
        ("ts", "point", "value", "flag", "+08:00", "ENT01/"),
    ),
    "status": Target("ingest.decode.status", examine_status, seeds_status, STATUS_WORDS),
    "packets": Target("ingest.packets", examine_packets, seeds_packets, PACKET_WORDS),
    "tcp": Target("ingest.hj212_tcp", examine_tcp, seeds_tcp, HJ212_WORDS),
}


def main(arguments: list[str]) -> None:
    """Fuzz the decoder that the first argument names; the rest is libFuzzer's. Does not return."""
    name, *options = arguments
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["ingest", "schemas"]):
        import_module(TARGETS[name].module)
    atheris.Setup([sys.argv[0], *options], TARGETS[name].examine)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
