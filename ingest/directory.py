"""Who is who: the points that readings may belong to, as arrays that a batch is compared with at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.connect import Connection
from storage.queries import fetch, fetch_value

UNKNOWN_POINT = -1
UNKNOWN_ENTERPRISE = -2
_NEVER_US = np.iinfo(np.int64).max
_GAP = 1.5  # a counter's step longer than this many intervals is a gap (docs/explanation/numbers.md)


@dataclass(frozen=True, slots=True)
class PointRow:
    id: int
    enterprise: str
    code: str
    kind: str
    interval_s: float
    range_low: float | None
    range_high: float | None
    max_age_s: float | None
    retired_at_us: int | None


class Directory:
    """A snapshot of the registry.

    Attributes:
        version: the registry version it was read at.
        positions: enterprise to point code to position in the arrays.
    """

    def __init__(self, rows: list[PointRow], version: int) -> None:
        self.version = version
        self.positions: dict[str, dict[str, int]] = {}
        for position, row in enumerate(rows):
            self.positions.setdefault(row.enterprise, {})[row.code] = position
        self.point_id = np.array([r.id for r in rows], np.int32)
        self.range_low = np.array([-np.inf if r.range_low is None else r.range_low for r in rows])
        self.range_high = np.array([np.inf if r.range_high is None else r.range_high for r in rows])
        self.max_age_us = _limits([None if r.max_age_s is None else round(r.max_age_s * 1e6) for r in rows])
        self.retired_us = _limits([r.retired_at_us for r in rows])
        self.before_us, self.after_us = _reach(rows)

    def positions_of(self, enterprise: str, codes: list[str]) -> list[int]:
        """For each code its position, or why there is none."""
        known = self.positions.get(enterprise)
        if known is None:
            return [UNKNOWN_ENTERPRISE] * len(codes)
        return [known.get(code, UNKNOWN_POINT) for code in codes]

    def touched_hours(self, position: NDArray[np.int64], ts_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Instants inside the hours that a reading can change, shape (n, 3): its own, and a counter's neighbours."""
        before, after = ts_us - self.before_us[position], ts_us + self.after_us[position]
        own = np.where(self.after_us[position] == 0, before, ts_us)
        return np.stack([before, own, after - (after > ts_us)], axis=1)


def read_directory(connection: Connection, known: Directory | None) -> Directory:
    """The current registry; the known snapshot where nothing has changed since."""
    version: int = fetch_value(connection, "registry_version")
    if known is not None and known.version == version:
        return known
    return Directory(fetch(connection, PointRow, "select_directory"), version)


def _limits(values: list[int | None]) -> NDArray[np.int64]:
    return np.array([_NEVER_US if v is None else v for v in values], np.int64)


def _reach(rows: list[PointRow]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far before and after its stamp a reading can change hours, by kind."""
    before = np.zeros(len(rows), np.int64)
    after = np.zeros(len(rows), np.int64)
    for i, row in enumerate(rows):
        if row.kind == "counter":
            before[i] = after[i] = round(row.interval_s * _GAP * 1e6)
        elif row.kind == "interval":
            before[i] = 1
    return before, after
