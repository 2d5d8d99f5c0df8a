"""Which points a selector means, found by the fields of the points and not one by one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

from schemas.rules import DERIVED_MARK, Selector, WatchedPoint

_NAMING = ("point", "codes")  # a logger's own statistics (V01:1h) are met only by name
_FIELDS = tuple(field.name for field in fields(Selector))


class Points:
    """Points by what selectors ask for."""

    def __init__(self, points: Iterable[WatchedPoint]) -> None:
        self._points: Sequence[WatchedPoint] = list(points)
        self._places: dict[tuple[str, str | None], set[int]] = defaultdict(set)
        for place, point in enumerate(self._points):
            for name in _FIELDS:
                self._places[name, _fact(point, name)].add(place)
        derived = {place for place, point in enumerate(self._points) if DERIVED_MARK in point.code}
        self._usual = set(range(len(self._points))) - derived

    def selected(self, selector: Selector) -> Iterator[WatchedPoint]:
        """The points for which every field that is named matches, with any of its values; in order."""
        named = any(getattr(selector, name) for name in _NAMING)
        wanted = [self._with(name, words) for name in _FIELDS if (words := getattr(selector, name))]
        wanted += [] if named else [self._usual]
        for place in sorted(set.intersection(*wanted)):
            yield self._points[place]

    def _with(self, name: str, words: Sequence[str]) -> set[int]:
        return set().union(*(self._places.get((name, word), ()) for word in words))


def _fact(point: WatchedPoint, name: str) -> str | None:
    if name == "point":
        return point.address
    fact: str | None = getattr(point, "code" if name == "codes" else name)
    return fact
