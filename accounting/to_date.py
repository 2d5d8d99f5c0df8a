"""Figures of scopes to the end of each day of a period, with what missing hours leave open (docs/reference/rules.md).

A figure to date is what the period's account would be if the period ended with the day: papers count with the whole
of their month, as they do in the account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from accounting import energy_balance as balance
from accounting.course import Course
from accounting.energy_balance import INDEX, Bools, Floats, consumption
from accounting.factors import FactorTable
from accounting.green_power import PHYSICAL, Papers, Shares, close_accounts, shares
from accounting.metered_energy import HOUR
from accounting.periods import day_of
from accounting.scopes import Scopes
from accounting.settlement import emission_rows, papers_of
from schemas.accounts import AccountingRule, Factor, OwnedInstrument
from schemas.scopes import FigureToDate, Measure

_LESS = ("grid_export", "resale_out")  # what they miss would make consumption smaller
_MORE = tuple(flow for flow in balance.BOUNDED_FLOWS if flow not in _LESS)


@dataclass(frozen=True, slots=True)
class Rulings:
    """What accounts are made by: instruments of the period's months, accounting rules (default first), factors."""

    instruments: Sequence[OwnedInstrument]
    green: Sequence[AccountingRule]
    carbon: Sequence[AccountingRule]
    factors: Sequence[Factor]
    zone: ZoneInfo
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class _Series:
    """Arrays by day, NaN where there is none."""

    value: Floats
    low: Floats
    high: Floats
    coverage: Floats


def figures_to_date(
    course: Course, scopes: Scopes, rulings: Rulings, measures: Iterable[Measure]
) -> dict[Measure, list[FigureToDate]]:
    """The figures that are asked for; a measure of an unknown scope or accounting rule is left out."""
    green, carbon = _Green(course, scopes, rulings), _Carbon(course, scopes, rulings)
    found = {}
    for measure in measures:
        if measure.scope not in scopes.groups and measure.scope not in scopes.names:
            continue
        of_carbon = measure.amount.startswith("scope") and measure.amount.endswith("_kg")
        rule = _named(rulings.carbon if of_carbon else rulings.green, measure.accounting)
        if rule is not None:
            source = carbon if of_carbon else green
            found[measure] = _figures(course, source.series(measure, rule), rule.label)
    return found


def _named(rules: Sequence[AccountingRule], code: str) -> AccountingRule | None:
    return next((rule for rule in rules if (rule.code == code if code else rule.is_default)), None)


def _figures(course: Course, series: _Series, label: str) -> list[FigureToDate]:
    ends = [round(part.period.ends_at.timestamp()) * 1_000_000 for part in course.settled]
    value, low, high, coverage = (
        [_finite(x) for x in column.tolist()] for column in (series.value, series.low, series.high, series.coverage)
    )
    rows = zip(ends, value, low, high, coverage, strict=True)
    return [FigureToDate(*row, label) for row in rows]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


class _Green:
    """Shares and consumption; what a rule's figures need is closed once for all scopes and days."""

    def __init__(self, course: Course, scopes: Scopes, rulings: Rulings) -> None:
        self._course, self._scopes, self._rulings = course, scopes, rulings
        self._terms = course.terms()
        self._closed: dict[tuple[str, str], Callable[[str], Shares]] = {}

    def series(self, measure: Measure, rule: AccountingRule) -> _Series:
        if measure.amount == "consumption_kwh":
            return self._consumption(measure.scope, rule)
        if measure.amount == "physical_share":
            found = self._shares("physical", replace(rule, body=rule.body | {"terms": sorted(PHYSICAL)}), measure.scope)
            return _Series(found.physical, found.low, found.high, found.coverage)
        found = self._shares("policy", rule, measure.scope)
        if measure.amount == "policy_share":
            return _Series(found.policy, found.low, found.high, found.coverage)
        low, high = self._matched_bounds(measure.scope, found.hourly_matched)
        return _Series(found.hourly_matched, low, high, found.coverage)

    def _shares(self, name: str, rule: AccountingRule, scope: str) -> Shares:
        if (name, rule.label) not in self._closed:
            self._closed[name, rule.label] = self._close(rule)
        return self._closed[name, rule.label](scope)

    def _close(self, rule: AccountingRule) -> Callable[[str], Shares]:
        days, enterprises, count = self._terms.shape
        flat, papers = self._terms.reshape(-1, count), self._papers(rule)
        own = shares(close_accounts(flat, self._course.grain, papers, rule))
        parts = close_accounts(flat, self._course.grain, papers, rule, together=True)

        def of(scope: str) -> Shares:
            if scope not in self._scopes.groups:
                at = self._scopes.names.index(scope)
                return Shares(*(getattr(own, name).reshape(days, enterprises)[:, at] for name in Shares.__slots__))
            group = np.full((days, enterprises), -1)
            group[:, self._scopes.groups[scope]] = np.arange(days)[:, None]
            return shares(parts.grouped(group.reshape(-1), days))

        return of

    def _papers(self, rule: AccountingRule) -> Papers:
        """Papers of each day and enterprise: those of the months of the period up to the day's."""
        by_month: dict[dt.date, Papers] = {}
        firsts = [day.replace(day=1) for day in self._course.days]
        for first in set(firsts):
            counting = [item for item in self._rulings.instruments if item.month and item.month <= first]
            by_month[first] = papers_of(counting, rule, self._scopes)[0]
        return Papers(
            *(np.concatenate([getattr(by_month[first], name) for first in firsts]) for name in Papers.__slots__)
        )

    def _consumption(self, scope: str, rule: AccountingRule) -> _Series:
        """What was missed can only add, but for export and deliveries; unbounded where no capacity is known."""
        terms = self._of(scope)
        more, less, endless = self._room(terms)
        energy = consumption(terms)
        counts = terms[:, :, [INDEX["hours_complete"], INDEX["gap_steps"]]]
        measured: Bools = np.any(counts > 0, axis=2) | (energy != 0)
        outward: Bools = np.any(terms[:, :, [balance.EXPORT, balance.RESALE]] > 0, axis=2)
        low = np.where(endless & outward, -np.inf, np.maximum(energy - less, 0.0)).sum(axis=1)
        high = np.where(endless, np.inf, np.maximum(energy + more, 0.0)).sum(axis=1)
        value = np.where(measured.any(axis=1), np.maximum(energy, 0.0).sum(axis=1), np.nan)
        return _Series(value, low, high, self._shares("policy", rule, scope).coverage)

    def _matched_bounds(self, scope: str, share: Floats) -> tuple[Floats, Floats]:
        """A missing hour adds to matched energy no more than to consumption; what it takes away is not known."""
        terms = self._of(scope)
        more, less, endless = (part.sum(axis=1) for part in self._room(terms))
        energy = np.maximum(consumption(terms), 0.0).sum(axis=1)
        matched = share * energy + more
        whole = np.maximum(energy + more - less, matched)
        with np.errstate(divide="ignore", invalid="ignore"):
            high = np.where(endless > 0, 1.0, matched / whole)
        open_to = (more > 0) | (less > 0) | (endless > 0)
        return np.where(open_to, 0.0, share), np.where(open_to, np.fmax(high, share), share)

    def _of(self, scope: str) -> Floats:
        if scope in self._scopes.groups:
            return self._terms[:, self._scopes.groups[scope]]
        return self._terms[:, [self._scopes.names.index(scope)]]

    def _room(self, terms: Floats) -> tuple[Floats, Floats, Bools]:
        """``[day, enterprise]``: kWh that missing hours may add to consumption, or take from it; where without end."""
        word = self._course.grain.word
        more, less = (
            terms[:, :, [INDEX[f"room_{flow}_{word}"] for flow in part]].sum(axis=2) for part in (_MORE, _LESS)
        )
        endless: Bools = terms[:, :, INDEX[f"unbounded_{word}"]] > 0
        return more, less, endless


class _Carbon:
    """Emissions, a day at a time; made once for a rule."""

    def __init__(self, course: Course, scopes: Scopes, rulings: Rulings) -> None:
        self._course, self._scopes, self._rulings = course, scopes, rulings
        self._made: dict[str, list[Mapping[str, tuple[dict[str, float | None], float | None]]]] = {}

    def series(self, measure: Measure, rule: AccountingRule) -> _Series:
        if rule.label not in self._made:
            self._made[rule.label] = [self._day(i, rule) for i in range(len(self._course.days))]
        days = [made[measure.scope] for made in self._made[rule.label]]
        value = np.array([figures[measure.amount] for figures, _ in days], np.float64)
        coverage = np.array([part for _, part in days], np.float64)
        low = np.where(self._may_shrink(measure), np.nan, value)
        return _Series(value, low, np.full(len(days), np.inf), coverage)

    def _day(self, at: int, rule: AccountingRule) -> Mapping[str, tuple[dict[str, float | None], float | None]]:
        first, rulings = self._course.days[at].replace(day=1), self._rulings
        settled = self._course.settled[at]
        close = day_of(min(settled.period.ends_at - HOUR, rulings.now), rulings.zone)
        counting = [item for item in rulings.instruments if item.month and item.month <= first]
        green = next(rule for rule in rulings.green if rule.is_default)
        table = FactorTable.at(rulings.factors, close)
        return {
            row.scope: (
                {name: getattr(row, name) for name in ("scope1_kg", "scope2_location_kg", "scope2_market_kg")},
                row.coverage,
            )
            for row in emission_rows(settled, counting, green, [rule], table, self._scopes)
        }

    def _may_shrink(self, measure: Measure) -> Bools:
        """Where deliveries may have been missed, purchased electricity may be less than it seems."""
        if measure.amount == "scope1_kg":
            return np.zeros(len(self._course.days), np.bool_)
        word, terms = self._course.grain.word, self._course.terms()
        rows = self._scopes.groups.get(measure.scope)
        own = terms[:, rows] if rows is not None else terms[:, [self._scopes.names.index(measure.scope)]]
        unknown = (own[:, :, INDEX[f"unbounded_{word}"]] > 0) & (own[:, :, balance.RESALE] > 0)
        missed = own[:, :, INDEX[f"room_resale_out_{word}"]] > 0
        shrinks: Bools = np.any(missed | unknown, axis=1)
        return shrinks
