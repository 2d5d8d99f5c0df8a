"""Tables of readings that cannot break their reader: what is wrong is told with its line, the rest is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode.columns import Columns
from ingest.decode.reading_table import read_reading_table, take_cell
from schemas.errors import InvalidInput

WIDE = {
    "timestamp": {"column": "date", "format": "%d/%m/%Y %H:%M", "zone": "+09:00", "midnight": "ends_day"},
    "points": {"a": "E01"},
}


def read(content: bytes, mapping: Any = None) -> Columns:
    columns = Columns()
    for cell in read_reading_table(content, mapping, "table.csv"):
        take_cell(cell, cell.point, columns)
    return columns


@pytest.mark.parametrize(
    ("content", "mapping", "complaint"),
    [
        (b"date,a\n31/12/9999 00:00,1\n", WIDE, "table.csv:2: date"),
        (b"date,a,a\n31/12/2025 00:00,1,2\n", WIDE, "table.csv:1: a: two columns"),
        (b"ts,point,value,value\n", None, "table.csv:1: value: two columns"),
        (b"ts,point,value\n1,E01,%s\n" % (b"1" * 140_000), None, "table.csv:1: not CSV: field larger"),
        (b"\xff\xfe", None, "table.csv: not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(content: bytes, mapping: Any, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        read(content, mapping)


def test_cells_that_look_like_numbers() -> None:
    found = read("ts,point,value\n²,A,1\n1763856000000,B,1_5\n1763856000000,C,1e999\n1763856000000,D, 2 \n".encode())
    assert [(r.reason.value, r.point) for r in found.refusals] == [("bad_timestamp", "A")]
    assert [found.points[row] for row in found.faults] == ["B", "C"]
    assert (found.points[2], found.values[2]) == ("D", 2.0)


@given(st.text(max_size=200), st.booleans())
def test_no_text_breaks_the_reader(text: str, wide: bool) -> None:
    header = "date,a\n" if wide else "ts,point,value,flag\n"
    try:
        found = read((header + text).encode("utf-8", "replace"), WIDE if wide else None)
    except InvalidInput as error:
        assert error.source.startswith("table.csv")  # noqa: PT017  either outcome is good
    else:
        assert len(found.points) == len(found.values) == len(found.ts_us) == len(found.flags)
