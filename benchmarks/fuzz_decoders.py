"""What is fuzzed: ``python -m benchmarks.fuzz_decoders NAME CORPUS [libFuzzer options]`` (see ``fuzz``)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent.parent / "tests" / "cases"
FLAGS = frozenset("NFMSDCTB")
NOW_US = 1_785_546_000_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder to fuzz: the function that examines one input, inputs to start from, words of its language."""

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


HJ212_WORDS = (
    *("##0142", "&&", "CP=&&", "MN=A1;", "CN=2011;", "CN=2051;", "PNUM=2;PNO=1;", "PNUM=2;PNO=2;"),
    *("-Rtd=", "-Flag=", "-Avg=", "-RS=", "Flag=N", "Flag=7;", "QN=1;", "DataTime=20260801090000;"),
)
TARGETS = {
    "hj212": Target(
        examine_hj212,
        seeds_hj212,
        HJ212_WORDS,
    ),
    "sparkplug": Target(examine_sparkplug, seeds_sparkplug, ("bdSeq", "Quality", "Node Control/", "V01")),
}


def main(arguments: list[str]) -> None:
    """Fuzz the decoder that the first argument names; the rest is libFuzzer's. Does not return."""
    name, *options = arguments
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["ingest.decode"]):
        import_module(f"ingest.decode.{name}")
    atheris.Setup([sys.argv[0], *options], TARGETS[name].examine)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
