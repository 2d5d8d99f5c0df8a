"""A table becomes messages: the public air-quality data, and what is said about a file that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from schemas.errors import InvalidInput
from schemas.registry import parse_registry
from simulators.replay import read_table, table_messages

MAPPINGS = Path("simulators/mappings")
REAL_DATA = Path(os.environ.get("PARKWATCH_REAL_DATA", "../shared/data"))

MAPPING = """
timestamp: {column: [Date, Time], format: "%Y-%m-%d %H:%M:%S", zone: "+01:00"}
points: {A: P1, B: P2}
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.yaml"
    file.write_text(MAPPING, encoding="utf-8")
    return file


def table(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_air_quality_table() -> None:
    file = REAL_DATA / "uci_air_quality.csv"
    if not file.exists():
        pytest.skip(f"{file} is absent: set PARKWATCH_REAL_DATA to the folder that holds uci_air_quality.csv")
    air = read_table(file, MAPPINGS / "uci_air_quality.yaml")
    assert air.readings_by_point == {"CO": 9357, "NMHC": 9357, "BENZENE": 9357}
    registry = parse_registry((MAPPINGS / "uci_air_quality.registry.yaml").read_text(encoding="utf-8"))
    ranges = {point.code: point.range or (None, None) for point in registry.enterprises[0].points}
    within: dict[str, int] = dict.fromkeys(ranges, 0)
    sent = list(table_messages(air, "x"))
    for message in sent:
        for entry in orjson.loads(message.payload)["data"]:
            for code, value in entry["values"].items():
                low, high = ranges[code]
                within[code] += bool((low or 0) <= value <= (high or 0))
    assert sum(message.readings for message in sent) == 3 * 9357
    assert within == {"CO": 7674, "NMHC": 914, "BENZENE": 8991}


def test_stamps_take_the_declared_offset_and_empty_cells_are_no_readings(tmp_path: Path, mapping: Path) -> None:
    file = table(tmp_path, "\ufeffDate,Time,A,B\n2026-01-01,0:00:00,1.5,\n\n2026-01-01,1:00:00,2,-200\n,,,\n"[:-5])
    (message,) = table_messages(read_table(file, mapping), "x")
    assert orjson.loads(message.payload)["data"] == [
        {"ts": 1767222000000, "values": {"P1": 1.5}},
        {"ts": 1767225600000, "values": {"P1": 2.0, "P2": -200.0}},
    ]
    assert message.readings == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,Time,A\n", r"table\.csv:1: B: the table has no such column"),
        ("Date,Time,A,B\n2026-01-01,0:00:00,1,2\n2026-13-01,0:00:00,1,2\n", r"table\.csv:3: Date\+Time: .*2026-13-01"),
        ("Date,Time,A,B\n2026-01-01,0:00:00,1,n/a\n", r"table\.csv:2: P2: 'n/a' is not a number"),
    ],
)
def test_an_error_names_file_line_and_field(tmp_path: Path, mapping: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        list(table_messages(read_table(table(tmp_path, text), mapping), "x"))


def test_a_file_that_is_not_there(tmp_path: Path, mapping: Path) -> None:
    with pytest.raises(InvalidInput, match=r"absent\.csv: cannot be read"):
        read_table(tmp_path / "absent.csv", mapping)
