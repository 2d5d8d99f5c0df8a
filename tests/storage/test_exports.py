"""Parquet of any range: what is in the table, all of it, and only what the role may see."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.errors import NotFound
from storage.access import SEES_ALL, acting_as_all, ensure_enterprise_role
from storage.connect import Connection
from storage.exports import Selection, export_hours, export_readings
from tests.api.park import PARK, T0, point_id, put_readings

DAY = dt.timedelta(days=1)


@pytest.fixture
def park(connection: Connection) -> Connection:
    connection.execute(PARK)
    put_readings(connection, "ENT01/V01", T0, [float(i) for i in range(3000)])
    put_readings(connection, "ENT02/V01", T0, [7.0] * 10)
    return connection


def test_readings_are_all_there_in_order(park: Connection, tmp_path: Path) -> None:
    file = tmp_path / "out.parquet"
    with acting_as_all(park):
        assert export_readings(park, Selection(T0, T0 + 3 * DAY), file) == 3010
    table = pq.read_table(file).to_pylist()
    first = [row["value"] for row in table if row["point"] == "ENT01/V01"]
    assert first == [float(i) for i in range(3000)]
    assert table[0] == {"point": "ENT01/V01", "ts": T0, "value": 0.0, "flag": "N"}
    assert {row["point"] for row in table} == {"ENT01/V01", "ENT02/V01"}
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_a_range_is_half_open_and_a_point_can_be_chosen(park: Connection, tmp_path: Path) -> None:
    file = tmp_path / "out.parquet"
    end = T0 + dt.timedelta(minutes=5)
    assert acting(park, Selection(T0, end, point="ENT02/V01"), file) == 5
    assert acting(park, Selection(T0, end, enterprise="ENT01"), file) == 5
    assert acting(park, Selection(T0 - DAY, T0), file) == 0
    assert pq.read_table(file).num_rows == 0


def test_a_role_exports_what_it_sees(park: Connection, tmp_path: Path) -> None:
    role = ensure_enterprise_role(park, 2)
    with park.transaction():
        park.execute(f"SET LOCAL ROLE {role}")
        assert export_readings(park, Selection(T0, T0 + 3 * DAY), tmp_path / "own.parquet") == 10
        with pytest.raises(NotFound, match="ENT01/V01"):
            export_readings(park, Selection(T0, T0 + DAY, point="ENT01/V01"), tmp_path / "foreign.parquet")
    assert role != SEES_ALL
    assert not (tmp_path / "foreign.parquet").exists()


def test_hours_keep_what_is_missing(park: Connection, tmp_path: Path) -> None:
    park.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, covered_s, valid) VALUES (%s, %s, 0, 0, 0, false)",
        [point_id(park, "ENT01/V01"), T0],
    )
    with acting_as_all(park):
        assert export_hours(park, Selection(T0, T0 + DAY), tmp_path / "hours.parquet") == 1
    (row,) = pq.read_table(tmp_path / "hours.parquet").to_pylist()
    assert (row["hour"], row["n"], row["mean"], row["valid"]) == (T0, 0, None, False)


def acting(park: Connection, selection: Selection, file: Path) -> int:
    with acting_as_all(park):
        return export_readings(park, selection, file)
