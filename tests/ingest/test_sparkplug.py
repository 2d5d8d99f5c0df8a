"""Sparkplug B: every case folder, and what must hold for every message."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode.sparkplug import EdgeNode, decode, read_topic, rebirth_request
from ingest.decode.sparkplug.edge_node import MAX_METRICS
from ingest.decode.sparkplug.payload import new_payload, parse
from schemas.flags import Flag
from schemas.reasons import Reason
from schemas.sparkplug import SparkplugDecoded, SparkplugTopic, SparkplugValue

CASES = Path(__file__).parent.parent / "cases" / "sparkplug"
NOW_US = 1_785_546_000_000_000
DATA = SparkplugTopic("ENT01", "NDATA", "edge7")


def encode(written: dict[str, Any]) -> bytes:
    """A payload as a case writes it; texts become bytes, ``quality`` a property."""
    payload = new_payload()
    for name in payload_fields(written, "metrics"):
        setattr(payload, name, as_field(written[name]))
    for metric in written.get("metrics", []):
        added: Any = payload.metrics.add()
        for name in payload_fields(metric, "quality"):
            setattr(added, name, as_field(metric[name]))
        if "quality" in metric:
            added.properties.keys.append(b"Quality")
            added.properties.values.add(int_value=metric["quality"])
    return payload.SerializeToString()


def payload_fields(written: dict[str, Any], other: str) -> list[str]:
    return [name for name in written if name != other]


def as_field(value: object) -> object:
    return value.encode() if isinstance(value, str) else value


def as_expected(value: SparkplugValue) -> dict[str, object]:
    return {
        "device": value.device,
        "metric": value.metric,
        "at": value.ts_us,
        "value": value.value,
        "flag": value.flag,
        "historical": value.historical,
    }


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path) -> None:
    node = EdgeNode()
    for number, message in enumerate(yaml.safe_load((case / "case.yaml").read_text())["messages"]):
        topic = read_topic(message["topic"])
        assert topic is not None
        data = bytes.fromhex(message["hex"]) if "hex" in message else encode(message["payload"])
        decoded = decode(topic, data, node, NOW_US + number * 1000)
        expected = message["expect"]
        assert [as_expected(value) for value in decoded.values] == [
            {"device": "", "flag": "N", "historical": False}
            | value
            | {"at": round(datetime.fromisoformat(value["at"]).timestamp() * 1_000_000)}
            for value in expected.get("values", [])
        ]
        found = decoded.refusals + [value.fault for value in decoded.faulty if value.fault]
        refused = [{"reason": refusal.reason.value, "point": refusal.point} for refusal in found]
        assert refused == expected.get("refused", [])
        assert {note.value: count for note, count in decoded.notes.items() if count} == expected.get("notes", {})
        assert (decoded.rebirth, decoded.stale) == (expected.get("rebirth", False), expected.get("stale", []))


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("spBv1.0/ENT01/NDATA/edge7", DATA),
        ("spBv1.0/ENT01/DDATA/edge7/stack1", SparkplugTopic("ENT01", "DDATA", "edge7", "stack1")),
        ("spBv1.0/ENT01/DDATA/edge7", None),
        ("spBv1.0/ENT01/NDATA/edge7/stack1", None),
        ("spBv1.0/STATE/host", None),
        ("spBv1.0//NDATA/edge7", None),
        ("pw/v1/ENT01/gw1/telemetry", None),
    ],
)
def test_topics(topic: str, expected: SparkplugTopic | None) -> None:
    assert read_topic(topic) == expected


def test_the_rebirth_request_is_the_command_of_the_specification() -> None:
    topic, data = rebirth_request(DATA, NOW_US)
    assert topic == "spBv1.0/ENT01/NCMD/edge7"
    (metric,) = parse(data).metrics
    assert (metric.name, metric.datatype, metric.boolean_value) == (b"Node Control/Rebirth", 11, True)


def test_a_rebirth_is_asked_for_again_after_half_a_minute() -> None:
    node = EdgeNode()
    asked = [decode(DATA, encode({"seq": 5}), node, NOW_US + second * 1_000_000).rebirth for second in (0, 29, 30)]
    assert asked == [True, False, True]


def test_what_an_edge_node_may_have_remembered_is_bounded() -> None:
    node = EdgeNode()
    payload = new_payload()
    for _ in range(MAX_METRICS + 1):
        payload.metrics.add().name = b"x"
    decoded = decode(SparkplugTopic("ENT01", "NBIRTH", "edge7"), payload.SerializeToString(), node, NOW_US)
    assert [refusal.reason for refusal in decoded.refusals] == [Reason.MALFORMED_PAYLOAD]
    assert not node.alive


def check(decoded: SparkplugDecoded) -> None:
    for value in decoded.values:
        assert value.flag in set(Flag)
        assert abs(value.value) < float("inf")
        assert value.metric


TYPES = st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"])


@given(st.lists(st.tuples(TYPES, st.binary(max_size=200)), max_size=5))
def test_any_bytes(messages: list[tuple[str, bytes]]) -> None:
    node = EdgeNode()
    for kind, data in messages:
        check(decode(SparkplugTopic("ENT01", kind, "edge7", "d" if kind[0] == "D" else ""), data, node, NOW_US))


NUMBERS = st.integers(0, 2**64 - 1)
METRICS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["E01", "bdSeq", "", "清"]),
        "alias": st.integers(0, 3),
        "timestamp": st.one_of(NUMBERS, st.just(NOW_US // 1000)),
        "datatype": st.integers(0, 35),
        "is_historical": st.booleans(),
        "is_null": st.booleans(),
        "int_value": st.integers(0, 2**32 - 1),
        "long_value": NUMBERS,
        "double_value": st.floats(),
        "boolean_value": st.booleans(),
        "quality": st.sampled_from([0, 192, 500, 9]),
    },
)


@given(st.lists(st.tuples(TYPES, st.lists(METRICS, max_size=4), st.integers(0, 300)), max_size=6))
def test_any_messages(messages: list[tuple[str, list[dict[str, Any]], int]]) -> None:
    node = EdgeNode()
    for kind, metrics, seq in messages:
        topic = SparkplugTopic("ENT01", kind, "edge7", "d" if kind[0] == "D" else "")
        check(decode(topic, encode({"seq": seq, "metrics": metrics}), node, NOW_US))
    assert not node.births or node.alive
