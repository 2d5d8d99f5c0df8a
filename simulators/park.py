"""The park as a function of time: (seed, since) fix every reading that any gateway ever sends.

Registers count from ``since``; the energy before a day is summed from the model once and kept, so that a simulator that
starts again, or one that backfills beside one that runs live, shows the same registers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from schemas.errors import InvalidInput
from schemas.points import Kind
from simulators.air import air_of
from simulators.events import dropped_samples, missing_minutes
from simulators.plants import PLANTS, Plant
from simulators.points import ENERGY_GATEWAY, TICKS, Point, points_of
from simulators.power import SIGNALS, power_of
from simulators.streams import LOCAL, MINUTE, Floats, day_start_ms, generator

_REGISTERS = 20_000
_REPLACED_ENTERPRISE, _REPLACED_POINT = "ENT05", "E02"
_REPLACED_MINUTE = 10 * 60 + 30  # the meter is changed half a minute after this reading


@dataclass(frozen=True, slots=True)
class Frame:
    """What one gateway reads on one local day.

    Attributes:
        codes: the points, in row order.
        ts_ms: stamps of the minutes, shape (1440,).
        values: shape (len(codes), 1440), NaN where nothing was read.
        flags: HJ 212 letters, same shape.
    """

    codes: tuple[str, ...]
    ts_ms: NDArray[np.int64]
    values: Floats
    flags: NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A meter that was exchanged: the old one's last register, the new one's first."""

    moment: datetime
    last: float
    first: float


def first_of_last_month(today: date) -> date:
    """Where the demo's history begins."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


class Park:
    """The demo park. ``seed`` varies everything that is random, ``since`` is the first day of its history."""

    def __init__(self, seed: int, since: date) -> None:
        self.seed, self.since = seed, since
        self._first_day = since.toordinal()
        self._lock = Lock()
        self._openings: list[Floats] = [np.zeros((len(PLANTS), len(SIGNALS)))]
        self.frame = lru_cache(maxsize=64)(self._frame)
        self._power = lru_cache(maxsize=64)(self._power_of)

    def replacement(self, plant: Plant, point: Point) -> Replacement | None:
        """The exchange of this meter on the tenth day of the history, if it is the one."""
        if (plant.code, point.code) != (_REPLACED_ENTERPRISE, _REPLACED_POINT):
            return None
        day = self._first_day + 9
        moment = datetime.combine(date.fromordinal(day), time(10, 30, 30), LOCAL)
        before = self._register(point, self._energy_at_exchange(plant, point), self._initial(plant, point))
        return Replacement(moment, last=float(before), first=0.0)

    def _frame(self, plant: Plant, gateway: str, day: int) -> Frame:
        """What a gateway reads on a local day (``date.toordinal()``).

        Raises:
            InvalidInput: the day lies before the park's history.
        """
        if day < self._first_day:
            raise InvalidInput(f"the demo park begins on {self.since}, there is nothing on {date.fromordinal(day)}")
        points = points_of(plant, gateway)
        values, flags = (self._meters if gateway == ENERGY_GATEWAY else self._analysers)(plant, points, day)
        values[:, missing_minutes(plant, gateway, self.seed, day)] = np.nan
        values[dropped_samples(plant, gateway, self.seed, day, len(points))] = np.nan
        return Frame(tuple(point.code for point in points), day_start_ms(day) + 60_000 * MINUTE, values, flags)

    def _analysers(self, plant: Plant, points: tuple[Point, ...], day: int) -> tuple[Floats, NDArray[np.bytes_]]:
        signals, analyser_flags = air_of(plant, self.seed, day)
        values = np.stack([np.round(signals[point.signal], point.decimals) for point in points])
        flags = np.full(values.shape, b"N", dtype="S1")
        for row, point in enumerate(points):
            if point.signal in ("nmhc", "voc1", "voc2"):
                flags[row] = analyser_flags
        return values, flags

    def _meters(self, plant: Plant, points: tuple[Point, ...], day: int) -> tuple[Floats, NDArray[np.bytes_]]:
        values = np.stack([
            self._counter(plant, point, day) if point.kind is Kind.COUNTER else self._amounts(plant, point, day)
            for point in points
        ])  # fmt: skip
        return values, np.full(values.shape, b"N", dtype="S1")

    def _amounts(self, plant: Plant, point: Point, day: int) -> Floats:
        """Interval amounts: the stamp 00:00 carries the last minute of the day before."""
        signal = SIGNALS.index(point.signal)
        before = self._power(plant, day - 1)[signal, -1:]
        power = np.concatenate([before, self._power(plant, day)[signal, :-1]])
        amounts = np.round(power * (point.share / 60), point.decimals)
        if day == self._first_day:
            amounts[0] = np.nan  # that minute lies before the history
        return amounts

    def _counter(self, plant: Plant, point: Point, day: int) -> Floats:
        """The register at each minute of the day."""
        energy = self._energy(plant, point, day)
        register = self._register(point, energy, self._initial(plant, point))
        exchange = self.replacement(plant, point)
        if exchange is None or day < self._first_day + 9:
            return register
        since_exchange = energy - self._energy_at_exchange(plant, point)
        new = self._register(point, np.maximum(since_exchange, 0.0), 0)
        return np.where(since_exchange > 0, new, register)

    def _energy(self, plant: Plant, point: Point, day: int) -> Floats:
        """Energy since the beginning of the history at each minute, kWh, of the part the point sees."""
        signal = SIGNALS.index(point.signal)
        minutes = np.cumsum(self._power(plant, day)[signal]) / 60
        opening = self._opening(day)[PLANTS.index(plant), signal]
        return np.asarray(point.share * (opening + np.concatenate([[0.0], minutes[:-1]])))

    def _energy_at_exchange(self, plant: Plant, point: Point) -> float:
        return float(self._energy(plant, point, self._first_day + 9)[_REPLACED_MINUTE : _REPLACED_MINUTE + 2].mean())

    @staticmethod
    def _register(point: Point, energy_kwh: Floats | float, initial: int) -> Floats:
        """What the register shows: whole hundredths, wrapped at its width."""
        ticks = np.floor(np.asarray(energy_kwh) / point.multiplier * TICKS) + initial
        wrapped = ticks if point.width is None else np.mod(ticks, point.width * TICKS)
        return np.asarray(wrapped / TICKS)

    def _initial(self, plant: Plant, point: Point) -> int:
        """Hundredths on the register when the history begins."""
        stream = _REGISTERS + 100 * PLANTS.index(plant) + points_of(plant).index(point)
        return int(generator(self.seed, stream, 0).random() * (point.width or 1e6) * TICKS)

    def _opening(self, day: int) -> Floats:
        """Energy of every plant and signal from ``since`` to the beginning of ``day``, kWh."""
        with self._lock:
            while len(self._openings) <= day - self._first_day:
                yesterday = self._first_day + len(self._openings) - 1
                spent = np.stack([power_of(plant, self.seed, yesterday).sum(axis=1) / 60 for plant in PLANTS])
                self._openings.append(self._openings[-1] + spent)
            return self._openings[day - self._first_day]

    def _power_of(self, plant: Plant, day: int) -> Floats:
        return power_of(plant, self.seed, day)
