"""Closed months: late data never change them silently, a restatement says what, why, who and when."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounting.periods import bounds_of, zone_of
from parkwatch.jobs.compute_accounts import compute, recompute
from parkwatch.seed import seed_shipped
from schemas.accounts import Instrument, InstrumentKind
from schemas.errors import Conflict, InvalidInput
from storage.connect import Connection
from storage.instruments import insert_instrument
from storage.periods import close_period, request_restatement

TIMEZONE = "Asia/Shanghai"
ZONE = zone_of(TIMEZONE)
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)


@pytest.fixture
def park(connection: Connection) -> Connection:
    """An enterprise that takes 100 kWh in one hour of September and one of October, both computed."""
    seed_shipped(connection)
    connection.execute("INSERT INTO parks (code, name) VALUES ('P', 'P')")
    connection.execute("INSERT INTO enterprises (code, name, park_id) VALUES ('ENT01', 'One', 1)")
    connection.execute(
        "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s) "
        "VALUES (1, 'E01', 'E', 'electricity', 'active_energy', 'counter', 'kWh', 'grid_import', 60)"
    )
    for month in (9, 10):
        put_hour(connection, dt.datetime(2026, month, 5, tzinfo=dt.UTC), 100.0)
    recompute(connection, "city", SEPTEMBER, OCTOBER, NOW, TIMEZONE)
    return connection


def put_hour(connection: Connection, hour: dt.datetime, energy_kwh: float) -> None:
    connection.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid) "
        "VALUES (1, %s, 60, 60, %s, 3600, true)",
        [hour, energy_kwh],
    )
    connection.execute(
        "INSERT INTO dirty_days (enterprise_id, day) VALUES (1, (%s AT TIME ZONE 'Asia/Shanghai')::date)", [hour]
    )


def close(connection: Connection, month: dt.date) -> None:
    close_period(connection, bounds_of(month, ZONE), "energy:1", "", NOW)


def consumption(connection: Connection, grain: str, month: dt.date) -> float:
    row = connection.execute(
        "SELECT consumption_kwh FROM green_power WHERE scope = 'city' AND grain = %s AND rule LIKE 'wuhai-plan@%%' "
        "AND starts_at = %s",
        [grain, dt.datetime(month.year, month.month if grain == "month" else 1, 1, tzinfo=ZONE)],
    ).fetchone()
    assert row is not None
    return float(row[0])


def shown(connection: Connection) -> list[tuple[Any, ...]]:
    """The accounts of September and October with the transaction that wrote each row."""
    return [
        row
        for table in ("green_power", "emissions", "energy_balances")
        for row in connection.execute(
            f"SELECT xmin::text, t::text FROM {table} t "  # noqa: S608
            "WHERE grain <> 'year' AND starts_at < '2026-10-31T16:00Z' ORDER BY 2"
        )
    ]


def restatements(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT state, changed_rows > 0, reason, requested_by FROM restatements").fetchall()


def test_late_data_wait_and_are_restated_with_old_and_new(park: Connection) -> None:
    close(park, SEPTEMBER)
    before = shown(park)
    put_hour(park, dt.datetime(2026, 9, 5, 1, tzinfo=dt.UTC), 50.0)
    compute(park, NOW, TIMEZONE)
    assert shown(park) == before, "not a row, not even a version of one"
    assert restatements(park) == [("pending", True, None, None)]
    old, new = park.execute(
        "SELECT old ->> 'consumption_kwh', new ->> 'consumption_kwh' FROM restatement_lines "
        "WHERE subject = 'green_power' AND scope = 'enterprise:ENT01' AND grain = 'month' AND rule LIKE 'wuhai-plan@%'"
    ).fetchall()[0]
    assert (old, new) == ("100", "150")
    recompute(park, "city", SEPTEMBER, SEPTEMBER, NOW, TIMEZONE)
    assert shown(park) == before, "a recomputation is no way around it"
    request_restatement(park, SEPTEMBER, "meter read by hand", "energy:1")
    compute(park, NOW, TIMEZONE)
    assert consumption(park, "month", SEPTEMBER) == 150
    assert consumption(park, "year", SEPTEMBER) == 250
    assert restatements(park) == [("applied", True, "meter read by hand", "energy:1")]
    assert park.execute("SELECT applied_at IS NOT NULL FROM restatements").fetchone() == (True,)
    after = shown(park)
    recompute(park, "city", SEPTEMBER, SEPTEMBER, NOW, TIMEZONE)
    assert shown(park) == after
    assert len(restatements(park)) == 1, "nothing differs any more"


def test_a_difference_that_goes_away_is_no_restatement(park: Connection) -> None:
    close(park, SEPTEMBER)
    put_hour(park, dt.datetime(2026, 9, 5, 1, tzinfo=dt.UTC), 50.0)
    compute(park, NOW, TIMEZONE)
    park.execute("DELETE FROM hourly_facts WHERE delta = 50")
    park.execute("INSERT INTO dirty_days (enterprise_id, day) VALUES (1, '2026-09-06')")
    compute(park, NOW, TIMEZONE)
    assert restatements(park) == []


def test_an_open_month_goes_on_and_the_year_holds_the_closed_one(park: Connection) -> None:
    close(park, SEPTEMBER)
    put_hour(park, dt.datetime(2026, 9, 5, 1, tzinfo=dt.UTC), 50.0)
    late = Instrument("GEC-1", InstrumentKind.CERTIFICATE, Decimal(30), cancelled_on=dt.date(2026, 9, 20))
    insert_instrument(park, 1, late)
    put_hour(park, dt.datetime(2026, 10, 5, 1, tzinfo=dt.UTC), 7.0)
    compute(park, NOW, TIMEZONE)
    assert consumption(park, "month", OCTOBER) == 107
    assert consumption(park, "year", OCTOBER) == 207
    counted = "SELECT certificate_kwh FROM green_power WHERE scope = 'city' AND grain = 'year' AND rule LIKE 'wuhai%'"
    assert park.execute(counted).fetchone() == (0,)
    request_restatement(park, SEPTEMBER, "certificate came late", "admin:1")
    compute(park, NOW, TIMEZONE)
    assert park.execute(counted).fetchone() == (30,)
    assert consumption(park, "year", OCTOBER) == 257


def test_an_energy_across_closed_months_stays_in_the_year(park: Connection) -> None:
    park.execute(
        "INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, amount, in_hours, rule) "
        "VALUES (1, '2026-09-20Z', '2026-10-02Z', 'gap', 40, false, 'silence')"
    )
    recompute(park, "city", SEPTEMBER, OCTOBER, NOW, TIMEZONE)
    assert consumption(park, "year", SEPTEMBER) == 240
    close(park, SEPTEMBER)
    close(park, OCTOBER)
    park.execute("DELETE FROM meter_steps")
    put_hour(park, dt.datetime(2026, 11, 1, tzinfo=dt.UTC), 1.0)
    compute(park, NOW, TIMEZONE)
    assert consumption(park, "year", SEPTEMBER) == 241


@pytest.mark.parametrize(
    ("month", "words"),
    [(dt.date(2026, 11, 1), "is not over"), (dt.date(2026, 1, 1), "has no accounts"), (SEPTEMBER, "is closed already")],
)
def test_what_cannot_be_closed(park: Connection, month: dt.date, words: str) -> None:
    close(park, SEPTEMBER)
    with pytest.raises(Conflict, match=words):
        close(park, month)


def test_a_month_with_work_waiting_is_not_closed(park: Connection) -> None:
    put_hour(park, dt.datetime(2026, 9, 5, 1, tzinfo=dt.UTC), 50.0)
    with pytest.raises(Conflict, match="1 hours or days of 2026-09 wait"):
        close(park, SEPTEMBER)
    assert park.execute("SELECT count(*) FROM period_closings").fetchone() == (0,)


def test_restating_needs_a_closed_month_a_difference_and_a_reason(park: Connection) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        request_restatement(park, SEPTEMBER, " ", "admin:1")
    with pytest.raises(Conflict, match="is not closed"):
        request_restatement(park, SEPTEMBER, "why not", "admin:1")
    close(park, SEPTEMBER)
    with pytest.raises(Conflict, match="no restatement that waits"):
        request_restatement(park, SEPTEMBER, "why not", "admin:1")
