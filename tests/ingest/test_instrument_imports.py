"""Tables of instruments through the import queue: all rows, or none and the reason with file, line and field."""

from __future__ import annotations

import io
import threading
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from ingest.imports import run_queued_imports
from storage.connect import Connection, open_connection
from storage.imports import add_import, find_import

ZONE = ZoneInfo("Asia/Shanghai")
HEADER = "enterprise,id,kind,mwh,vintage,period,cancelled,settlement,serials,hour,kwh\n"
GOOD = (
    "ENT01,GEC-1,certificate,120,2026-09,,2026-10-05,,,,\n"
    "ENT01,T-1,green_trade,0.23,,2026-10,,hourly,S-1;S-2,,\n"
    ",T-1,,,,,,,,2026-10-05T01:00:00+08:00,150\n"
    ",T-1,,,,,,,,2026-10-05T02:00:00+08:00,80\n"
    "ENT02,GEC-2,certificate_sold,1.5,2026-10,,,,,,\n"
)


@pytest.fixture
def park(connection: Connection) -> Connection:
    """Two enterprises; ENT02 generated 2 MWh in October."""
    connection.execute("INSERT INTO parks (code, name) VALUES ('P', 'P')")
    connection.execute(
        "INSERT INTO enterprises (code, name, park_id) SELECT c, c, 1 FROM unnest(ARRAY['ENT01', 'ENT02']) c ORDER BY c"
    )
    connection.execute(
        "INSERT INTO energy_balances (enterprise_id, grain, starts_at, terms, activities) "
        "VALUES (2, 'month', '2026-09-30T16:00Z', '{\"renewable\": 2000}', '{}')"
    )
    return connection


def run(connection: Connection, content: bytes, filename: str = "green.csv") -> dict[str, Any]:
    number = add_import(connection, "instruments", None, filename, None, content)
    assert run_queued_imports(connection, ZONE, None) == 1
    found = find_import(connection, number)
    assert found
    return {"state": found["state"], **found["result"]}


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT i.id, e.code, i.energy_kwh::float8, i.source FROM instruments i "
        "JOIN enterprises e ON e.id = i.enterprise_id ORDER BY 1"
    ).fetchall()


EXPECTED = [
    ("GEC-1", "ENT01", 120_000.0, "import"),
    ("GEC-2", "ENT02", 1_500.0, "import"),
    ("T-1", "ENT01", 230.0, "import"),
]


def test_csv_twice(park: Connection) -> None:
    first = run(park, ("\ufeff" + HEADER + GOOD).encode())
    assert (first["state"], first["stored"], first["duplicate"]) == ("done", 3, 0)
    assert stored(park) == EXPECTED
    assert park.execute("SELECT serial FROM instrument_serials ORDER BY 1").fetchall() == [
        ("GEC-1",), ("GEC-2",), ("S-1",), ("S-2",),
    ]  # fmt: skip
    assert park.execute("SELECT sum(energy_kwh) FROM instrument_hours").fetchone() == (230,)
    assert park.execute("SELECT count(*) > 0 FROM dirty_days").fetchone() == (True,)
    second = run(park, (HEADER + GOOD).encode())
    assert (second["state"], second["stored"], second["duplicate"]) == ("done", 0, 3)


def test_xlsx(park: Connection) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (HEADER + GOOD).splitlines():
        cells = line.split(",")
        sheet.append([float(c) if c.replace(".", "").isdigit() else c or None for c in cells])
    buffer = io.BytesIO()
    book.save(buffer)
    result = run(park, buffer.getvalue(), "green.xlsx")
    assert (result["state"], result["stored"]) == ("done", 3)
    assert stored(park) == EXPECTED


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("ENT09,X,certificate,1,2026-09,,2026-10-05,,,,", "enterprise", "ENT09"),
        ("ENT01,X,certifcate,1,2026-09,,2026-10-05,,,,", "kind", "must be one of certificate"),
        ("ENT01,X,certificate,-1,2026-09,,2026-10-05,,,,", "mwh", "not an amount above 0"),
        ("ENT01,X,certificate,NaN,2026-09,,2026-10-05,,,,", "mwh", "not an amount above 0"),
        ("ENT01,X,certificate,inf,2026-09,,2026-10-05,,,,", "mwh", "not an amount above 0"),
        ("ENT01,X,certificate,much,2026-09,,2026-10-05,,,,", "mwh", "expected a number"),
        ("ENT01,X,certificate,,2026-09,,2026-10-05,,,,", "mwh", "is empty"),
        ("ENT01,X,certificate,1,2026-13,,2026-10-05,,,,", "vintage", "2026-13"),
        ("ENT01,X,certificate,1,2026-09,,05.10.2026,,,,", "cancelled", "no day"),
        ("ENT01,X,green_trade,1,,,,,,,", "period", "needs the month"),
        ("ENT01,X,green_trade,1,,2026-10,,hourly,,,", "hours", "how it spreads"),
        ("ENT01,X,green_trade,1,,2026-10,,weekly,,,", "settlement", "weekly"),
        (",T-1,,,,,,,,2026-10-05T01:30:00+08:00,1", "hour", "full hour"),
        (",T-1,,,,,,,,2026-10-05T03:00:00+08:00,NaN", "kwh", "0 or more"),
        (",T-1,,,,,,,,2026-10-05T03:00:00+08:00,1", "hours", "more than its"),
        (",T-9,,,,,,,,2026-10-05T03:00:00+08:00,1", "id", "no trade of a line above"),
        ("ENT02,GEC-1,certificate,1,2026-09,,2026-10-05,,,,", "id", "listed already in line 2"),
        ("ENT02,X,certificate,1,2026-09,,2026-10-05,,GEC-1,,", "id", "GEC-1 is used by ENT01"),
        ("ENT02,X,certificate_sold,0.6,2026-10,,,,,,", "mwh", "0.6 MWh sold are beyond metered generation"),
        ("ENT01,X,certificate_sold,0.001,2026-10,,,,,,", "mwh", "ENT01 generated 0 MWh"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_changes(park: Connection, row: str, field: str, words: str) -> None:
    result = run(park, (HEADER + GOOD + row + "\n").encode())
    assert (result["state"], result["stored"]) == ("failed", 0)
    (error,) = result["errors"]
    line = 3 if field == "hours" and row.startswith(",") else 7
    assert (error["source"], error["field"]) == (f"green.csv:{line}", field)
    assert words in error["reason"]
    assert result["error"] == f"green.csv:{line}: {field}: {error['reason']}"
    for table in ("instruments", "instrument_serials", "instrument_hours", "dirty_days"):
        assert park.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608


def test_every_fault_is_named(park: Connection) -> None:
    result = run(park, (HEADER + "ENT01,,certificate,1,,,,,,,\n" + GOOD + "ENT01,X,certificate,0,,,,,,,\n").encode())
    assert [error["source"] for error in result["errors"]] == ["green.csv:2", "green.csv:8"]
    assert stored(park) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"id,mwh\n", "green.csv:1: enterprise"), (b"PK\x03\x04nonsense", "not a workbook"), (b"\xff\xfe", "not UTF-8"),
     (HEADER.replace("hour", "hourly").encode(), "green.csv:1: hourly")],
)  # fmt: skip
def test_no_table(park: Connection, content: bytes, words: str) -> None:
    result = run(park, content)
    assert result["state"] == "failed"
    assert words in result["error"]


def test_generation_is_sold_once_however_many_sell_at_once(park: Connection, database_url: str) -> None:
    tables = [f"{HEADER}ENT02,S-{n},certificate_sold,0.5,2026-10,,,,,,\n".encode() for n in range(8)]
    numbers = [add_import(park, "instruments", None, f"{n}.csv", None, table) for n, table in enumerate(tables)]
    start = threading.Barrier(4)

    def work() -> None:
        with closing(open_connection(database_url)) as own:
            start.wait()
            run_queued_imports(own, ZONE, None)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [(find_import(park, number) or {})["state"] for number in numbers]
    assert sorted(states) == ["done"] * 4 + ["failed"] * 4
    assert park.execute("SELECT sum(energy_kwh) FROM instruments").fetchone() == (2000,)
