"""Who is who: the points that readings may belong to, as arrays that a batch is compared with at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.names import DeviceKey, Hj212Name, Name
from schemas.hj212 import CrcVariant, Hj212Device, LengthRule
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
    hj212_mn: str | None = None
    hj212_code: str | None = None
    sparkplug_name: str | None = None
    hj212_crc: str | None = None
    hj212_length: str | None = None
    hj212_minute_interval_s: str | None = None
    telemetry_name: str | None = None


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
        self._rows = rows
        self._loggers = _Loggers(rows)
        self._sparkplug: dict[tuple[str, str], int] = {}
        self._devices: dict[tuple[str, str], int] = {}
        for position, row in enumerate(rows):
            if row.sparkplug_name:
                self._sparkplug.setdefault((row.enterprise, row.sparkplug_name), position)
            if row.telemetry_name:
                self._devices.setdefault((row.enterprise, row.telemetry_name), position)

    def positions_of(self, enterprise: str, codes: list[str]) -> list[int]:
        """For each code its position, or why there is none."""
        known = self.positions.get(enterprise)
        if known is None:
            return [UNKNOWN_ENTERPRISE] * len(codes)
        return [known.get(code, UNKNOWN_POINT) for code in codes]

    def position_of(self, enterprise: str, name: Name) -> int:
        """The position of a series as its language names it, or why there is none."""
        if enterprise not in self.positions:
            return UNKNOWN_ENTERPRISE
        if isinstance(name, DeviceKey):
            return self._position_at_device(enterprise, name)
        if not isinstance(name, Hj212Name):
            paths = ((enterprise, path) for path in name.paths)
            return next((self._sparkplug[path] for path in paths if path in self._sparkplug), UNKNOWN_POINT)
        live = self.live_position(enterprise, name)
        if live < 0 or not name.part:
            return live
        return self.positions[enterprise].get(f"{self._rows[live].code}:{name.part}", UNKNOWN_POINT)

    def _position_at_device(self, enterprise: str, name: DeviceKey) -> int:
        """The point registered for the device's key, else the one whose code the key is, if it is nobody's alone."""
        found = self._devices.get((enterprise, f"{name.device}/{name.key}"))
        if found is not None:
            return found
        by_code = self.positions.get(enterprise, {}).get(name.key, UNKNOWN_POINT)
        taken = by_code >= 0 and self._rows[by_code].telemetry_name
        return UNKNOWN_POINT if name.shared or taken else by_code

    def live_position(self, enterprise: str, name: Hj212Name) -> int:
        """The position of the live point of an HJ 212 series, or why there is none."""
        found = self._loggers.positions.get((enterprise, name.mn, name.code))
        if found is not None:
            return found
        owners = self._loggers.owners.get(name.mn, set())
        return UNKNOWN_ENTERPRISE if owners and enterprise and enterprise not in owners else UNKNOWN_POINT

    def devices(self, enterprise: str) -> Mapping[str, Hj212Device]:
        """The settings of an enterprise's loggers by MN."""
        return self._loggers.devices.get(enterprise, {})

    def enterprise_of(self, mn: str) -> str:
        """Whose logger this is; empty where it is nobody's, or more than one's."""
        owners = self._loggers.owners.get(mn, set())
        return next(iter(owners)) if len(owners) == 1 else ""

    def touched_hours(self, position: NDArray[np.int64], ts_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Instants inside the hours that a reading can change, shape (n, 3): its own, and a counter's neighbours."""
        before, after = ts_us - self.before_us[position], ts_us + self.after_us[position]
        own = np.where(self.after_us[position] == 0, before, ts_us)
        return np.stack([before, own, after - (after > ts_us)], axis=1)


class _Loggers:
    """The registered HJ 212 series: positions by (enterprise, MN, code), owners by MN, settings by both."""

    def __init__(self, rows: list[PointRow]) -> None:
        self.positions: dict[tuple[str, str, str], int] = {}
        self.owners: dict[str, set[str]] = {}
        self.devices: dict[str, dict[str, Hj212Device]] = {}
        for position, row in enumerate(rows):
            if not row.hj212_mn or not row.hj212_code:
                continue
            self.positions.setdefault((row.enterprise, row.hj212_mn, row.hj212_code), position)
            self.owners.setdefault(row.hj212_mn, set()).add(row.enterprise)
            device = _device(row)
            if device != Hj212Device():  # said at one point, it holds for the whole logger
                self.devices.setdefault(row.enterprise, {})[row.hj212_mn] = device


def _device(row: PointRow) -> Hj212Device:
    crc = CrcVariant(row.hj212_crc) if row.hj212_crc in list(CrcVariant) else CrcVariant.STRICT
    length = LengthRule(row.hj212_length) if row.hj212_length in list(LengthRule) else LengthRule.STRICT
    minutes = row.hj212_minute_interval_s or ""
    return Hj212Device(crc, length, int(minutes) if minutes.isdecimal() and 0 < int(minutes) <= 3600 else 600)


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
