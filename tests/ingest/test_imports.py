"""Files through the import queue: the real steel year, and files with every fault."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ingest.imports import run_queued_imports
from schemas.csv_mapping import parse_mapping
from storage.connect import Connection
from storage.imports import add_import, find_import
from storage.registry import apply_registry

ZONE = ZoneInfo("Asia/Shanghai")
MAPPINGS = Path(__file__).parents[2] / "ingest" / "mappings"
STEEL = Path(os.environ.get("PARKWATCH_REAL_DATA", "../shared/data")) / "uci_steel_energy.csv"

REGISTRY = """
parks: [{code: P, name: P}]
enterprises:
  - {code: A, park: P, points: [{code: E01, kind: gauge, unit: kW, role: device, range: [0, 100]}]}
  - {code: B, park: P, points: [{code: E01, kind: gauge, unit: kW, role: device}]}
"""


def run(connection: Connection, content: bytes, enterprise: str | None, mapping: Any = None) -> dict[str, Any]:
    number = add_import(connection, "readings", enterprise, "table.csv", mapping, content)
    assert run_queued_imports(connection, ZONE, None) == 1
    found = find_import(connection, number)
    assert found
    return {"state": found["state"], **found["result"]}


@pytest.mark.skipif(
    not STEEL.exists(), reason=f"{STEEL} is not there: set PARKWATCH_REAL_DATA to the folder that has it"
)
def test_the_steel_year_is_stored_once(connection: Connection) -> None:
    apply_registry(connection, (MAPPINGS / "uci_steel_energy.registry.yaml").read_text(encoding="utf-8"))
    source = MAPPINGS / "uci_steel_energy.yaml"
    mapping = msgspec.to_builtins(parse_mapping(source.read_text(encoding="utf-8"), source.name))
    first = run(connection, STEEL.read_bytes(), "STEEL01", mapping)
    assert (first["state"], first["received"], first["stored"], first["rejected"]) == ("done", 35_040, 35_040, 0)
    second = run(connection, STEEL.read_bytes(), "STEEL01", mapping)
    assert (second["stored"], second["duplicate"]) == (0, 35_040)
    span = connection.execute("SELECT min(ts), max(ts), sum(value) FROM readings").fetchone()
    korea = dt.timezone(dt.timedelta(hours=9))
    assert span
    assert span[0] == dt.datetime(2018, 1, 1, 0, 15, tzinfo=korea)
    assert span[1] == dt.datetime(2019, 1, 1, tzinfo=korea)
    assert span[2] == pytest.approx(959_636.71, abs=1e-6)


def test_each_fault_is_named_with_its_line_and_the_rest_is_stored(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    table = (
        "ts,point,value,flag\n"
        "2026-10-01T00:00:00+08:00,A/E01,5,N\n"
        "1790784060000,A/E01,6,\n"
        "2026-10-01T00:02:00,A/E01,5,N\n"
        "2026-10-01T00:03:00+08:00,A/E99,5,N\n"
        "2026-10-01T00:04:00+08:00,C/E01,5,N\n"
        "2026-10-01T00:05:00+08:00,A/E01,much,N\n"
        "2026-10-01T00:06:00+08:00,A/E01,500,N\n"
        "2026-10-01T00:07:00+08:00,A/E01,5,Z\n"
        "2026-10-01T00:08:00+08:00,B/E01,7,C\n"
    )
    result = run(connection, table.encode(), None)
    assert (result["state"], result["received"], result["stored"]) == ("done", 9, 3)
    assert result["reasons"] == {
        "bad_timestamp": 1,
        "unknown_point": 1,
        "wrong_enterprise": 1,
        "not_a_number": 1,
        "out_of_range": 1,
        "unknown_flag": 1,
    }
    assert any("line 4" in r["detail"] for r in result["first_rejected"])


def test_an_enterprise_cannot_import_for_another(connection: Connection) -> None:
    apply_registry(connection, REGISTRY)
    table = "ts,point,value\n2026-10-01T00:00:00+08:00,B/E01,5\n2026-10-01T00:00:00+08:00,A/E01,5\n"
    result = run(connection, table.encode(), "A")
    assert (result["stored"], result["rejected"]) == (1, 1)
    assert connection.execute(
        "SELECT count(*) FROM points p JOIN readings r ON r.point_id = p.id "
        "JOIN enterprises e ON e.id = p.enterprise_id WHERE e.code = 'B'"
    ).fetchone() == (0,)


def test_a_table_without_its_columns_fails_with_their_names(connection: Connection) -> None:
    result = run(connection, b"time,value\n1,2\n", "A")
    assert result["state"] == "failed"
    assert "table.csv:1: ts" in result["error"]
