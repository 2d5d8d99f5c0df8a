"""What a report is made from, out of the rows that its reader may see."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from accounting.periods import Period, month_period, year_period
from accounting.report import (
    InvoiceCheck,
    Missing,
    MissingHours,
    OddStep,
    RejectedReadings,
    Report,
    Share,
    largest_first,
    share_of,
)
from accounting.standard_coal import EnergyUse, energy_use
from api.energy_use import enterprises_of, factors_at, media_by_month
from api.routes.invoices import reconciled
from schemas.errors import NotFound
from storage.connect import Connection
from storage.queries import fetch_dicts

_MANY = 10_000
_CHECK = ("enterprise", "direction", "invoiced_kwh", "metered_kwh", "difference_kwh", "difference_percent", "verdict")


def load_report(rows: Connection, scope: str, month: dt.date, now: dt.datetime, zone: ZoneInfo) -> Report:
    """The report of a scope that the reader may see.

    Raises:
        NotFound: no accounts of that month.
    """
    period, year = month_period(month, zone), year_period(month, zone)
    found = _shares(rows, scope, "month", year.starts_at, period.ends_at, zone)
    if not found or found[-1].starts_at != period.starts_at:
        raise NotFound(f"no accounts of {scope} for {month:%Y-%m}: nothing was metered, or the schedule does not run")
    members = enterprises_of(rows, scope)
    codes = [member["code"] for member in members]
    whole_year = _shares(rows, scope, "year", year.starts_at, year.ends_at, zone)
    return Report(
        scope=scope,
        scope_name=_name_of(rows, scope, members),
        month=month,
        made_at=now.astimezone(zone),
        timezone=zone.key,
        is_open=now < period.ends_at,
        share=found[-1],
        year_to_date=whole_year[0] if whole_year else None,
        days=tuple(_shares(rows, scope, "day", period.starts_at, period.ends_at, zone)),
        months=tuple(found),
        parts=_parts(rows, scope, members, period, zone),
        energy=_energy(rows, scope, period, now, zone),
        missing=_missing(rows, codes, period, now, zone),
        invoices=_invoices(rows, codes, month, now, zone),
        target=_target(rows, scope),
    )


def _shares(
    rows: Connection, scope: str, grain: str, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> list[Share]:
    form = {"day": "%d", "month": "%Y-%m", "year": "%Y"}[grain]
    bounds = {"from": start, "to": end, "limit": _MANY}
    found = fetch_dicts(rows, "list_visible_green_power", scope=scope, grain=grain, rule=None, **bounds)
    return [share_of(row, row["starts_at"].astimezone(zone).strftime(form)) for row in found]


def _name_of(rows: Connection, scope: str, members: list[dict[str, Any]]) -> str:
    kind, _, code = scope.partition(":")
    if kind == "enterprise":
        return str(members[0]["name"]) if members else code
    if kind == "park":
        return next((park["name"] for park in fetch_dicts(rows, "list_visible_parks") if park["code"] == code), code)
    return code


def _parts(
    rows: Connection, scope: str, members: list[dict[str, Any]], period: Period, zone: ZoneInfo
) -> tuple[tuple[str, Share], ...]:
    if scope.startswith("enterprise:"):
        return ()
    parts = []
    for member in members:
        found = _shares(rows, f"enterprise:{member['code']}", "month", period.starts_at, period.ends_at, zone)
        parts += [(str(member["name"]), share) for share in found]
    return largest_first(parts)


def _energy(rows: Connection, scope: str, period: Period, now: dt.datetime, zone: ZoneInfo) -> EnergyUse:
    metered = media_by_month(rows, scope, period.starts_at, period.ends_at, now, zone).get(period.starts_at, [])
    last_day = min(period.ends_at - dt.timedelta(hours=1), now).astimezone(zone).date()
    return energy_use(metered, factors_at(rows, last_day), one_enterprise=scope.startswith("enterprise:"))


def _missing(rows: Connection, codes: list[str], period: Period, now: dt.datetime, zone: ZoneInfo) -> Missing:
    bounds = {"from": period.starts_at, "to": period.ends_at, "enterprises": codes}
    hours = fetch_dicts(rows, "list_visible_missing_hours", now=now, timezone=zone.key, **bounds)
    steps = fetch_dicts(rows, "list_visible_month_steps", **bounds)
    from_day, to_day = period.starts_at.astimezone(zone).date(), period.ends_at.astimezone(zone).date()
    rejected = fetch_dicts(rows, "sum_visible_rejected", enterprises=codes, from_day=from_day, to_day=to_day)
    return Missing(
        tuple(MissingHours(row["point"], row["name"], row["due"], row["missing"]) for row in hours),
        tuple(_step(row, zone) for row in steps),
        tuple(RejectedReadings(row["enterprise"], row["reason"], row["rejected"]) for row in rejected),
    )


def _step(row: dict[str, Any], zone: ZoneInfo) -> OddStep:
    from_ts, to_ts = row["from_ts"].astimezone(zone), row["to_ts"].astimezone(zone)
    return OddStep(row["point"], row["kind"], from_ts, to_ts, row["amount"], row["unit"])


def _invoices(
    rows: Connection, codes: list[str], month: dt.date, now: dt.datetime, zone: ZoneInfo
) -> tuple[InvoiceCheck, ...]:
    after = {"after_month": None, "after_enterprise": None, "after_direction": None, "limit": _MANY}
    to_month = (month + dt.timedelta(days=31)).replace(day=1)
    bounds = {"enterprises": codes, "from_month": month, "to_month": to_month}
    found = fetch_dicts(rows, "list_visible_grid_invoices", **bounds, **after)
    return tuple(InvoiceCheck(**{name: row[name] for name in _CHECK}) for row in reconciled(rows, found, now, zone))


def _target(rows: Connection, scope: str) -> tuple[float, int] | None:
    """The plan's share of this scope, else the city's for comparison."""
    listed = fetch_dicts(rows, "list_visible_targets", after=None, limit=_MANY)
    shares = {t["scope"]: (t["value"], t["year"]) for t in listed if t["metric"] == "policy_share"}
    return shares.get(scope, shares.get("city"))
