"""What the accounts of a month are settled with, read once a run, and figures to date out of the same books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from accounting.course import course_of, days_of
from accounting.factors import default_rule
from accounting.metered_energy import HOUR
from accounting.periods import Grain, bounds_of, day_of, start_of, year_period
from accounting.scopes import Scopes
from accounting.to_date import Rulings, figures_to_date
from schemas.accounts import AccountingRule, EnergyPoint, Factor
from schemas.rules import Span
from schemas.scopes import FigureToDate, Measure
from storage import accounts, periods
from storage.connect import Connection

_DAY = dt.timedelta(days=1)


class Figures(Protocol):
    """The figures of a month or year to the end of each of its days."""

    def __call__(self, span: Span, first: dt.date, measures: Sequence[Measure]) -> dict[Measure, list[FigureToDate]]:
        """Those of the period that begins on a day; unknown measures are left out."""


class Judge(Protocol):
    """Works in the transaction that writes the accounts."""

    def __call__(
        self, connection: Connection, changed: Sequence[dt.date], through: dt.date, figures: Figures, now: dt.datetime
    ) -> None:
        """Judge figures to date.

        Args:
            changed: local days whose accounts were made again.
            through: the last local day that has ended and is in the accounts.
        """


@dataclass(frozen=True, slots=True)
class Books:
    """What every period of a run is settled with."""

    scopes: Scopes
    points: list[EnergyPoint]
    green_rules: list[AccountingRule]
    carbon_rules: list[AccountingRule]
    factors: list[Factor]
    year: int
    closings: Mapping[dt.date, periods.Closing]  # of the year
    zone: ZoneInfo
    now: dt.datetime

    @property
    def green_rule(self) -> AccountingRule:
        return default_rule(self.green_rules, "green_power")


def open_books(connection: Connection, month: dt.date, now: dt.datetime, zone: ZoneInfo) -> Books:
    """The books for a month and its year as the connection's transaction sees them."""
    points = accounts.list_points(connection, zone.key)
    with_points = {point.enterprise_id for point in points}
    enterprises = [e for e in accounts.list_enterprises(connection) if e.id in with_points]
    return Books(
        scopes=Scopes(enterprises),
        points=points,
        green_rules=accounts.list_rules(connection, "green_power"),
        carbon_rules=accounts.list_rules(connection, "carbon"),
        factors=accounts.list_factors(connection),
        year=month.year,
        closings=_closings(connection, month.year),
        zone=zone,
        now=now,
    )


def judge_accounts(connection: Connection, judge: Judge, changed: Sequence[dt.date], books: Books) -> None:
    """Hand the figures of the days that have ended to a judge, in the caller's transaction."""
    if not len(books.scopes):
        return
    through = _accounted_through(connection, books)

    def figures(span: Span, first: dt.date, measures: Sequence[Measure]) -> dict[Measure, list[FigureToDate]]:
        return _figures(connection, books, Grain[span.name], days_of(Grain[span.name], first, through), measures)

    judge(connection, changed, through, figures, books.now)


def _accounted_through(connection: Connection, books: Books) -> dt.date:
    """Yesterday, or the day before until yesterday's last hour is in the accounts."""
    today = day_of(books.now, books.zone)
    last_hour = start_of(today, books.zone) - HOUR
    return today - (_DAY if accounts.is_accounted(connection, last_hour) else 2 * _DAY)


def _figures(
    connection: Connection, books: Books, grain: Grain, days: Sequence[dt.date], measures: Sequence[Measure]
) -> dict[Measure, list[FigureToDate]]:
    if not days:
        return {}
    year = year_period(days[0], books.zone)
    closings = books.closings if days[0].year == books.year else _closings(connection, days[0].year)
    spans = {month: bounds_of(month, books.zone) for month in closings}
    gaps = periods.frozen_gaps(accounts.list_gap_steps(connection, year.starts_at, year.ends_at), closings, spans)
    from_ts, to_ts = start_of(days[0], books.zone), start_of(days[-1] + _DAY, books.zone)
    balances = accounts.list_balances(connection, "day", from_ts, to_ts)
    course = course_of(grain, days, balances, books.points, gaps, books.scopes, books.zone)
    from_month, to_month = days[0], days[-1] + _DAY
    closed = {month: closing for month, closing in closings.items() if from_month <= month < to_month}
    instruments = periods.frozen_instruments(accounts.list_instruments(connection, from_month, to_month), closed)
    rulings = Rulings(instruments, books.green_rules, books.carbon_rules, books.factors, books.zone, books.now)
    return figures_to_date(course, books.scopes, rulings, measures)


def _closings(connection: Connection, year: int) -> dict[dt.date, periods.Closing]:
    return periods.list_closings(connection, dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
