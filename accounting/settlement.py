"""Days, months and years settled: facts and balances in, rows of green power and emissions out."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from accounting.emissions import Activities, Emissions, emissions, together
from accounting.energy_balance import DIRECT, IMPORT, INDEX, RESALE, TERMS, Floats, add_gaps, hour_balances
from accounting.factors import FactorTable
from accounting.green_power import Accounts, Papers, close_accounts, shares
from accounting.metered_energy import (
    HOUR,
    PointHours,
    activity_of,
    day_activities,
    gap_activities,
    gap_energy,
    is_electric,
    metered_hours,
)
from accounting.periods import Grain, Period, day_period
from accounting.scopes import Scopes
from schemas.accounts import (
    AccountingRule,
    Balance,
    EmissionsRow,
    EnergyPoint,
    GapStep,
    GreenPowerRow,
    OwnedInstrument,
)

Metered = dict[tuple[str, str], float]

_FIGURES = GreenPowerRow.__slots__[4:-1]  # from consumption to bounds, as the columns below stand


@dataclass(frozen=True, slots=True)
class Settled:
    """Balances of one period: ``terms[enterprise, term]``, and fuels and heat of each enterprise."""

    period: Period
    terms: Floats
    metered: list[Metered]


def settle_days(
    facts: PointHours,
    gaps: Sequence[GapStep],
    hourly_trade: Mapping[tuple[int, dt.datetime], float],
    scopes: Scopes,
    days: Sequence[dt.date],
    now: dt.datetime,
    zone: ZoneInfo,
) -> tuple[Floats, list[Settled]]:
    """Consecutive days: the balances of their hours ``[enterprise, hour, term]`` and of each day.

    Args:
        facts: the hours of exactly these days.
        hourly_trade: kWh by (enterprise key, hour).
    """
    electric = facts.only([i for i, point in enumerate(facts.points) if is_electric(point)])
    trade = np.zeros((len(scopes), facts.hours))
    for (enterprise_id, hour), energy in sorted(hourly_trade.items()):
        at = (hour - facts.first_hour) // HOUR
        if 0 <= at < facts.hours and enterprise_id in scopes.position:
            trade[scopes.position[enterprise_id], at] += energy
    hours = hour_balances(metered_hours(electric, gaps, scopes.position, now, zone), trade)
    periods = [day_period(day, zone) for day in days]
    starts = np.array([(p.starts_at - facts.first_hour) // HOUR for p in periods])
    sums = np.add.reduceat(hours, starts, axis=1)
    others = facts.only([i for i, point in enumerate(facts.points) if activity_of(point)])
    day_of_hour = np.searchsorted(starts, np.arange(facts.hours), side="right") - 1
    _count_activity_hours(sums, others, scopes, day_of_hour, now)
    metered = day_activities(others, day_of_hour, len(days))
    parts = [[metered.get((e, d), {}) for e in scopes.ids] for d in range(len(days))]
    settled = [
        close_period(period, sums[:, d], parts[d], facts.points, gaps, scopes, zone) for d, period in enumerate(periods)
    ]
    return hours, settled


def close_period(
    period: Period,
    sums: Floats,
    metered: list[Metered],
    points: Sequence[EnergyPoint],
    gaps: Sequence[GapStep],
    scopes: Scopes,
    zone: ZoneInfo,
) -> Settled:
    """A period out of the sums of its parts and the gaps that only it contains."""
    terms = add_gaps(sums, *gap_energy(points, gaps, scopes.position, period, zone))
    late = gap_activities(points, gaps, period, zone)
    return Settled(period, terms, [added(part, late.get(e, {})) for part, e in zip(metered, scopes.ids, strict=True)])


def add_up(balances: Sequence[Balance], scopes: Scopes) -> tuple[Floats, list[Metered]]:
    """Stored balances of shorter periods as sums, in the order of time."""
    sums = np.zeros((len(scopes), len(TERMS)))
    metered: list[Metered] = [{} for _ in scopes.ids]
    for balance in sorted(balances, key=lambda b: (b.starts_at, b.enterprise_id)):
        row = scopes.position.get(balance.enterprise_id)
        if row is None:
            continue
        for name, value in balance.terms.items():
            sums[row, INDEX[name]] += value
        metered[row] = added(metered[row], {_activity(key): value for key, value in balance.activities.items()})
    return sums, metered


def balances_of(settled: Settled, scopes: Scopes) -> list[Balance]:
    """The rows to store: zeros left out, so that a row reads easily."""
    rows = []
    for enterprise_id, terms, metered in zip(scopes.ids, settled.terms, settled.metered, strict=True):
        named = {TERMS[i]: float(terms[i]) for i in np.flatnonzero(terms)}
        activities = {f"{name} [{unit}]": amount for (name, unit), amount in sorted(metered.items())}
        rows.append(Balance(enterprise_id, settled.period.starts_at, named, activities))
    return rows


def hour_rows(
    hours: Floats, first_hour: dt.datetime, count: int, rule: AccountingRule, scopes: Scopes
) -> list[GreenPowerRow]:
    """Green power of the first ``count`` hours: what monthly papers add is not known, so the policy share is null."""
    flat = hours[:, :count].reshape(-1, len(TERMS))
    starts = [first_hour + h * HOUR for h in range(count)]
    own = close_accounts(flat, Grain.HOUR, Papers.none(len(flat)), _physical(rule))
    parts = close_accounts(flat, Grain.HOUR, Papers.none(len(flat)), _physical(rule), together=True)
    rows = _rows(own, [(name, start) for name in scopes.names for start in starts], Grain.HOUR, rule)
    for name, members in scopes.groups.items():
        group = np.full((len(scopes), count), -1)
        group[members] = np.arange(count)
        total = parts.grouped(group.reshape(-1), count)
        rows += _rows(total, [(name, start) for start in starts], Grain.HOUR, rule)
    return rows


def period_rows(
    settled: Settled, instruments: Sequence[OwnedInstrument], rules: Sequence[AccountingRule], scopes: Scopes
) -> list[GreenPowerRow]:
    """Green power of a period under each rule, for every scope."""
    rows: list[GreenPowerRow] = []
    for rule in rules:
        papers, used = papers_of(instruments, rule, scopes)
        counted = rule if settled.period.grain > Grain.DAY else _physical(rule)
        keys = [(name, settled.period.starts_at) for name in scopes.names]
        own = close_accounts(settled.terms, settled.period.grain, papers, counted)
        rows += _rows(own, keys, settled.period.grain, rule, used)
        parts = close_accounts(settled.terms, settled.period.grain, papers, counted, together=True)
        for name, members in scopes.groups.items():
            group = np.full(len(scopes), -1)
            group[members] = 0
            listed = [item for i in members for item in used[i]]
            key = [(name, settled.period.starts_at)]
            rows += _rows(parts.grouped(group, 1), key, settled.period.grain, rule, [listed])
    return rows


def emission_rows(
    settled: Settled,
    instruments: Sequence[OwnedInstrument],
    green_rule: AccountingRule,
    rules: Sequence[AccountingRule],
    factors: FactorTable,
    scopes: Scopes,
) -> list[EmissionsRow]:
    """Carbon of a period under each rule, for every scope; instruments count as far as the green-power rule does."""
    papers, _ = papers_of(instruments, green_rule, scopes)
    accounts = close_accounts(settled.terms, settled.period.grain, papers, green_rule)
    monthly = settled.period.grain > Grain.DAY
    done = [_hours(settled.terms, "complete"), _hours(settled.terms, "due")]
    rows: list[EmissionsRow] = []
    for rule in rules:
        parts = []
        for i, terms in enumerate(settled.terms):
            covered = float(accounts.green_trade[i] + accounts.certificate[i]) if monthly else None
            sold = min(float(papers.sold[i]), float(terms[INDEX["renewable"]]))
            grid, resold, direct = (float(terms[flow]) for flow in (IMPORT, RESALE, DIRECT))
            used = Activities(grid, resold, direct, covered, sold, settled.metered[i])
            parts.append(emissions(used, rule, factors))
            rows.append(_emissions_row(scopes.names[i], settled, rule, parts[-1], done[0][i], done[1][i]))
        for name, members in scopes.groups.items():
            total = together(parts[i] for i in members)
            rows.append(_emissions_row(name, settled, rule, total, done[0][members].sum(), done[1][members].sum()))
    return rows


def _physical(rule: AccountingRule) -> AccountingRule:
    """A rule's view of hours and days: own and direct supply, and trades that are settled by the hour."""
    terms = [term for term in ("direct_line", "self_used", "green_trade") if term in rule.body["terms"]]
    return replace(rule, body=rule.body | {"terms": terms})


def papers_of(
    instruments: Sequence[OwnedInstrument], rule: AccountingRule, scopes: Scopes
) -> tuple[Papers, list[list[dict[str, Any]]]]:
    """Amounts by enterprise, and what they are made of. Hourly settled trades are in the balances already."""
    papers = Papers.none(len(scopes))
    used: list[list[dict[str, Any]]] = [[] for _ in scopes.ids]
    target = {"green_trade": papers.trade, "certificate": papers.certificate, "certificate_sold": papers.sold}
    for item in sorted(instruments, key=lambda i: i.id):
        row = scopes.position.get(item.enterprise_id)
        if row is None or _too_old(item, rule):
            continue
        if item.settlement == "monthly" or item.kind != "green_trade":
            target[item.kind][row] += item.energy_kwh
        used[row].append({"id": item.id, "kind": item.kind, "kwh": item.energy_kwh, "serials": list(item.serials)})
    return papers, used


def _too_old(item: OwnedInstrument, rule: AccountingRule) -> bool:
    limit = rule.body.get("vintage_months")
    if limit is None or item.vintage is None or item.month is None:
        return False
    age = (item.month.year - item.vintage.year) * 12 + item.month.month - item.vintage.month
    return age > int(limit)


def _rows(
    accounts: Accounts,
    keys: Sequence[tuple[str, dt.datetime]],
    grain: Grain,
    rule: AccountingRule,
    instruments: Sequence[list[dict[str, Any]]] | None = None,
) -> list[GreenPowerRow]:
    result = shares(accounts)
    monthly = grain > Grain.DAY
    nothing = (accounts.hours_complete == 0) & (accounts.consumption == 0) & (accounts.gap_steps == 0)
    hourly = accounts.green_trade > 0
    unanswered = np.isnan(result.physical) & (accounts.hours_complete == accounts.hours_due)
    columns = [
        np.where(nothing, np.nan, accounts.consumption),
        accounts.direct_line,
        accounts.self_used,
        accounts.green_trade if monthly else np.where(hourly, accounts.green_trade, np.nan),
        accounts.certificate if monthly else np.full(len(keys), np.nan),
        accounts.excess,
        result.policy if monthly else np.full(len(keys), np.nan),
        result.physical,
        result.hourly_matched,
        result.volume_matched,
        result.coverage,
        np.where(unanswered, np.nan, result.low),
        np.where(unanswered, np.nan, result.high),
    ]
    values = [dict(zip(_FIGURES, row, strict=True)) for row in zip(*map(_nullable, columns), strict=True)]
    used = _used(accounts, grain, instruments)
    return [
        GreenPowerRow(scope, grain.word, start, rule.label, used=note, **row)
        for (scope, start), row, note in zip(keys, values, used, strict=True)
    ]


def _used(accounts: Accounts, grain: Grain, instruments: Sequence[list[dict[str, Any]]] | None) -> list[dict[str, Any]]:
    if grain is Grain.HOUR:
        return [{}] * len(accounts.consumption)
    counts = zip(accounts.gap_steps, accounts.hours_due, accounts.hours_complete, strict=True)
    notes = [{"gap_steps": int(g), "point_hours": {"due": int(d), "complete": int(c)}} for g, d, c in counts]
    listed = instruments if instruments is not None else [[] for _ in notes]
    return [note | {"instruments": items} for note, items in zip(notes, listed, strict=True)]


def _nullable(column: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]


def _emissions_row(
    scope: str, settled: Settled, rule: AccountingRule, result: Emissions, complete: float, due: float
) -> EmissionsRow:
    return EmissionsRow(
        scope,
        settled.period.grain.word,
        settled.period.starts_at,
        rule.label,
        result.scope1_kg,
        result.scope2_location_kg,
        result.scope2_market_kg,
        float(complete / due) if due else None,
        [line.as_dict() for line in result.lines],
    )


def _hours(terms: Floats, what: str) -> Floats:
    result: Floats = terms[:, INDEX[f"hours_{what}"]] + terms[:, INDEX[f"activity_hours_{what}"]]
    return result


def _count_activity_hours(
    sums: Floats, facts: PointHours, scopes: Scopes, day_of_hour: NDArray[np.intp], now: dt.datetime
) -> None:
    due = facts.due(now)
    for point, is_due, is_complete in zip(facts.points, due, due & facts.complete, strict=True):
        row = scopes.position[point.enterprise_id]
        for name, counted in (("due", is_due), ("complete", is_complete)):
            sums[row, :, INDEX[f"activity_hours_{name}"]] += np.bincount(
                day_of_hour, weights=counted, minlength=sums.shape[1]
            )


def added(one: Metered, other: Mapping[tuple[str, str], float]) -> Metered:
    """Fuels and heat together."""
    total = defaultdict(float, one)
    for key, amount in other.items():
        total[key] += amount
    return dict(total)


def _activity(key: str) -> tuple[str, str]:
    name, _, unit = key.removesuffix("]").rpartition(" [")
    return name, unit
