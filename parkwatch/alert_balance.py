"""Do the alerts in the database equal those that the simulator's own truth asks for: none missed, none invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from parkwatch.balance import Difference
from schemas.errors import Unavailable
from schemas.rules import Statistic
from simulators.alert_truth import Ended, ExpectedAlert, expected_alerts
from simulators.registry import demo_rules
from simulators.sent import Truth
from storage.alert_balance import StandingAlert, standing_alerts, unsettled_hours
from storage.alert_periods import judged_through
from storage.alerts import instant
from storage.connect import Connection

TOLERANCE = 1e-9  # of a value: means are summed in another order

_LENGTHS = {
    Statistic.MEAN_10M: dt.timedelta(minutes=10),
    Statistic.MEAN_1H: dt.timedelta(hours=1),
    Statistic.MEAN_1D: dt.timedelta(days=1),
}


@dataclass(slots=True)
class AlertComparison:
    """``alerts`` were expected, ``missed`` of them do not stand, ``invented`` stand and were not expected."""

    alerts: int = 0
    exceedances: int = 0
    missed: int = 0
    invented: int = 0
    differences: list[Difference] = field(default_factory=list)


def compare_alerts(
    connection: Connection,
    truth: Truth,
    rules: list[dict[str, Any]] | None = None,
    beside: Sequence[ExpectedAlert] = (),
) -> AlertComparison:
    """Hold the standing alerts against what was sent. Alerts of missing data follow the clock and are left out.

    Args:
        rules: those that were applied; by default the demo park's.
        beside: what must stand at points of other enterprises, alerts of missing data included.

    Raises:
        Unavailable: hours that have ended are not computed and judged yet.
    """
    ended = _ended(connection)
    wanted = expected_alerts(truth.readings, demo_rules() if rules is None else rules, truth.marks(), ended)
    expected = sorted([*wanted, *beside], key=_place)
    clocked = sorted({alert.point.partition("/")[0] for alert in beside})
    found = AlertComparison(len(expected), sum(alert.kind == "exceedance" for alert in expected))
    for wanted_alert, present in _paired(expected, sorted(standing_alerts(connection, clocked), key=_place)):
        found.missed += present is None
        found.invented += wanted_alert is None
        if wanted_alert is None or present is None or not _same(wanted_alert, present):
            found.differences.append(_difference(wanted_alert, present))
    return found


def _ended(connection: Connection) -> Ended:
    """Through which instant the periods were judged, once all that has ended is computed."""
    through = {statistic: judged_through(connection, statistic) for statistic in _LENGTHS}
    hours_us = through[Statistic.MEAN_1H]
    if hours_us is None or unsettled_hours(connection, instant(hours_us) + _LENGTHS[Statistic.MEAN_1H]):
        raise Unavailable("hours wait to be computed and judged; try again when the schedule has done them")
    ends = [_us(instant(through[statistic] or 0) + length) for statistic, length in _LENGTHS.items()]
    return Ended(*ends)


def _place(alert: ExpectedAlert | StandingAlert) -> tuple[str, str, int]:
    return alert.point, alert.rule, alert.opened_us


def _paired(
    expected: list[ExpectedAlert], standing: list[StandingAlert]
) -> Iterator[tuple[ExpectedAlert | None, StandingAlert | None]]:
    """Alerts of the same place; more than one standing there are each told."""
    wanted = {_place(alert): alert for alert in expected}
    for place, group in groupby(standing, key=_place):
        first, *others = group
        yield wanted.pop(place, None), first
        yield from ((None, other) for other in others)
    yield from ((alert, None) for alert in wanted.values())


def _same(wanted: ExpectedAlert, present: StandingAlert) -> bool:
    value = present.value if wanted.value is None else wanted.value
    close = abs(value - present.value) <= TOLERANCE * max(1.0, abs(value))
    state = "firing" if wanted.resolved_us is None else "resolved"
    return close and (wanted.kind, wanted.resolved_us, state) == (present.kind, present.resolved_us, present.state)


def _difference(wanted: ExpectedAlert | None, present: StandingAlert | None) -> Difference:
    alert = wanted or present
    assert alert is not None  # noqa: S101
    what = "missed alert" if present is None else "invented alert" if wanted is None else "other alert"
    instant = _shown(alert.opened_us)
    return Difference(f"{alert.point} {alert.rule}", what, _told(wanted), _told(present), instant)


def _told(alert: ExpectedAlert | StandingAlert | None) -> str | None:
    if alert is None:
        return None
    until = "open" if alert.resolved_us is None else f"until {_shown(alert.resolved_us)}"
    return f"{alert.kind} {alert.value!r} {until}"


def _shown(ts_us: int) -> str:
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts_us)).isoformat()


def _us(at: dt.datetime) -> int:
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
