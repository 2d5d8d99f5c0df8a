"""Hourly facts and meter steps: which hours are due, on what terms, and their results into the tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from schemas.metering import ComputedHours, HourlyFacts, MeterEpoch, MeterStep, PointTerms, PointWindow
from schemas.points import ELECTRICITY_ROLES, Kind, Role
from storage.arrays import array
from storage.connect import Connection
from storage.day_facts import Span, mark_point_days
from storage.engine import settle_commits
from storage.queries import execute, fetch, query
from storage.readings import instant

POINT_LOCK = 727_590  # first key of the advisory lock on a point whose hours are being computed
SPAN = dt.timedelta(hours=12)  # of one point at once
_MARKS_PER_HOUR = 3  # several batches mark the same hour
ACCOUNTED_ROLES = frozenset({*ELECTRICITY_ROLES, Role.FUEL, Role.HEAT})
_COLUMNS = {
    "int4": ("n", "n_valid", "minutes"),
    "float8": ("mean", "min", "max", "first", "last", "delta", "covered_s"),
    "bool": ("valid",),
}
_KWH = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0, "GWh": 1_000_000.0}


@dataclass(frozen=True, slots=True)
class _TermsRow:
    point_id: int
    kind: str
    unit: str
    interval_s: float
    plausible_low: float | None
    plausible_high: float | None
    capacity_kw: float | None
    epochs: list[list[Any]]

    def terms(self) -> PointTerms:
        kwh = _KWH.get(self.unit)
        known = self.capacity_kw is not None and kwh is not None
        return PointTerms(
            self.point_id,
            Kind(self.kind),
            self.interval_s,
            -inf if self.plausible_low is None else self.plausible_low,
            inf if self.plausible_high is None else self.plausible_high,
            (self.capacity_kw or 0.0) / 3600 / (kwh or 1.0) if known else inf,
            tuple(_epoch(*epoch) for epoch in self.epochs),
        )


def _epoch(
    valid_from_us: int, width: float | None, multiplier: float, first: float | None, last: float | None
) -> MeterEpoch:
    """An epoch of JSON numbers, where a whole number is an int."""
    width, first, last = (None if number is None else float(number) for number in (width, first, last))
    return MeterEpoch(valid_from_us, width, float(multiplier), first, last)


def read_terms(connection: Connection, point_ids: list[int]) -> dict[int, PointTerms]:
    """The terms of points, by key."""
    rows = fetch(connection, _TermsRow, "select_point_terms", point_ids=point_ids)
    return {row.point_id: row.terms() for row in rows}


def read_gauge_terms(connection: Connection, point_ids: list[int]) -> dict[int, PointTerms]:
    """The terms of those of the points that are levels and that the caller may see, by key."""
    rows = fetch(connection, _TermsRow, "select_gauge_terms", point_ids=point_ids)
    return {row.point_id: row.terms() for row in rows}


def claim_hours(connection: Connection, limit: int, *, oldest: bool = False) -> list[PointWindow]:
    """Take about ``limit`` of the newest dirty hours, and the lock on each of their points, until the transaction ends.

    A point that another worker computes is left with its marks. Of one point at most ``SPAN`` is taken at once.

    Args:
        oldest: take the oldest instead.
    """
    parameters = {"marks": limit * _MARKS_PER_HOUR, "span": SPAN, "lock": POINT_LOCK}
    claim = query("claim_oldest_dirty_hours" if oldest else "claim_dirty_hours")
    rows = connection.execute(claim, parameters).fetchall()
    if rows:
        settle_commits(connection)
    terms = read_terms(connection, [row[0] for row in rows])
    windows = [PointWindow(terms[p], us(starts), us(ends)) for p, starts, ends in rows if p in terms]
    return sorted(windows, key=lambda window: window.terms.point_id)


def points_with_odd_steps(connection: Connection, windows: list[PointWindow], margin_us: int) -> set[int]:
    """The points that have steps other than gaps in or within ``margin_us`` of their windows."""
    rows = connection.execute(
        query("find_points_with_odd_steps"),
        {
            "point_ids": [w.terms.point_id for w in windows],
            "firsts": [instant(w.from_us - margin_us) for w in windows],
            "lasts": [instant(w.to_us + margin_us) for w in windows],
        },
    )
    return {row[0] for row in rows}


def write_hours(
    connection: Connection, windows: list[PointWindow], computed: ComputedHours, timezone: ZoneInfo
) -> HourlyFacts:
    """Make the tables say what was computed for the windows, and mark the days whose accounts change.

    Returns:
        the facts that are new or other than before; writing the same again changes nothing.
    """
    facts = computed.facts
    changed, emptied = _put_facts(connection, facts), _delete_empty(connection, windows, facts)
    hours = [(point, hour, hour + dt.timedelta(hours=1)) for point, hour in [*changed, *emptied]]
    spans = hours + _replace_steps(connection, windows, computed.steps)
    if spans:
        _mark_days(connection, spans, timezone)
        mark_point_days(connection, spans, timezone.key)
    keys = {(point, us(hour)) for point, hour in changed}
    pairs = zip(facts.point_id.tolist(), facts.hour_us.tolist(), strict=True)
    return facts.take(np.fromiter((pair in keys for pair in pairs), bool, len(facts)))


def mark_readings_dirty(connection: Connection, point_ids: list[int], start: dt.datetime, end: dt.datetime) -> int:
    """Have all hours of points in [start, end) computed again; how many."""
    return execute(connection, "mark_readings_dirty", **{"point_ids": point_ids, "from": start, "to": end})


def us(at: dt.datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


Hour = tuple[int, dt.datetime]


def _put_facts(connection: Connection, facts: HourlyFacts) -> list[Hour]:
    columns = {name: array(kind, getattr(facts, name)) for kind, names in _COLUMNS.items() for name in names}
    keys = {"point_ids": array("int4", facts.point_id), "hours_us": array("int8", facts.hour_us)}
    return connection.execute(query("put_hourly_facts"), keys | columns).fetchall()


def _delete_empty(connection: Connection, windows: list[PointWindow], facts: HourlyFacts) -> list[Hour]:
    kept = {"kept_point_ids": array("int4", facts.point_id), "kept_hours_us": array("int8", facts.hour_us)}
    return connection.execute(query("delete_empty_hours"), _bounds(windows) | kept).fetchall()


def _replace_steps(
    connection: Connection, windows: list[PointWindow], steps: list[tuple[int, MeterStep]]
) -> list[Span]:
    metered = [w for w in windows if w.terms.kind is not Kind.GAUGE]
    if not metered:
        return []
    points = [point for point, _ in steps]
    starts = [instant(step.from_us) for _, step in steps]
    by_end = {"by_end": [w.terms.kind is Kind.INTERVAL for w in metered]}
    kept = {"kept_point_ids": points, "kept_from": starts}
    gone = connection.execute(query("delete_superseded_steps"), _bounds(metered) | by_end | kept).fetchall()
    if not steps:
        return gone
    columns = {
        "point_ids": points,
        "from_ts": starts,
        "to_ts": [instant(step.to_us) for _, step in steps],
        "kinds": [step.kind.value for _, step in steps],
        "from_registers": [step.from_register for _, step in steps],
        "to_registers": [step.to_register for _, step in steps],
        "amounts": [step.amount for _, step in steps],
        "in_hours": [step.in_hours for _, step in steps],
        "rules": [step.rule.value for _, step in steps],
    }
    return gone + connection.execute(query("put_meter_steps"), columns).fetchall()


def _bounds(windows: list[PointWindow]) -> dict[str, Any]:
    return {
        "point_ids": array("int4", np.array([w.terms.point_id for w in windows], np.int32)),
        "starts": array("timestamptz", np.array([w.from_us for w in windows], np.int64)),
        "ends": array("timestamptz", np.array([w.to_us for w in windows], np.int64)),
    }


def _mark_days(connection: Connection, spans: list[Span], timezone: ZoneInfo) -> None:
    execute(
        connection,
        "mark_changed_days",
        point_ids=[point for point, _, _ in spans],
        firsts=[first for _, first, _ in spans],
        lasts=[last for _, _, last in spans],
        roles=sorted(ACCOUNTED_ROLES),
        timezone=timezone.key,
    )
