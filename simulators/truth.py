"""The oracle: what the accounts must show for the readings that the simulator sent.

Written apart from the accounts and in plain loops, so that the two can be held against each other. It sees only what a
gateway sends: registers in hundredths, the epochs that the registry declares, and the minutes that are missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from schemas.points import ELECTRICITY_ROLES, Kind, Role
from simulators.park import Park
from simulators.plants import PLANTS, Plant
from simulators.points import AIR_GATEWAY, ENERGY_GATEWAY, TICKS, Point, points_of
from simulators.registry import instruments_of
from simulators.streams import LOCAL, minute_of

NMHC_LIMIT = 60.0
VALID_MINUTES = 45
_HOUR_S, _DAY_S, _OFFSET_S = 3600, 86_400, 8 * 3600
_GENERATION = (Role.ONSITE_SOLAR, Role.ONSITE_WIND, Role.ONSITE_THERMAL, Role.ONSITE_WASTE_HEAT)
_RENEWABLE = (Role.ONSITE_SOLAR, Role.ONSITE_WIND)
_ADDED = (Role.GRID_IMPORT, Role.DIRECT_LINE, *_GENERATION)

Energies = dict[Role, float]
Step = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Terms:
    """Energies in kWh; ``trades`` and ``certificates`` after the cap where it applies."""

    consumption: float = 0.0
    direct: float = 0.0
    self_used: float = 0.0
    trades: float = 0.0
    certificates: float = 0.0

    def __add__(self, other: Terms) -> Terms:
        return Terms(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def physical_share(self) -> float | None:
        return (self.direct + self.self_used) / self.consumption if self.consumption else None

    @property
    def policy_share(self) -> float | None:
        green = self.direct + self.self_used + self.trades + self.certificates
        return green / self.consumption if self.consumption else None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Energy of one enterprise by role, each step in the shortest period that contains it.

    Keys are the hour's beginning, the day, and the first day of the month. A step over the end of a month is in none.
    """

    hours: dict[datetime, Energies] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    days: dict[date, Energies] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    months: dict[date, Energies] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))


@dataclass(frozen=True, slots=True)
class HourMean:
    """Non-methane hydrocarbons of an outlet in a valid hour, mg/m3."""

    enterprise: str
    hour: datetime
    mean: float

    @property
    def exceeds(self) -> bool:
        return self.mean > NMHC_LIMIT


class Truth:
    """What the readings of [``start``, ``end``], both minutes included, add up to."""

    def __init__(self, park: Park, start: datetime, end: datetime) -> None:
        self.park = park
        self.start_s, self.end_s = int(start.timestamp()) // 60 * 60, int(end.timestamp()) // 60 * 60
        self._days = range(minute_of(start)[0], minute_of(end)[0] + 1)
        self._today = end.astimezone(LOCAL).date()
        self.ledgers = {plant.code: self._ledger(plant) for plant in PLANTS}

    def energy(self, enterprise: str, period: datetime | date) -> Energies:
        """Energy by role, kWh, in an hour (a datetime), a day, or a month (its first day: see ``month_energy``)."""
        ledger = self.ledgers[enterprise]
        if isinstance(period, datetime):
            return dict(ledger.hours.get(period.astimezone(LOCAL), {}))
        hours = (energies for hour, energies in ledger.hours.items() if hour.date() == period)
        return _sum(ledger.days.get(period, {}), *hours)

    def month_energy(self, enterprise: str, month: date) -> Energies:
        """Energy by role in a month, kWh; ``month`` is its first day."""
        ledger = self.ledgers[enterprise]
        hours = (energies for hour, energies in ledger.hours.items() if hour.date().replace(day=1) == month)
        days = (energies for day, energies in ledger.days.items() if day.replace(day=1) == month)
        return _sum(ledger.months.get(month, {}), *days, *hours)

    def month(self, enterprise: str, month: date) -> Terms:
        """The terms of an enterprise in a month, trades and certificates cut where they exceed its consumption."""
        ledger, energies = self.ledgers[enterprise], self.month_energy(enterprise, month)
        parts = [
            ledger.months.get(month, {}),
            *(part for day, part in ledger.days.items() if day.replace(day=1) == month),
            *(part for hour, part in ledger.hours.items() if hour.date().replace(day=1) == month),
        ]
        self_used = sum(_self_used(part) for part in parts)
        trades = self._instruments(enterprise, month, "green_trade")
        certificates = self._instruments(enterprise, month, "certificate")
        direct = energies.get(Role.DIRECT_LINE, 0.0)
        return _capped(Terms(_consumption(energies), direct, self_used, trades, certificates))

    def park_month(self, park: str, month: date) -> Terms:
        """The terms of a park: the sums of its capped enterprises."""
        return sum((self.month(plant.code, month) for plant in PLANTS if plant.park == park), Terms())

    def city_month(self, month: date) -> Terms:
        return sum((self.month(plant.code, month) for plant in PLANTS), Terms())

    def nmhc_hours(self) -> list[HourMean]:
        """The valid hours of every outlet, those over the limit and the others."""
        return [mean for plant in PLANTS for mean in self._nmhc_of(plant)]

    def _ledger(self, plant: Plant) -> Ledger:
        ledger = Ledger()
        for point in points_of(plant, ENERGY_GATEWAY):
            if point.role in ELECTRICITY_ROLES:
                steps = self._counter_steps(plant, point) if point.kind is Kind.COUNTER else self._amounts(plant, point)
                _book(ledger, point.role, steps)
        return ledger

    def _readings(self, plant: Plant, point: Point) -> Iterator[tuple[int, float, bytes]]:
        """Stamp (epoch seconds), value and flag of everything sent for a point."""
        for day in self._days:
            frame = self.park.frame(plant, point.gateway, day)
            row = frame.codes.index(point.code)
            stamps, values, flags = frame.ts_ms.tolist(), frame.values[row].tolist(), frame.flags[row].tolist()
            for ts_ms, value, flag in zip(stamps, values, flags, strict=True):
                if value == value and self.start_s <= ts_ms // 1000 <= self.end_s:  # NaN: never read
                    yield ts_ms // 1000, value, flag

    def _amounts(self, plant: Plant, point: Point) -> Iterator[Step]:
        for ts, value, _ in self._readings(plant, point):
            yield ts - 60, ts, value

    def _counter_steps(self, plant: Plant, point: Point) -> Iterator[Step]:
        exchange = self.park.replacement(plant, point)
        exchanged_s = exchange.moment.timestamp() if exchange else float("inf")
        before: tuple[int, float] | None = None
        for ts, register, _ in self._readings(plant, point):
            if exchange and ts >= exchanged_s and (before is None or before[0] < exchanged_s):
                moment = int(exchanged_s)
                if before:
                    yield before[0], moment, _difference(point, before[1], exchange.last)
                before = moment, exchange.first
            if before:
                yield before[0], ts, _difference(point, before[1], register)
            before = ts, register

    def _instruments(self, enterprise: str, month: date, kind: str) -> float:
        """MWh of a kind that count in a month, in kWh."""
        plant = next(plant for plant in PLANTS if plant.code == enterprise)
        instruments = instruments_of(plant, self.park.since, self._today)
        counted = (item for item in instruments if item["kind"] == kind and _month_of(item) == f"{month:%Y-%m}")
        return float(sum(item["mwh"] for item in counted)) * 1000

    def _nmhc_of(self, plant: Plant) -> Iterator[HourMean]:
        point = next(point for point in points_of(plant, AIR_GATEWAY) if point.code == "V01")
        samples: dict[int, list[float]] = defaultdict(list)
        for ts, value, flag in self._readings(plant, point):
            if flag == b"N":
                samples[ts // _HOUR_S].append(value)
        for hour, values in samples.items():
            if len(values) >= VALID_MINUTES:
                yield HourMean(plant.code, _local(hour * _HOUR_S), sum(values) / len(values))


def _difference(point: Point, before: float, after: float) -> float:
    """kWh between two registers of one meter; the only way it falls is over its width."""
    ticks = round(after * TICKS) - round(before * TICKS)
    if point.width is not None:
        ticks %= round(point.width * TICKS)
    return ticks / TICKS * point.multiplier


def _book(ledger: Ledger, role: Role, steps: Iterator[Step]) -> None:
    by_hour: dict[int, float] = defaultdict(float)
    for begin, end, energy in steps:
        if begin // _HOUR_S == (end - 1) // _HOUR_S:
            by_hour[begin // _HOUR_S] += energy
            continue
        first, last = _local(begin), _local(end) - timedelta(microseconds=1)
        if first.date() == last.date():
            ledger.days[first.date()][role] += energy
        elif (first.year, first.month) == (last.year, last.month):
            ledger.months[first.date().replace(day=1)][role] += energy
    for hour, energy in by_hour.items():
        ledger.hours[_local(hour * _HOUR_S)][role] += energy


def _consumption(energies: Energies) -> float:
    """E: what came in, by the grid, by the line and from the site's own plants, less what went out."""
    return sum(energies.get(role, 0.0) for role in _ADDED) - energies.get(Role.GRID_EXPORT, 0.0)


def _self_used(energies: Energies) -> float:
    """S of one period: what was exported is taken from all on-site plants alike."""
    everything = sum(energies.get(role, 0.0) for role in _GENERATION)
    if everything <= 0:
        return 0.0
    kept = min(1.0, max(0.0, 1 - energies.get(Role.GRID_EXPORT, 0.0) / everything))
    return kept * sum(energies.get(role, 0.0) for role in _RENEWABLE)


def _capped(terms: Terms) -> Terms:
    room = max(0.0, terms.consumption - terms.direct - terms.self_used)
    trades = min(terms.trades, room)
    certificates = min(terms.certificates, room - trades)
    return Terms(terms.consumption, terms.direct, terms.self_used, trades, certificates)


def _month_of(instrument: dict[str, Any]) -> str:
    if instrument["kind"] == "green_trade":
        return str(instrument["period"])
    return str(instrument.get("use_period") or f"{instrument['cancelled']:%Y-%m}")


def _sum(*parts: Energies) -> Energies:
    total: Energies = defaultdict(float)
    for part in parts:
        for role, energy in part.items():
            total[role] += energy
    return dict(total)


def _local(epoch_s: int) -> datetime:
    return datetime.fromtimestamp(epoch_s, LOCAL)
