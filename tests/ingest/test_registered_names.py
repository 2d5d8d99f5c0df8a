"""What the registry calls a point in a language: told apart, refused where it is ambiguous."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from ingest.assemble import Message, assemble
from ingest.directory import read_directory
from schemas.errors import InvalidInput
from schemas.registry import parse_registry
from storage.connect import Connection
from storage.registry import apply_registry

NOW = dt.datetime(2025, 11, 23, 0, 5, tzinfo=dt.UTC)
TS = 1763856000000

DEVICES = """
parks: [{code: HBW, name: 示例园区}]
enterprises:
  - code: ENT01
    park: HBW
    points:
      - {code: E01, kind: counter, unit: kWh, role: grid_import}
      - {code: T01, kind: gauge, unit: degC, role: plant, telemetry: Device A/temperature}
      - {code: T02, kind: gauge, unit: degC, role: plant, telemetry: hall/2/temperature}
      - {code: H01, kind: gauge, unit: "%", role: plant, telemetry: Device A/H01}
"""


def found(connection: Connection, document: object) -> tuple[list[str], list[tuple[str | None, str]]]:
    """Codes of the points that a payload's readings belong to, and what is refused."""
    payload = json.dumps(document).encode()
    message = Message("ENT01", "gw1", "pw/v1/ENT01/gw1/telemetry", "telemetry", payload)
    batch = assemble([message], read_directory(connection, None), NOW)
    codes: dict[int, str] = dict(connection.execute("SELECT id, code FROM points").fetchall())
    refused = [(refusal.point, refusal.reason.value) for refusal in batch.deliveries[0].refusals]
    return [codes[key] for key in batch.block.point_id.tolist()], refused


def entry(**values: float) -> list[dict[str, object]]:
    return [{"ts": TS, "values": values}]


def test_a_devices_key_is_the_point_registered_for_it_else_the_code(connection: Connection) -> None:
    apply_registry(connection, DEVICES)
    assert found(connection, {"Device A": entry(temperature=1), "hall/2": entry(temperature=2)}) == (["T01", "T02"], [])
    assert found(connection, {"Device B": entry(E01=1)}) == (["E01"], [])
    assert found(connection, {"Device A": entry(H01=1)}) == (["H01"], [])


def test_a_key_that_may_be_anothers_is_nobodys(connection: Connection) -> None:
    apply_registry(connection, DEVICES)
    assert found(connection, {"Device B": entry(temperature=1)}) == ([], [("Device B/temperature", "unknown_point")])
    assert found(connection, {"Device B": entry(H01=1)}) == ([], [("Device B/H01", "unknown_point")])  # it is A's
    both = {"Device B": entry(E01=1), "Device C": entry(E01=2)}
    assert found(connection, both) == ([], [("Device B/E01", "unknown_point"), ("Device C/E01", "unknown_point")])
    assert found(connection, {"data": entry(H01=1)}) == (["H01"], [])  # without devices a key is a code


@pytest.mark.parametrize(
    ("points", "complaint"),
    [
        (
            ["sparkplug: press/power", "sparkplug: press/power"],
            r"park.yaml:7: enterprises\[0\].points\[1\].sparkplug: 'press/power' is the point P0 already",
        ),
        (["telemetry: A/x", "telemetry: A/x"], r"points\[1\].telemetry: 'A/x' is the point P0 already"),
        (["telemetry: temperature"], r"points\[0\].telemetry: expected DEVICE/KEY"),
        (["attributes: {telemetry: A/x}"], r"points\[0\].attributes.telemetry"),
        (
            ["hj212: {mn: A1, code: a24088}", "hj212: {mn: A1, code: a24088}"],
            r"points\[1\].hj212.code: 'a24088 of MN A1' is the point P0 already",
        ),
        (["hj212: {mn: A1, code: a24088, unit: ug/m3}"], r"points\[0\].hj212.unit: the logger sends ug/m3"),
    ],
)
def test_a_name_in_a_language_means_one_point(points: list[str], complaint: str) -> None:
    lines = [
        "parks: [{code: HBW}]",
        "enterprises:",
        "  - code: ENT01",
        "    park: HBW",
        "    points:",
        *(f"      - {{code: P{i}, kind: gauge, unit: mg/m3, role: plant, {told}}}" for i, told in enumerate(points)),
    ]
    with pytest.raises(InvalidInput, match=complaint):
        parse_registry("\n".join(lines), "park.yaml")


def test_a_unit_may_be_spelt_otherwise_and_two_enterprises_may_use_one_name() -> None:
    names = "sparkplug: a/b, hj212: {mn: %s, code: x, unit: mg/m3}"
    point = f"points: [{{code: P, kind: gauge, unit: mg/m³, role: plant, {names}}}]"
    enterprises = "".join(f"\n  - {{code: {code}, park: HBW, {point % code}}}" for code in ("ENT01", "ENT02"))
    assert len(parse_registry(f"parks: [{{code: HBW}}]\nenterprises:{enterprises}").enterprises) == 2
