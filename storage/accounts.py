"""The accounts in the database: what they are computed from, and their rows, written only where they differ."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from schemas.accounts import (
    AccountedEnterprise,
    AccountingRule,
    Balance,
    EmissionsRow,
    EnergyPoint,
    Factor,
    GapStep,
    GreenPowerRow,
    OwnedInstrument,
    Target,
)
from schemas.points import ELECTRICITY_ROLES
from storage.connect import Connection
from storage.queries import execute, execute_many, fetch, fetch_dicts, fetch_value, query

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def seed(
    connection: Connection, factors: Iterable[Factor], rules: Iterable[AccountingRule], targets: Iterable[Target]
) -> None:
    """Put what is shipped: factors as they are shipped, rule versions and targets only where they are new."""
    with connection.transaction():
        execute_many(connection, "put_factor", [asdict(factor) for factor in factors])
        execute_many(connection, "put_accounting_rule", [asdict(rule) | {"body": Jsonb(rule.body)} for rule in rules])
        execute_many(connection, "put_target", [asdict(target) for target in targets])


def list_factors(connection: Connection) -> list[Factor]:
    return fetch(connection, Factor, "list_factors")


def list_rules(connection: Connection, subject: str) -> list[AccountingRule]:
    """The newest version of each rule of a subject, the default one first."""
    rules = [rule for rule in fetch(connection, AccountingRule, "list_accounting_rules") if rule.subject == subject]
    return sorted(rules, key=lambda rule: (not rule.is_default, rule.code))


def list_enterprises(connection: Connection) -> list[AccountedEnterprise]:
    return fetch(connection, AccountedEnterprise, "list_accounted_enterprises")


def list_points(connection: Connection, timezone: str) -> list[EnergyPoint]:
    """Electricity, fuel and heat points by enterprise and key."""
    roles = sorted(role.value for role in ELECTRICITY_ROLES)
    return fetch(connection, EnergyPoint, "list_accounted_points", electricity_roles=roles, timezone=timezone)


def list_gap_steps(connection: Connection, from_ts: dt.datetime, to_ts: dt.datetime) -> list[GapStep]:
    return fetch(connection, GapStep, "list_gap_steps", from_ts=from_ts, to_ts=to_ts)


def list_instruments(connection: Connection, from_month: dt.date, to_month: dt.date) -> list[OwnedInstrument]:
    """Instruments that count in months from, below to."""
    rows = fetch_dicts(connection, "list_counting_instruments", from_month=from_month, to_month=to_month)
    return [OwnedInstrument(**(row | {"serials": tuple(row["serials"])})) for row in rows]


def list_trade_hours(
    connection: Connection, from_ts: dt.datetime, to_ts: dt.datetime
) -> dict[tuple[int, dt.datetime], float]:
    """kWh of hourly settled trades by (enterprise key, hour)."""
    rows = fetch_dicts(connection, "list_trade_hours", from_ts=from_ts, to_ts=to_ts)
    return {(row["enterprise_id"], row["hour"]): row["energy_kwh"] for row in rows}


def list_balances(connection: Connection, grain: str, from_ts: dt.datetime, to_ts: dt.datetime) -> list[Balance]:
    return fetch(connection, Balance, "list_balances", grain=grain, from_ts=from_ts, to_ts=to_ts)


def read_energy_hours(
    connection: Connection, points: Sequence[int], from_ts: dt.datetime, to_ts: dt.datetime
) -> tuple[Floats, Bools]:
    """Amounts in the points' units, NaN where there are none, and whether the hour was complete; ``[point, hour]``."""
    hours = (to_ts - from_ts) // dt.timedelta(hours=1)
    amount, complete = np.full((len(points), hours), np.nan), np.zeros((len(points), hours), dtype=np.bool_)
    row_of = {point: row for row, point in enumerate(points)}
    with connection.cursor(binary=True) as cursor:
        parameters = {"from_ts": from_ts, "to_ts": to_ts, "points": list(points)}
        for point, at, amounts, completes in cursor.execute(query("select_energy_hours"), parameters):
            column = np.frombuffer(at, ">i4")
            amount[row_of[point], column] = np.frombuffer(amounts, ">f8")
            complete[row_of[point], column] = np.frombuffer(completes, "?")
    return amount, complete


def read_peaks(
    connection: Connection, points: Sequence[int], first: dt.date, from_ts: dt.datetime, own: Floats, timezone: str
) -> Floats:
    """The largest hour of the 30 days that end with each of consecutive days, ``[point, day]``; NaN without one.

    Args:
        first: the first of the days.
        from_ts: when it begins.
        own: the largest hour of each of the days itself, ``[point, day]``; -inf without one.
    """
    window = 30
    since = from_ts - dt.timedelta(days=window)
    rows = fetch_dicts(
        connection, "list_daily_peaks", points=list(points), from_ts=since, to_ts=from_ts, timezone=timezone
    )
    daily = np.full((len(points), window - 1 + own.shape[1]), -np.inf)
    daily[:, window - 1 :] = own
    position = {point: i for i, point in enumerate(points)}
    for row in rows:
        at = (row["day"] - first).days + window - 1
        if 0 <= at < window - 1:
            daily[position[row["point_id"]], at] = row["peak"]
    peaks: Floats = np.lib.stride_tricks.sliding_window_view(daily, window, axis=1).max(axis=2)
    return np.where(np.isinf(peaks), np.nan, peaks)


def write_balances(connection: Connection, grain: str, balances: Iterable[Balance]) -> int:
    """Store balances inside the caller's transaction; how many differed."""
    rows = [(b.enterprise_id, grain, b.starts_at, _json(b.terms), _json(b.activities)) for b in balances]
    return _put(connection, "balances", ("enterprise_id", "grain", "starts_at", "terms", "activities"), rows)


def write_green_power(connection: Connection, rows: Sequence[GreenPowerRow]) -> int:
    """Store green power inside the caller's transaction; how many rows differed."""
    names = GreenPowerRow.__slots__
    figures = attrgetter(*names[:-1])  # ten thousands of rows
    values = ((*figures(row), _json(row.used)) for row in rows)
    return _put(connection, "green_power", names, values)


def write_emissions(connection: Connection, rows: Sequence[EmissionsRow]) -> int:
    """Store emissions inside the caller's transaction; how many rows differed."""
    names = EmissionsRow.__slots__
    figures = attrgetter(*names[:-1])
    values = ((*figures(row), _json(row.lines)) for row in rows)
    return _put(connection, "emissions", names, values)


def mark_unaccounted_hour(connection: Connection, hour: dt.datetime, timezone: str) -> int:
    """Mark the day of an hour that is over and not in the accounts yet."""
    return execute(connection, "mark_unaccounted_hour", hour=hour, timezone=timezone)


def is_accounted(connection: Connection, hour: dt.datetime) -> bool:
    """Whether an hour is in the accounts."""
    return bool(fetch_value(connection, "is_hour_accounted", hour=hour))


def spread_gap_marks(connection: Connection, timezone: str) -> int:
    """Mark the days inside gaps whose end is marked."""
    return execute(connection, "spread_gap_marks", timezone=timezone)


def list_dirty_months(connection: Connection) -> list[dt.date]:
    """First days of the months with marks, in order."""
    return [row["month"] for row in fetch_dicts(connection, "list_dirty_months")]


def claim_dirty_days(connection: Connection, from_day: dt.date, to_day: dt.date) -> list[dt.date]:
    """Take the marks of days inside the caller's transaction; the days, in order."""
    return [row["day"] for row in fetch_dicts(connection, "claim_dirty_days", from_day=from_day, to_day=to_day)]


def _put(connection: Connection, name: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    execute(connection, f"stage_{name}")
    statement = f"COPY incoming_{name} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE incoming_{name}")
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    return execute(connection, f"put_{name}")


def _json(value: Any) -> str:
    if not value:
        return "[]" if isinstance(value, list) else "{}"
    return json.dumps(value, ensure_ascii=False, sort_keys=isinstance(value, dict), allow_nan=False)
