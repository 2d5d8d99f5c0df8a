"""The averaging periods that rules know: ten minutes, an hour, a day, aligned to the local calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schemas.alerts import StoredPeriod
from schemas.rules import Statistic
from storage import alert_periods as stored
from storage.alerts import instant
from storage.connect import Connection

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
SETTLING = dt.timedelta(seconds=30)  # after its end a period's last readings may still be on their way
_SAMPLES = 120  # observations of the peak period kept as evidence
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Between = Callable[[Connection, list[int], int, int, ZoneInfo], list[StoredPeriod]]
Samples = Callable[[Connection, int, int, int, int], list[tuple[int, float, str]]]


@dataclass(frozen=True, slots=True)
class Grain:
    """A kind of averaging period.

    Attributes:
        step_us: its length; None is a local day.
        lock: first half of the advisory lock under which it is judged.
        between: the stored periods of points that start in [first, until), by point and start.
        samples: what a period's mean was made of, as evidence.
        page_us: how much of the past one query reads.
        from_the_past: a first run begins with the oldest facts instead of the newest period.
    """

    statistic: Statistic
    step_us: int | None
    lock: int
    between: Between
    samples: Samples
    page_us: int
    from_the_past: bool = False

    def start(self, ts_us: int, timezone: ZoneInfo) -> int:
        """The start of the period that holds an instant."""
        if self.step_us is not None:
            return ts_us // self.step_us * self.step_us
        day = instant(ts_us).astimezone(timezone).date()
        return _midnight(day, timezone)

    def after(self, start_us: int, timezone: ZoneInfo, periods: int = 1) -> int:
        """The start of the period so many periods later, which is the end of the one before it."""
        if self.step_us is not None:
            return start_us + periods * self.step_us
        return _midnight(instant(start_us).astimezone(timezone).date() + dt.timedelta(days=periods), timezone)

    def last_ended(self, now: dt.datetime, timezone: ZoneInfo) -> int:
        """The start of the newest period that has ended and settled."""
        return self.after(self.start(us(now - SETTLING), timezone), timezone, -1)

    def evidence(
        self, connection: Connection, point_id: int, end_us: int, timezone: ZoneInfo
    ) -> list[tuple[int, float, str]]:
        """The observations behind the mean of the period with this end."""
        return self.samples(connection, point_id, self.after(end_us, timezone, -1), end_us, _SAMPLES)


def us(at: dt.datetime) -> int:
    """An instant in microseconds since the epoch."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def _midnight(day: dt.date, timezone: ZoneInfo) -> int:
    return us(dt.datetime.combine(day, dt.time(), timezone))


TEN_MINUTES = Grain(
    Statistic.MEAN_10M,
    10 * MINUTE_US,
    stored.TEN_MINUTE_LOCK,
    stored.list_ten_minutes,
    stored.list_reading_samples,
    24 * HOUR_US,
)
HOUR = Grain(
    Statistic.MEAN_1H,
    HOUR_US,
    stored.HOUR_LOCK,
    stored.list_hours,
    stored.list_reading_samples,
    500 * HOUR_US,
    from_the_past=True,
)
DAY = Grain(Statistic.MEAN_1D, None, stored.DAY_LOCK, stored.list_days, stored.list_hour_samples, 400 * 24 * HOUR_US)
GRAINS = {grain.statistic: grain for grain in (TEN_MINUTES, HOUR, DAY)}
