"""From hourly facts to accounts on a real database: figures, marks, gaps, and a recomputation that touches nothing."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from psycopg import sql

from parkwatch.jobs.compute_accounts import compute, recompute
from parkwatch.seed import seed_shipped
from schemas.accounts import Instrument, InstrumentKind, Settlement
from schemas.errors import NotFound
from storage.connect import Connection
from storage.instruments import insert_instrument

TIMEZONE = "Asia/Shanghai"
MIDNIGHT = dt.datetime(2026, 10, 4, 16, tzinfo=dt.UTC)  # 5 October, local
NOW = MIDNIGHT + dt.timedelta(hours=24)
MONTH = dt.date(2026, 10, 1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def park(connection: Connection) -> Connection:
    """Two enterprises of a park, metered on 5 October: ENT01 with the solar vector in its first hours, ENT02 plain."""
    seed_shipped(connection)
    connection.execute("INSERT INTO parks (code, name) VALUES ('HBW', 'HBW')")
    for code in ("ENT01", "ENT02"):
        connection.execute(
            "INSERT INTO enterprises (code, name, park_id, industry) VALUES (%s, %s, 1, 'carbide')", [code] * 2
        )
    put_point(connection, 1, "E01", "grid_import", [100, 0, 20, 100])
    put_point(connection, 1, "X01", "grid_export", [0, 50, 0, 0])
    put_point(connection, 1, "S01", "onsite_solar", [0, 150, 80, 0])
    put_point(connection, 2, "E01", "grid_import", [0.1, 0.1, 0.1, 0.1], unit="MWh")
    mark(connection)
    return connection


def put_point(
    connection: Connection, enterprise: int, code: str, role: str, values: list[float | None], unit: str = "kWh"
) -> int:
    row = connection.execute(
        "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, capacity_kw) "
        "VALUES (%s, %s, %s, 'electricity', 'active_energy', 'counter', %s, %s, 60, 200) RETURNING id",
        [enterprise, code, code, unit, role],
    ).fetchone()
    assert row is not None
    connection.execute(
        "INSERT INTO meter_epochs (point_id, valid_from, reason) VALUES (%s, %s, 'installed')", [row[0], MIDNIGHT]
    )
    for number, value in enumerate(values + [0.0] * (24 - len(values))):
        connection.execute(
            "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid) "
            "VALUES (%s, %s, 60, 60, %s, 3600, %s)",
            [row[0], MIDNIGHT + number * HOUR, value, value is not None],
        )
    return int(row[0])


def put_gap(connection: Connection, from_ts: dt.datetime, to_ts: dt.datetime) -> None:
    connection.execute(
        "INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, amount, in_hours, rule) "
        "VALUES (1, %s, %s, 'gap', 100, false, 'gap')",
        [from_ts, to_ts],
    )


def mark(connection: Connection, *enterprises: int) -> None:
    for enterprise in enterprises or (1, 2):
        connection.execute("INSERT INTO dirty_days (enterprise_id, day) VALUES (%s, '2026-10-05')", [enterprise])


def green(connection: Connection, scope: str, grain: str, rule: str = "wuhai-plan@1") -> dict[str, Any]:
    row = connection.execute(
        "SELECT to_jsonb(g) FROM green_power g WHERE scope = %s AND grain = %s AND rule = %s AND starts_at <= %s "
        "ORDER BY starts_at DESC LIMIT 1",
        [scope, grain, rule, MIDNIGHT],
    ).fetchone()
    assert row is not None, (scope, grain, rule)
    return dict(row[0])


def everything(connection: Connection) -> str:
    """All rows of the accounts with their versions, as text."""
    statement = sql.SQL("SELECT xmin::text, t.* FROM {} t ORDER BY 2, 3, 4, 5")
    tables = ("green_power", "emissions", "energy_balances")
    rows = [connection.execute(statement.format(sql.Identifier(table))).fetchall() for table in tables]
    return json.dumps(rows, default=str)


def test_day_month_and_year(park: Connection) -> None:
    assert compute(park, NOW, TIMEZONE) == 1
    for grain in ("day", "month", "year"):
        own = green(park, "enterprise:ENT01", grain)
        assert own["consumption_kwh"] == pytest.approx(400)
        assert own["self_used_kwh"] == pytest.approx(180)
        assert own["physical_share"] == pytest.approx(0.45)
        assert own["hourly_matched_share"] == pytest.approx(0.45)
        assert own["coverage"] == 1
    day, month = green(park, "city", "day"), green(park, "city", "month")
    assert day["policy_share"] is None
    assert day["green_trade_kwh"] is None
    assert month["policy_share"] == pytest.approx(180 / 800)
    assert month["share_low"] == pytest.approx(month["share_high"])
    assert green(park, "park:HBW", "month")["consumption_kwh"] == pytest.approx(800)
    assert green(park, "industry:carbide", "hour")["physical_share"] == 0
    assert park.execute("SELECT count(*) FROM green_power WHERE grain = 'hour' AND scope = 'city'").fetchone() == (24,)


def test_carbon(park: Connection) -> None:
    compute(park, NOW, TIMEZONE)
    rows = park.execute(
        "SELECT rule, scope2_location_kg, scope2_market_kg, coverage FROM emissions "
        "WHERE scope = 'city' AND grain = 'month' ORDER BY rule"
    ).fetchall()
    assert rows[0] == ("ghgp-scope2@1", pytest.approx(620 * 0.6479), pytest.approx(620 * 0.6096), 1)
    assert rows[1] == ("mee-2025@1", pytest.approx(620 * 0.5306), None, 1)


def test_instruments_count_in_their_month_and_are_named(park: Connection) -> None:
    certificate = Instrument(
        "GEC-1", InstrumentKind.CERTIFICATE, Decimal(500), cancelled_on=dt.date(2026, 10, 9), serials=("S-1",)
    )
    insert_instrument(park, 2, certificate)
    hours = tuple((MIDNIGHT + i * HOUR, Decimal(amount)) for i, amount in enumerate((0, 150, 80, 0)))
    trade = Instrument(
        "T-1", InstrumentKind.GREEN_TRADE, Decimal(230), period=MONTH, settlement=Settlement.HOURLY, hours=hours
    )
    insert_instrument(park, 2, trade)
    compute(park, NOW, TIMEZONE)
    month = green(park, "enterprise:ENT02", "month")
    assert (month["green_trade_kwh"], month["certificate_kwh"]) == (pytest.approx(230), pytest.approx(170))
    assert (month["excess_kwh"], month["policy_share"]) == (pytest.approx(330), pytest.approx(1))
    assert month["hourly_matched_share"] == pytest.approx(0.45)
    assert month["volume_matched_share"] == pytest.approx(0.575)
    assert [item["id"] for item in month["used"]["instruments"]] == ["GEC-1", "T-1"]
    assert month["used"]["instruments"][0]["serials"] == ["GEC-1", "S-1"]
    assert green(park, "enterprise:ENT02", "day")["green_trade_kwh"] == pytest.approx(230)
    assert green(park, "enterprise:ENT02", "month", "physical-only@1")["policy_share"] == 0


def test_a_gap_belongs_to_the_shortest_period_that_contains_it(park: Connection) -> None:
    park.execute(
        "UPDATE hourly_facts SET delta = NULL, valid = false WHERE point_id = 1 AND hour <= %s", [MIDNIGHT + HOUR]
    )
    put_gap(park, MIDNIGHT, MIDNIGHT + 2 * HOUR)
    compute(park, NOW, TIMEZONE)
    hour, day = green(park, "enterprise:ENT01", "hour"), green(park, "enterprise:ENT01", "day")
    assert hour["coverage"] == pytest.approx(2 / 3)
    assert day["consumption_kwh"] == pytest.approx(400)
    assert day["coverage"] == pytest.approx(70 / 72)
    assert day["share_low"] == pytest.approx(day["share_high"]) == pytest.approx(0.45)
    assert day["used"]["gap_steps"] == 1


def test_a_step_over_midnight_is_in_the_month_and_in_the_bounds_of_the_day(park: Connection) -> None:
    park.execute("UPDATE hourly_facts SET delta = NULL, valid = false WHERE point_id = 1 AND hour = %s", [MIDNIGHT])
    put_gap(park, MIDNIGHT - HOUR, MIDNIGHT + HOUR)
    compute(park, NOW, TIMEZONE)
    day, month = green(park, "enterprise:ENT01", "day"), green(park, "enterprise:ENT01", "month")
    assert day["consumption_kwh"] == pytest.approx(300)
    assert (day["share_low"], day["share_high"]) == (pytest.approx(0.45), pytest.approx(0.6))
    assert month["consumption_kwh"] == pytest.approx(400)
    assert month["share_low"] == pytest.approx(month["share_high"])


def test_recomputing_touches_nothing(park: Connection) -> None:
    compute(park, NOW, TIMEZONE)
    before = everything(park)
    assert compute(park, NOW, TIMEZONE) == 0
    mark(park, 2)
    assert compute(park, NOW, TIMEZONE) == 1
    assert everything(park) == before
    steps: list[tuple[int, int]] = []
    recompute(park, "city", MONTH, MONTH, NOW, TIMEZONE, lambda done, total: steps.append((done, total)))
    assert steps == [(1, 1)]
    assert set(map(str, json.loads(before)[0])) <= set(map(str, json.loads(everything(park))[0]))


def test_an_hour_that_passes_without_data_lowers_coverage(park: Connection) -> None:
    compute(park, NOW, TIMEZONE)
    compute(park, NOW + dt.timedelta(hours=2), TIMEZONE)
    row = park.execute(
        "SELECT coverage, consumption_kwh FROM green_power WHERE scope = 'city' AND grain = 'hour' AND starts_at = %s",
        [NOW + HOUR],
    ).fetchone()
    assert row == (0, None)
    assert green(park, "city", "month")["coverage"] == pytest.approx(96 / 104)


def test_a_late_correction_reaches_the_year(park: Connection) -> None:
    compute(park, NOW, TIMEZONE)
    park.execute("UPDATE hourly_facts SET delta = 200 WHERE point_id = 1 AND hour = %s", [MIDNIGHT])
    mark(park, 1)
    compute(park, NOW, TIMEZONE)
    assert green(park, "enterprise:ENT01", "year")["consumption_kwh"] == pytest.approx(500)


def test_an_unknown_scope_is_refused(park: Connection) -> None:
    with pytest.raises(NotFound, match="enterprise:NOBODY"):
        recompute(park, "enterprise:NOBODY", MONTH, MONTH, NOW, TIMEZONE)


def test_seeding_twice_changes_nothing(connection: Connection) -> None:
    seed_shipped(connection)
    before = connection.execute("SELECT xmin::text, id FROM factors ORDER BY id").fetchall()
    connection.execute("UPDATE targets SET value = 0.4 WHERE code = 'green-power-2027'")
    seed_shipped(connection)
    assert connection.execute("SELECT xmin::text, id FROM factors ORDER BY id").fetchall() == before
    assert connection.execute("SELECT value FROM targets WHERE code = 'green-power-2027'").fetchone() == (
        Decimal("0.4"),
    )
