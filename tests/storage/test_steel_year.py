"""A real year of a steel plant, as interval amounts and as a register that wraps: the sum is the file's."""

from __future__ import annotations

import csv
import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ingest.imports import run_queued_imports
from parkwatch.jobs.compute_accounts import compute
from parkwatch.jobs.drain_hours import drain
from parkwatch.seed import seed_shipped
from schemas.csv_mapping import parse_mapping
from storage.connect import Connection
from storage.imports import add_import, find_import
from storage.registry import apply_registry

ZONE = ZoneInfo("Asia/Seoul")
MAPPINGS = Path(__file__).parents[2] / "ingest" / "mappings"
STEEL = Path(os.environ.get("PARKWATCH_REAL_DATA", "../shared/data")) / "uci_steel_energy.csv"
YEAR_KWH = Decimal("959636.71")
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
REGISTER = """
parks: [{code: STEEL, name: 示例钢铁园区}]
enterprises:
  - code: STEEL01
    park: STEEL
    points:
      - {code: E01, kind: counter, unit: kWh, role: grid_import, interval: 15min,
         epochs: [{from: 2018-01-01T00:00:00+09:00, width: 1000000, first: 900000.00}]}
"""

pytestmark = pytest.mark.skipif(
    not STEEL.exists(), reason=f"{STEEL} is not there: set PARKWATCH_REAL_DATA to the folder that has it"
)


def amounts() -> list[Decimal]:
    with STEEL.open(encoding="utf-8-sig", newline="") as file:
        return [Decimal(row["Usage_kWh"]) for row in csv.DictReader(file)]


def as_register() -> bytes:
    """The year as the readings of a six-digit register that starts at 900000.00."""
    stamp = dt.datetime(2018, 1, 1, tzinfo=ZONE)
    register, lines = Decimal("900000.00"), ["ts,point,value", f"{stamp.isoformat()},E01,900000.00"]
    for amount in amounts():
        stamp += dt.timedelta(minutes=15)
        register = (register + amount) % 1_000_000
        lines.append(f"{stamp.isoformat()},E01,{register}")
    return "\n".join(lines).encode()


def bring_in(connection: Connection, registry: str, content: bytes, mapping: object = None) -> None:
    """Through the import queue, the hours and the accounts, as the service does it."""
    seed_shipped(connection)
    apply_registry(connection, registry)
    number = add_import(connection, "readings", "STEEL01", "year.csv", mapping, content)
    assert run_queued_imports(connection, ZONE, None) == 1
    done = find_import(connection, number)
    assert done
    assert (done["state"], done["result"]["rejected"]) == ("done", 0)
    while drain(connection, NOW, timezone=ZONE):
        pass
    compute(connection, NOW, ZONE.key)


def year_of_hours(connection: Connection) -> tuple[int, float, int]:
    row = connection.execute(
        "SELECT count(delta), sum(delta), count(*) FILTER (WHERE valid) FROM hourly_facts"
    ).fetchone()
    assert row is not None
    return row


def year_of_accounts(connection: Connection) -> tuple[float, float]:
    row = connection.execute(
        "SELECT consumption_kwh, coverage FROM green_power WHERE scope = 'enterprise:STEEL01' AND grain = 'year' "
        "AND starts_at = '2017-12-31T15:00Z' AND rule LIKE 'wuhai-plan@%'"
    ).fetchone()
    assert row is not None
    return row


def test_as_intervals(connection: Connection) -> None:
    assert sum(amounts()) == YEAR_KWH
    source = MAPPINGS / "uci_steel_energy.yaml"
    mapping = msgspec.to_builtins(parse_mapping(source.read_text(encoding="utf-8"), source.name))
    registry = (MAPPINGS / "uci_steel_energy.registry.yaml").read_text(encoding="utf-8")
    bring_in(connection, registry, STEEL.read_bytes(), mapping)
    hours, energy_kwh, valid = year_of_hours(connection)
    assert (hours, valid) == (8760, 8760)
    assert energy_kwh == pytest.approx(float(YEAR_KWH), abs=1e-6)
    assert year_of_accounts(connection) == pytest.approx((float(YEAR_KWH), 1), abs=1e-6)


def test_as_a_register_that_wraps(connection: Connection) -> None:
    bring_in(connection, REGISTER, as_register())
    hours, energy_kwh, valid = year_of_hours(connection)
    assert (hours, valid) == (8760, 8760)
    assert round(Decimal(energy_kwh), 2) == YEAR_KWH
    assert round(Decimal(year_of_accounts(connection)[0]), 2) == YEAR_KWH
    steps = connection.execute("SELECT kind, rule, in_hours FROM meter_steps").fetchall()
    assert steps == [("wrap", "width_and_rate", True)]
