"""Green power and carbon: days that were touched, then their months and years; the same way live and again.

The accounts of a closed month are made in a transaction that is undone: what differs waits for a restatement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from accounting.energy_balance import FLOW_OF_ROLE
from accounting.factors import FactorTable
from accounting.metered_energy import HOUR, PointHours
from accounting.periods import (
    Grain,
    Period,
    bounds_of,
    day_of,
    month_period,
    next_month,
    start_of,
    year_period,
    zone_of,
)
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
from parkwatch.jobs.account_books import Books, Judge, judge_accounts, open_books
from schemas.accounts import EmissionsRow, GapStep, OwnedInstrument
from schemas.errors import InvalidInput, NotFound
from storage import accounts, periods
from storage.connect import Connection

Progress = Callable[[int, int], None]


def compute(connection: Connection, now: dt.datetime, timezone: str, judge: Judge | None = None) -> int:
    """Make the accounts of all marked days again, and of their months and years; the number of days.

    One transaction a month: its marks are taken in the transaction that writes its rows, and judges them.
    """
    zone = zone_of(timezone)
    accounts.mark_unaccounted_hour(connection, _full_hour(now) - HOUR, timezone)
    accounts.spread_gap_marks(connection, timezone)
    done = 0
    for month in accounts.list_dirty_months(connection):
        with connection.transaction():
            periods.lock_period(connection, month)
            days = accounts.claim_dirty_days(connection, month, next_month(month))
            _settle_open_or_closed(connection, month, days, open_books(connection, month, now, zone), timezone, judge)
            done += len(days)
    return done


def recompute(
    connection: Connection,
    scope: str,
    from_month: dt.date,
    to_month: dt.date,
    now: dt.datetime,
    timezone: str = "Asia/Shanghai",
    progress: Progress | None = None,
    judge: Judge | None = None,
) -> int:
    """Make the accounts of whole months again, ``to_month`` included; the number of days.

    A month is computed whole, for an enterprise's figures move its industry, park and city; rows that come out as they
    are stored are not touched. A closed month is only compared.

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
            periods.lock_period(connection, first)
            accounts.claim_dirty_days(connection, first, next_month(first))
            books = open_books(connection, first, now, zone)
            if scope not in books.scopes.names and scope not in books.scopes.groups:
                raise NotFound(f"scope {scope!r}: neither city nor a known park:P, industry:I or enterprise:E")
            days = _days_of(first, books)
            _settle_open_or_closed(connection, first, days, books, timezone, judge)
            done += len(days)
        first = next_month(first)
        if progress:
            progress(number + 1, months)
    return done


def _settle_open_or_closed(
    connection: Connection,
    month: dt.date,
    days: Sequence[dt.date],
    books: Books,
    timezone: str,
    judge: Judge | None,
) -> None:
    if month not in books.closings:
        _settle(connection, days, books, timezone)
    elif days:
        days, books = _review(connection, month, days, books, timezone)
    if judge is not None:
        judge_accounts(connection, judge, days, books)


def _review(
    connection: Connection, month: dt.date, days: Sequence[dt.date], books: Books, timezone: str
) -> tuple[list[dt.date], Books]:
    """A closed month as it would be now: kept as a difference, or applied where a person has asked for it.

    Returns:
        the days whose accounts are other ones now, and the books that they were settled with.
    """
    bounds = bounds_of(month, books.zone)
    reopened = replace(books, closings={m: closing for m, closing in books.closings.items() if m != month})
    waiting = periods.find_restatement(connection, month)
    changed_days = sorted({*days, *(waiting.days if waiting else [])})
    old = periods.read_figures(connection, bounds)
    applied = waiting if waiting and waiting.requested else None
    with connection.transaction(force_rollback=applied is None):
        changed = _settle(connection, changed_days, reopened, timezone)
        new = periods.read_figures(connection, bounds)
    if applied:
        periods.apply_restatement(connection, applied.id, bounds, changed, old, new)
        return changed_days, reopened
    periods.keep_difference(connection, month, changed_days, changed, old, new)
    return [], books


def _settle(connection: Connection, days: Sequence[dt.date], books: Books, timezone: str) -> int:
    """Days of one month, the month, and its year; how many rows of hours, days and the month came out other."""
    if not days or not len(books.scopes):
        return 0
    year = year_period(days[0], books.zone)
    gaps = accounts.list_gap_steps(connection, year.starts_at, year.ends_at)
    changed = sum(_settle_run(connection, run, gaps, books, timezone) for run in _runs(days))
    changed += _settle_whole(connection, month_period(days[0], books.zone), "day", gaps, books)
    spans = {month: bounds_of(month, books.zone) for month in books.closings}
    _settle_whole(connection, year, "month", periods.frozen_gaps(gaps, books.closings, spans), books)
    return changed


def _settle_run(connection: Connection, days: list[dt.date], gaps: list[GapStep], books: Books, timezone: str) -> int:
    """Consecutive days: hours and days."""
    begin, end = start_of(days[0], books.zone), start_of(days[-1] + dt.timedelta(days=1), books.zone)
    facts = _facts(connection, days, begin, end, books, timezone)
    trade = accounts.list_trade_hours(connection, begin, end)
    hours, settled = settle_days(facts, gaps, trade, books.scopes, days, books.now, books.zone)
    begun = max(min(-((begin - books.now) // HOUR), facts.hours), 0)
    green = hour_rows(hours, begin, begun, books.green_rule, books.scopes)
    changed = 0
    for day in settled:
        changed += accounts.write_balances(connection, "day", balances_of(day, books.scopes))
        green += period_rows(day, [], [books.green_rule], books.scopes)
    changed += accounts.write_green_power(connection, green)
    carbon = [row for day in settled for row in _carbon(day, [], books)]
    return changed + accounts.write_emissions(connection, carbon)


def _settle_whole(connection: Connection, period: Period, part: str, gaps: list[GapStep], books: Books) -> int:
    """A month out of its days, or a year out of its months."""
    balances = accounts.list_balances(connection, part, period.starts_at, period.ends_at)
    sums, metered = add_up(balances, books.scopes)
    settled = close_period(period, sums, metered, books.points, gaps, books.scopes, books.zone)
    from_month, to_month = day_of(period.starts_at, books.zone), day_of(period.ends_at, books.zone)
    closed = {month: closing for month, closing in books.closings.items() if from_month <= month < to_month}
    instruments = periods.frozen_instruments(accounts.list_instruments(connection, from_month, to_month), closed)
    changed = 0
    if period.grain is Grain.MONTH:
        changed += accounts.write_balances(connection, "month", balances_of(settled, books.scopes))
    changed += accounts.write_green_power(
        connection, period_rows(settled, instruments, books.green_rules, books.scopes)
    )
    return changed + accounts.write_emissions(connection, _carbon(settled, instruments, books))


def _days_of(month: dt.date, books: Books) -> list[dt.date]:
    """The days of a month that have begun."""
    days = [month + dt.timedelta(days=i) for i in range((next_month(month) - month).days)]
    return [day for day in days if day <= day_of(books.now, books.zone)]


def _carbon(settled: Settled, instruments: list[OwnedInstrument], books: Books) -> list[EmissionsRow]:
    close = day_of(min(settled.period.ends_at - HOUR, books.now), books.zone)
    table = FactorTable.at(books.factors, close)
    return emission_rows(settled, instruments, books.green_rule, books.carbon_rules, table, books.scopes)


def _facts(
    connection: Connection, days: list[dt.date], begin: dt.datetime, end: dt.datetime, books: Books, timezone: str
) -> PointHours:
    ids = [point.id for point in books.points]
    amount, complete = accounts.read_energy_hours(connection, ids, begin, end)
    facts = PointHours(tuple(books.points), begin, amount, complete, np.full(amount.shape, np.nan))
    missing = (facts.due(books.now) & ~complete).any(axis=1)
    unrated = [p.role in FLOW_OF_ROLE and p.capacity_kw is None for p in books.points]
    rows = np.flatnonzero(missing & np.array(unrated))
    if len(rows):
        starts = [(start_of(day, books.zone) - begin) // HOUR for day in days]
        own = np.maximum.reduceat(np.nan_to_num(amount[rows], nan=-np.inf), starts, axis=1)
        peaks = accounts.read_peaks(connection, [ids[i] for i in rows], days[0], begin, own, timezone)
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
