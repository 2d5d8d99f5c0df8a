"""Facts of an enterprise and a day, out of the rows that their reader may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from accounting.air.transmission import Transmission, together
from accounting.periods import month_period, start_of
from alerts.digest.facts import (
    AlertLine,
    Alerts,
    Facts,
    Gap,
    Gaps,
    Hours,
    Mark,
    MonthWindow,
    Restated,
    Span,
    Step,
)
from alerts.digest.windows import month_window
from schemas.marks import declared_until
from storage.connect import Connection
from storage.queries import fetch_dicts, fetch_value

_MOST = 50  # of a kind in a digest; the numbers are of all


class _Reader:
    """Rows of an enterprise in spans of time that end with a day, or now where that is sooner."""

    def __init__(self, rows: Connection, enterprise: str, day: dt.date, now: dt.datetime, zone: ZoneInfo) -> None:
        self.rows, self.enterprise, self.day, self.now, self.zone = rows, enterprise, day, now, zone
        self.month = day.replace(day=1)
        self.starts_at, ends_at = start_of(day, zone), start_of(day + dt.timedelta(days=1), zone)
        self.month_starts_at = start_of(self.month, zone)
        self.until = min(ends_at, now)
        self.until_hour = min(ends_at, now.replace(minute=0, second=0, microsecond=0))

    def all(self, name: str, **more: Any) -> list[dict[str, Any]]:
        return fetch_dicts(self.rows, name, enterprise=self.enterprise, **more)

    def in_day(self, name: str, **more: Any) -> list[dict[str, Any]]:
        return self.all(name, **{"from": self.starts_at, "to": self.until}, **more)

    def in_hours(self, name: str, since: dt.datetime, until: dt.datetime | None = None) -> list[dict[str, Any]]:
        """Rows of full hours only: one that is not over is not due."""
        return self.all(name, **{"from": since, "to": until or self.until_hour})


def load(
    rows: Connection, enterprise: str, day: dt.date, now: dt.datetime, zone: ZoneInfo, correction_days: int
) -> Facts:
    """The facts of a local day that has begun, as they stand.

    Args:
        rows: in a transaction of a role that sees the enterprise; nothing of another gets in.
        correction_days: how long a month can be corrected after its last day.
    """
    reader = _Reader(rows, enterprise, day, now, zone)
    (counted,) = reader.in_day("count_visible_alerts", since=reader.month_starts_at)
    steps = reader.all("list_visible_unexplained", to=reader.until, limit=_MOST)
    return Facts(
        enterprise=enterprise,
        name=str(fetch_value(rows, "find_visible_enterprise_name", code=enterprise)),
        day=day,
        made_at=now.astimezone(zone),
        of_day=_span(reader, reader.starts_at, day, counted["opened"], counted["exceedances"]),
        of_month=_span(reader, reader.month_starts_at, reader.month, counted["opened_in_month"]),
        gaps=_gaps(reader.in_day("list_visible_gaps", limit=_MOST)),
        marks=tuple(Mark(**row) for row in reader.in_day("list_visible_digest_marks")),
        alerts=_alerts(reader, counted),
        unmarked_hours={
            row["point"]: row["hours"] for row in reader.in_hours("count_visible_unmarked_hours", reader.starts_at)
        },
        marks_until=declared_until(day, zone),
        steps=tuple(Step(row["point"], row["from_ts"], row["to_ts"]) for row in steps),
        steps_waiting=steps[0]["steps"] if steps else 0,
        restated=_restated(reader),
        windows=tuple(_windows(reader, correction_days)),
        unsettled_hours=_first(reader.in_day("count_unsettled_of_enterprise")),
    )


def _span(reader: _Reader, since: dt.datetime, first: dt.date, opened: int, exceedances: int = 0) -> Span:
    sent = reader.in_hours("count_visible_transmission", since)
    (hours,) = reader.in_hours("count_visible_hours", since)
    bounds = {"from_day": first, "to_day": reader.day + dt.timedelta(days=1)}
    rejected = fetch_dicts(reader.rows, "sum_visible_rejected", enterprises=[reader.enterprise], **bounds)
    return Span(
        together(
            Transmission(row["elapsed_hours"], row["standstill_hours"], row["transmitted_hours"], row["valid_hours"])
            for row in sent
        ),
        Hours(hours["due_hours"], hours["heard_hours"], hours["valid_hours"]),
        {row["reason"]: row["rejected"] for row in rejected},
        opened,
        exceedances,
    )


def _gaps(rows: Sequence[dict[str, Any]]) -> Gaps:
    if not rows:
        return Gaps()
    longest = tuple(Gap(row["point"], row["name"], row["from_ts"], row["to_ts"], row["marked"]) for row in rows)
    return Gaps(rows[0]["points"], rows[0]["gaps"], rows[0]["gaps_s"], longest)


def _alerts(reader: _Reader, counted: dict[str, Any]) -> Alerts:
    first = tuple(AlertLine(**row) for row in reader.in_day("list_visible_open_alerts", limit=_MOST))
    return Alerts(counted["open"], counted["unacknowledged"], first)


def _restated(reader: _Reader) -> tuple[Restated, ...]:
    """Months that wait for a decision, and those that were restated since the day began."""
    scope = f"enterprise:{reader.enterprise}"
    rows = fetch_dicts(reader.rows, "list_visible_restated_months", scope=scope, since=reader.starts_at)
    return tuple(Restated(row["month"], row["state"], row["figures"]) for row in rows)


def _windows(reader: _Reader, correction_days: int) -> list[MonthWindow]:
    """The window of the day's month; before it that of the month before, while it is open."""
    before = (reader.month - dt.timedelta(days=1)).replace(day=1)
    windows = []
    for month in (before, reader.month):
        closed_at = fetch_value(reader.rows, "find_visible_closing", month=month)
        closes_at = month_window(month, correction_days, closed_at, reader.zone)
        if month == reader.month or reader.now < closes_at:
            period = month_period(month, reader.zone)
            until = min(period.ends_at, reader.until_hour)
            missing = _first(reader.in_hours("count_visible_missing_hours", period.starts_at, until))
            windows.append(MonthWindow(month, closes_at, missing))
    return windows


def _first(rows: Sequence[dict[str, Any]]) -> int:
    return int(next(iter(rows[0].values())))
