"""Telemetry JSON, case by case: a folder holds ``payload.json`` and ``expected.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode.telemetry import PAYLOAD_LIMIT, decode_telemetry
from schemas.reasons import Reason
from storage.readings import instant

CASES = sorted((Path(__file__).parents[1] / "cases" / "telemetry").iterdir())

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["ts", "values", "data", "id", "v", "q", "E01"]), inner, max_size=4)
    ),
    max_leaves=24,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    expected: dict[str, Any] = yaml.safe_load((case / "expected.yaml").read_text(encoding="utf-8"))
    found = decode_telemetry((case / "payload.json").read_bytes())
    rows = zip(found.points, found.ts_us, found.values, found.flags, strict=True)
    readings = [[p, instant(t).isoformat(), v, f] for p, t, v, f in rows if v == v and f != "?"]
    assert found.message_id == expected.get("id")
    assert readings == expected.get("readings", [])
    assert [p for p, v in zip(found.points, found.values, strict=True) if v != v] == expected.get("not_a_number", [])
    flags = zip(found.points, found.values, found.flags, strict=True)
    assert [p for p, v, f in flags if f == "?" and v == v] == expected.get("unknown_flag", [])
    assert [[r.reason.value, r.point] for r in found.refusals] == expected.get("refused", [])


def test_a_payload_over_the_limit_is_not_even_parsed() -> None:
    found = decode_telemetry(b" " * (PAYLOAD_LIMIT + 1))
    assert [r.reason for r in found.refusals] == [Reason.PAYLOAD_TOO_LARGE]


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_decoder(payload: bytes) -> None:
    found = decode_telemetry(payload)
    assert len(found.points) == len(found.values) == len(found.ts_us) == len(found.flags)


@given(json_values)
def test_every_document_is_answered_and_every_fault_has_a_place(document: Any) -> None:
    found = decode_telemetry(msgspec.json.encode(document))
    assert all(0 <= place < len(found.points) for place in found.faults)
    assert all(found.values[i] == found.values[i] or i in found.faults for i in range(len(found.points)))
