"""A city of 2,000 points: ten of the simulator's parks, day by day, as readings arrive from their gateways.

Values, gaps and flags are the simulator's. A gateway polls on the minute and sends some seconds later, always about as
long after; now and then it is cut off for up to three hours and sends all of it at once. Ingest takes what has come
every tenth of a second, and its readings have the instant of that batch.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from schemas.blocks import ReadingBlock
from schemas.metering import FOREVER_US, PointTerms, PointWindow
from schemas.points import Kind
from simulators.park import Frame, Park
from simulators.plants import PLANTS, Plant
from simulators.points import GATEWAYS
from simulators.registry import demo_registry
from simulators.streams import MINUTES, day_start_ms

POINTS = 2_000
PARKS = 10
DAY_US, MINUTE_US = 86_400_000_000, 60_000_000
_BATCH_US = 100_000
_OUTAGES_A_DAY = 0.03  # of a gateway
_BESIDE = 120  # minutes of the days before and after from which a day's facts are made too

Floats = NDArray[np.float64]


class Arrivals(NamedTuple):
    """Readings in the order of arrival."""

    block: ReadingBlock
    received_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Line:
    """A gateway of a park and the keys of its points; 0 where the city has no such point."""

    park: int
    plant: Plant
    gateway: str
    keys: NDArray[np.int32]


def registry(first: dt.date, last: dt.date) -> str:
    """The city as ``parkwatch registry apply`` reads it: the demo park ten times, with 2,000 points in all."""
    documents = []
    for park in range(PARKS):
        text = demo_registry(last, first, seed_of(park))
        documents.append(yaml.safe_load(re.sub(r"ENT(\d\d)", lambda m: _code(park, int(m[1])), text)))  # noqa: B023
    left = POINTS
    for enterprise in (e for document in documents for e in document["enterprises"]):
        enterprise["points"] = [_alone(point) for point in enterprise["points"][:left]]
        left -= len(enterprise["points"])
    document = documents[0] | {"enterprises": [e for found in documents for e in found["enterprises"]]}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def _alone(point: dict[str, Any]) -> dict[str, Any]:
    """Ten loggers would have the same number."""
    return {key: value for key, value in point.items() if key != "hj212"}


def seed_of(park: int) -> int:
    return 1 + park


def _code(park: int, number: int) -> str:
    return f"ENT{park * len(PLANTS) + number:02}"


class City:
    """The readings of every point of the registry.

    Args:
        keys: the database's key of each point, by enterprise and code.
    """

    def __init__(self, first: dt.date, keys: Mapping[tuple[str, str], int]) -> None:
        self.first = first.toordinal()
        self._parks = [Park(seed_of(park), first) for park in range(PARKS)]
        self._lines = list(self._lines_of(keys))

    def _lines_of(self, keys: Mapping[tuple[str, str], int]) -> Iterator[_Line]:
        for park in range(PARKS):
            for number, plant in enumerate(PLANTS, start=1):
                for gateway in GATEWAYS:
                    codes = self._parks[park].frame(plant, gateway, self.first).codes
                    found = [keys.get((_code(park, number), code), 0) for code in codes]
                    yield _Line(park, plant, gateway, np.array(found, np.int32))

    def frames(self, day: int) -> Iterator[tuple[_Line, Frame]]:
        for line in self._lines:
            yield line, self._parks[line.park].frame(line.plant, line.gateway, day)

    def day(self, day: int) -> Arrivals:
        """All readings of a local day (``date.toordinal()``) in the order in which they are stored."""
        parts, received = [], []
        for n, (line, frame) in enumerate(self.frames(day)):
            random = np.random.default_rng([n, day])
            arrival_us = _arrivals(frame.ts_ms * 1000, np.random.default_rng(n), random)
            there = ~np.isnan(frame.values) & (line.keys > 0)[:, None]
            row, minute = np.nonzero(there)
            parts.append(
                ReadingBlock(line.keys[row], frame.ts_ms[minute] * 1000, frame.values[there], frame.flags[there])
            )
            received.append(arrival_us[minute])
        block, arrival = joined(parts), np.concatenate(received)
        batch = arrival // _BATCH_US
        written = (batch + 1) * _BATCH_US + (
            batch * 2_654_435_761 % 1_000_003
        ) % 40_000  # a batch begins at any instant
        order = np.lexsort((block.ts_us, block.point_id, written))
        return Arrivals(block.take(order), written[order])

    def around(self, day: int) -> ReadingBlock:
        """The readings of a local day with those beside it on which its facts hang."""
        parts = []
        for at, minutes in ((day - 1, slice(-_BESIDE, None)), (day, slice(None)), (day + 1, slice(0, _BESIDE))):
            for line, frame in self.frames(at) if at >= self.first else ():
                values = np.where((line.keys > 0)[:, None], frame.values, np.nan)[:, minutes]
                row, minute = np.nonzero(~np.isnan(values))
                ts_us = frame.ts_ms[minutes][minute] * 1000
                parts.append(
                    ReadingBlock(line.keys[row], ts_us, values[row, minute], frame.flags[:, minutes][row, minute])
                )
        return joined(parts)

    def windows(self, day: int, terms: Mapping[int, PointTerms]) -> list[PointWindow]:
        """The hours of a local day, of every point."""
        start = day_start_ms(day) * 1000
        before = start - _BESIDE * MINUTE_US if day > self.first else -FOREVER_US
        after = start + DAY_US + _BESIDE * MINUTE_US
        return [PointWindow(t, start, start + DAY_US, before, after) for t in terms.values()]


def year_of(
    terms: Mapping[int, PointTerms], keys: Mapping[tuple[str, str], int], first: dt.date, days: int
) -> ReadingBlock:
    """A year of the gauges of the first enterprise, before the city's first day."""
    since = first - dt.timedelta(days=days)
    park, parts = Park(seed_of(0), since), []
    for day in range(since.toordinal(), first.toordinal()):
        frame = park.frame(PLANTS[0], GATEWAYS[1], day)
        for code, values, flags in zip(frame.codes, frame.values, frame.flags, strict=True):
            key = keys.get((_code(0, 1), code), 0)
            there = ~np.isnan(values)
            if key in terms and terms[key].kind is Kind.GAUGE:
                points = np.full(int(there.sum()), key, np.int32)
                parts.append(ReadingBlock(points, frame.ts_ms[there] * 1000, values[there], flags[there]))
    return joined(parts)


def joined(parts: list[ReadingBlock]) -> ReadingBlock:
    """Blocks one behind the other."""
    return ReadingBlock(
        np.concatenate([part.point_id for part in parts]),
        np.concatenate([part.ts_us for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.flag for part in parts]),
    )


def _arrivals(
    ts_us: NDArray[np.int64], habit: np.random.Generator, chance: np.random.Generator
) -> NDArray[np.int64]:  # fmt: skip
    """When the messages of a gateway's minutes arrive."""
    after_s = (
        habit.uniform(0.5, 20)
        + chance.gamma(2, 0.05, MINUTES)
        + (chance.random(MINUTES) < 0.01) * chance.exponential(5, MINUTES)
    )
    arrival = ts_us + (after_s * 1e6).astype(np.int64)
    if chance.random() < _OUTAGES_A_DAY:
        start = int(chance.integers(0, MINUTES - 200))
        end = start + int(chance.integers(30, 180))
        back = int(ts_us[end]) + int(after_s[end] * 1e6)
        arrival[start:end] = back + 50_000 * np.arange(end - start)
    return arrival
