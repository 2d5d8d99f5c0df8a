"""How a target stands, out of the accounts that the caller may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounting.targets import Progress, ShareMonth, YearToDate, progress
from schemas.accounts import Target
from storage.connect import Connection
from storage.queries import fetch_dicts

_YEARS_BACK = 5
_FIELDS = ("current", "required", "required_rise_per_month", "forecast", "untracked", "unforecast")


def progress_of(rows: Connection, row: dict[str, Any], today: dt.date, zone: ZoneInfo) -> dict[str, Any]:
    """The fields that say how a target stands."""
    target = Target(**(row | {"value": Decimal(str(row["value"]))}))
    stands = standing(rows, target, today, zone)
    plain = {name: getattr(stands, name) for name in _FIELDS}
    return plain | {name: asdict(plain[name]) for name in ("current", "forecast") if plain[name] is not None}


def standing(rows: Connection, target: Target, today: dt.date, zone: ZoneInfo) -> Progress:
    """Where a target stands on a local day, by the default rule."""
    since = dt.datetime(today.year - _YEARS_BACK, 1, 1, tzinfo=zone)
    this_month = dt.datetime(today.year, today.month, 1, tzinfo=zone)
    asked = {"scope": target.scope, "rule": None, "from": since, "limit": 12 * (_YEARS_BACK + 1)}
    years = fetch_dicts(
        rows, "list_visible_green_power", grain="year", to=this_month.replace(year=today.year + 1), **asked
    )
    months = fetch_dicts(rows, "list_visible_green_power", grain="month", to=this_month, **asked)
    return progress(
        target,
        [_year(row, target.metric, zone) for row in years],
        [_month(row, target.metric, zone) for row in months],
        today,
    )


def _year(row: dict[str, Any], metric: str, zone: ZoneInfo) -> YearToDate:
    bounded = metric == "policy_share"
    return YearToDate(
        year=row["starts_at"].astimezone(zone).year,
        share=row.get(metric),
        consumption_kwh=row["consumption_kwh"] or 0.0,
        share_low=row["share_low"] if bounded else None,
        share_high=row["share_high"] if bounded else None,
        coverage=row["coverage"],
        rule=row["rule"],
    )


def _month(row: dict[str, Any], metric: str, zone: ZoneInfo) -> ShareMonth:
    day = row["starts_at"].astimezone(zone).date()
    return ShareMonth(day, row.get(metric), row["consumption_kwh"] or 0.0)
