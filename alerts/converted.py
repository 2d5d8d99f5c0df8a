"""Hours on the terms of rules, made in the transaction that makes the hours of the points they rest on.

A converted hour hangs on the point and on what its outlet measures: it is computed again whenever an hour of any of
them is. The lock of the point is taken before anything is read, so that the last to write has read the newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from accounting.air.marks import in_marks, masked
from accounting.air.outlet_hours import OutletHours, Source, outlet_hours
from alerts.plan import Watch
from alerts.select import Track
from alerts.terms import Series
from schemas.blocks import ReadingBlock
from schemas.marks import MarkKind, MarkSpan
from schemas.metering import HOUR_US, HourlyFacts, PointTerms, PointWindow
from schemas.points import Basis, Kind
from storage.connect import Connection
from storage.converted_hours import ConvertedHour, SeriesHours, lock_conversions, put_converted_hours
from storage.facts import read_gauge_terms, read_terms
from storage.marks import list_mark_spans
from storage.window_readings import read_windows

TermsOf = Callable[[Connection, list[int]], dict[int, PointTerms]]


class Converter:
    """Converts hours; keeps the plan of the tracks that ask for it."""

    def __init__(self) -> None:
        self._watch = Watch(lambda track: track.series is not None and not track.suspect)

    def convert(self, connection: Connection, windows: list[PointWindow]) -> list[ConvertedHour]:
        """Make the converted hours that hang on these windows; those that are new or other than before."""
        wanted = _wanted(self._watch.plan(connection).by_point, windows)
        if not wanted:
            return []
        lock_conversions(connection, wanted)
        readings = _read(connection, wanted)
        made = [hours for one in wanted.values() for hours in _made(one, readings)]
        return put_converted_hours(connection, made)


def converted_hours(
    connection: Connection, point_id: int, series: Series, from_us: int, to_us: int
) -> HourlyFacts | None:
    """The hours [from_us, to_us) of a point on some terms, as the caller may see its readings; nothing is written."""
    one = _Wanted(point_id, {series.key: series}, from_us, to_us)
    readings = _read(connection, {point_id: one}, read_gauge_terms)
    return next((hours.facts for _, hours in _hours(one, readings)), None)


@dataclass(slots=True)
class _Wanted:
    """The hours [from_us, to_us) of a point that are to be converted, on each of the terms that rules ask for."""

    point_id: int
    series: dict[str, Series]
    from_us: int
    to_us: int

    def add(self, window: PointWindow) -> None:
        self.from_us, self.to_us = min(self.from_us, window.from_us), max(self.to_us, window.to_us)

    @property
    def sources(self) -> set[int]:
        return {source.id for series in self.series.values() for source in series.sources.values()}


def _wanted(by_point: dict[int, list[Track]], windows: list[PointWindow]) -> dict[int, _Wanted]:
    """For each point with converted hours those that the windows touch, by itself or by what it rests on; in order."""
    series = {point: {t.series.key: t.series for t in tracks if t.series} for point, tracks in by_point.items()}
    dependants: dict[int, set[int]] = defaultdict(set)
    for point_id, here in series.items():
        for watched in {point_id, *(s.id for one in here.values() for s in one.sources.values())}:
            dependants[watched].add(point_id)
    found: dict[int, _Wanted] = {}
    for window in windows:
        for point_id in dependants.get(window.terms.point_id, ()):
            one = found.setdefault(point_id, _Wanted(point_id, series[point_id], window.from_us, window.to_us))
            one.add(window)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Readings:
    """Readings by point as the marks leave them, with the terms of their points and the marks themselves."""

    by_point: dict[int, ReadingBlock]
    terms: dict[int, PointTerms]
    spans: list[MarkSpan]


def _read(connection: Connection, wanted: dict[int, _Wanted], terms_of: TermsOf = read_terms) -> _Readings:
    """Everything that the wanted hours hang on, in one query; of sources also what reaches into the first hour."""
    spans: dict[int, tuple[int, int]] = {}
    for one in wanted.values():
        for point_id in {one.point_id, *one.sources}:
            first, last = spans.get(point_id, (one.from_us, one.to_us))
            spans[point_id] = min(first, one.from_us - HOUR_US), max(last, one.to_us)
    terms = terms_of(connection, sorted(spans))
    windows = [PointWindow(terms[p], first, last) for p, (first, last) in sorted(spans.items()) if p in terms]
    block, _ = read_windows(connection, windows)
    bounds = min(first for first, _ in spans.values()), max(last for _, last in spans.values())
    marks = list_mark_spans(connection, sorted(spans), *bounds)
    return _Readings(_split(masked(block, marks)), terms, marks)


def _split(block: ReadingBlock) -> dict[int, ReadingBlock]:
    ordered = block.take(np.lexsort((block.ts_us, block.point_id)))
    points, starts = np.unique(ordered.point_id, return_index=True)
    stops = np.append(starts[1:], len(ordered))
    return {
        int(point): ordered.take(np.arange(start, stop))
        for point, start, stop in zip(points.tolist(), starts.tolist(), stops.tolist(), strict=True)
    }


def _made(wanted: _Wanted, readings: _Readings) -> Iterator[SeriesHours]:
    for key, hours in _hours(wanted, readings):
        if len(hours.facts):
            yield SeriesHours(key, hours.facts, hours.conversions)


def _hours(wanted: _Wanted, readings: _Readings) -> Iterator[tuple[str, OutletHours]]:
    own = readings.terms.get(wanted.point_id)
    if own is None or own.kind is not Kind.GAUGE or wanted.point_id not in readings.by_point:
        return
    window = PointWindow(own, wanted.from_us, wanted.to_us)
    for key, series in sorted(wanted.series.items()):
        sources = {
            what: Source(
                what, readings.terms[p.id], p.address, p.unit, Basis(p.reported_basis) if p.reported_basis else None
            )
            for what, p in series.sources.items()
        }
        ids = [wanted.point_id, *(source.terms.point_id for source in sources.values())]
        block = _joined([readings.by_point[point] for point in ids if point in readings.by_point])
        exempt = in_marks(block, readings.spans, [MarkKind(kind) for kind in series.route.terms.exempt])
        yield key, outlet_hours(block, window, series.route, sources, exempt)


def _joined(blocks: list[ReadingBlock]) -> ReadingBlock:
    return ReadingBlock(
        np.concatenate([block.point_id for block in blocks]),
        np.concatenate([block.ts_us for block in blocks]),
        np.concatenate([block.value for block in blocks]),
        np.concatenate([block.flag for block in blocks]),
    )
