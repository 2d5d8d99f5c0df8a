"""Green power and carbon: days that were touched, then their months and years; the same way live and again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from accounting.energy_balance import FLOW_OF_ROLE
from accounting.factors import FactorTable, default_rule
from accounting.metered_energy import HOUR, PointHours
from accounting.periods import Grain, Period, day_of, month_period, next_month, start_of, year_period, zone_of
from accounting.scopes import Scopes
from accounting.settlement import (
    Settled,
    add_up,
    balances_of,
    close_period,
    emission_rows,
    hour_rows,
    period_rows,
    settle_days,
)
from schemas.accounts import AccountingRule, EmissionsRow, EnergyPoint, Factor, GapStep, OwnedInstrument
from schemas.errors import InvalidInput, NotFound
from storage import accounts
from storage.connect import Connection

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Books:
    """What every period of a run is settled with."""

    scopes: Scopes
    points: list[EnergyPoint]
    green_rules: list[AccountingRule]
    carbon_rules: list[AccountingRule]
    factors: list[Factor]
    zone: ZoneInfo
    now: dt.datetime

    @property
    def green_rule(self) -> AccountingRule:
        return default_rule(self.green_rules, "green_power")


def compute(connection: Connection, now: dt.datetime, timezone: str) -> int:
    """Make the accounts of all marked days again, and of their months and years; the number of days.

    One transaction a month: its marks are taken in the transaction that writes its rows.
    """
    zone = zone_of(timezone)
    accounts.mark_unaccounted_hour(connection, _full_hour(now) - HOUR, timezone)
    accounts.spread_gap_marks(connection, timezone)
    done = 0
    for month in accounts.list_dirty_months(connection):
        with connection.transaction():
            days = accounts.claim_dirty_days(connection, month, next_month(month))
            done += _settle(connection, days, _books(connection, now, zone, timezone), timezone)
    return done


def recompute(
    connection: Connection,
    scope: str,
    from_month: dt.date,
    to_month: dt.date,
    now: dt.datetime,
    timezone: str = "Asia/Shanghai",
    progress: Progress | None = None,
) -> int:
    """Make the accounts of whole months again, ``to_month`` included; the number of days.

    A month is computed whole, for an enterprise's figures move its industry, park and city; rows that come out as they
    are stored are not touched.

    Raises:
        NotFound: no such scope.
        InvalidInput: the months are in the wrong order.
    """
    zone = zone_of(timezone)
    first, last = from_month.replace(day=1), to_month.replace(day=1)
    if last < first:
        raise InvalidInput(f"{last:%Y-%m} is before {first:%Y-%m}", field="to_month")
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    done = 0
    for number in range(months):
        with connection.transaction():
            accounts.claim_dirty_days(connection, first, next_month(first))
            books = _books(connection, now, zone, timezone)
            if scope not in books.scopes.names and scope not in books.scopes.groups:
                raise NotFound(f"scope {scope!r}: neither city nor a known park:P, industry:I or enterprise:E")
            days = [first + dt.timedelta(days=i) for i in range((next_month(first) - first).days)]
            done += _settle(connection, [day for day in days if day <= day_of(now, zone)], books, timezone)
        first = next_month(first)
        if progress:
            progress(number + 1, months)
    return done


def _books(connection: Connection, now: dt.datetime, zone: ZoneInfo, timezone: str) -> _Books:
    points = accounts.list_points(connection, timezone)
    with_points = {point.enterprise_id for point in points}
    enterprises = [e for e in accounts.list_enterprises(connection) if e.id in with_points]
    return _Books(
        scopes=Scopes(enterprises),
        points=points,
        green_rules=accounts.list_rules(connection, "green_power"),
        carbon_rules=accounts.list_rules(connection, "carbon"),
        factors=accounts.list_factors(connection),
        zone=zone,
        now=now,
    )


def _settle(connection: Connection, days: Sequence[dt.date], books: _Books, timezone: str) -> int:
    """Days of one month, the month, and its year."""
    if not days or not len(books.scopes):
        return 0
    year = year_period(days[0], books.zone)
    gaps = accounts.list_gap_steps(connection, year.starts_at, year.ends_at)
    for run in _runs(days):
        _settle_run(connection, run, gaps, books, timezone)
    month = month_period(days[0], books.zone)
    _settle_whole(connection, month, "day", gaps, books)
    _settle_whole(connection, year, "month", gaps, books)
    return len(days)


def _settle_run(connection: Connection, days: list[dt.date], gaps: list[GapStep], books: _Books, timezone: str) -> None:
    """Consecutive days: hours and days."""
    begin, end = start_of(days[0], books.zone), start_of(days[-1] + dt.timedelta(days=1), books.zone)
    facts = _facts(connection, days, begin, end, books, timezone)
    trade = accounts.list_trade_hours(connection, begin, end)
    hours, settled = settle_days(facts, gaps, trade, books.scopes, days, books.now, books.zone)
    begun = max(min(-((begin - books.now) // HOUR), facts.hours), 0)
    green = hour_rows(hours, begin, begun, books.green_rule, books.scopes)
    for day in settled:
        accounts.write_balances(connection, "day", balances_of(day, books.scopes))
        green += period_rows(day, [], [books.green_rule], books.scopes)
    accounts.write_green_power(connection, green)
    accounts.write_emissions(connection, [row for day in settled for row in _carbon(day, [], books)])


def _settle_whole(connection: Connection, period: Period, part: str, gaps: list[GapStep], books: _Books) -> None:
    """A month out of its days, or a year out of its months."""
    balances = accounts.list_balances(connection, part, period.starts_at, period.ends_at)
    sums, metered = add_up(balances, books.scopes)
    settled = close_period(period, sums, metered, books.points, gaps, books.scopes, books.zone)
    from_month, to_month = day_of(period.starts_at, books.zone), day_of(period.ends_at, books.zone)
    instruments = accounts.list_instruments(connection, from_month, to_month)
    if period.grain is Grain.MONTH:
        accounts.write_balances(connection, "month", balances_of(settled, books.scopes))
    accounts.write_green_power(connection, period_rows(settled, instruments, books.green_rules, books.scopes))
    accounts.write_emissions(connection, _carbon(settled, instruments, books))


def _carbon(settled: Settled, instruments: list[OwnedInstrument], books: _Books) -> list[EmissionsRow]:
    close = day_of(min(settled.period.ends_at - HOUR, books.now), books.zone)
    table = FactorTable.at(books.factors, close)
    return emission_rows(settled, instruments, books.green_rule, books.carbon_rules, table, books.scopes)


def _facts(
    connection: Connection, days: list[dt.date], begin: dt.datetime, end: dt.datetime, books: _Books, timezone: str
) -> PointHours:
    ids = [point.id for point in books.points]
    amount, complete = accounts.read_energy_hours(connection, ids, begin, end)
    facts = PointHours(tuple(books.points), begin, amount, complete, np.full(amount.shape, np.nan))
    missing = (facts.due(books.now) & ~complete).any(axis=1)
    unrated = [p.role in FLOW_OF_ROLE and p.capacity_kw is None for p in books.points]
    rows = np.flatnonzero(missing & np.array(unrated))
    if len(rows):
        peaks = accounts.read_peaks(connection, [ids[i] for i in rows], days, begin, timezone)
        starts = [(start_of(day, books.zone) - begin) // HOUR for day in days]
        lengths = [b - a for a, b in pairwise([*starts, facts.hours])]
        facts.peak[rows] = np.repeat(peaks, lengths, axis=1)
    return facts


def _runs(days: Sequence[dt.date]) -> list[list[dt.date]]:
    """Days in order, cut where one is skipped."""
    runs: list[list[dt.date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == dt.timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _full_hour(instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
