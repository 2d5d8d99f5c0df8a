"""The readings that the hours of some windows hang on, as columns, without a Python object per row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.blocks import ReadingBlock
from schemas.metering import FOREVER_US, PointWindow
from schemas.points import Kind
from storage.arrays import array
from storage.binary import EPOCH_2000_US, decode_rows
from storage.connect import Connection
from storage.queries import query
from storage.readings import instant

_SHAPE = ("int4", "timestamptz", "float8", "char")
_NEIGHBOURS = 2  # registers on either side: the step over the edge, and the one beside it
_NEAR_US = 2 * 86_400_000_000  # most neighbours are within two days; the rest may be anywhere
_EVER_US = 4_000_000_000_000_000  # no reading is further from 1970


def read_windows(
    connection: Connection, windows: list[PointWindow], margin_us: int = 0
) -> tuple[ReadingBlock, list[PointWindow]]:
    """The readings of the windows and ``margin_us`` beside them, for counters with the registers next to these.

    Returns:
        the readings, and the windows with what was read of them.
    """
    block = _read(connection, windows, margin_us)
    for near in (_NEAR_US, _EVER_US):
        for name, side in (("select_registers_before", -1), ("select_registers_after", 1)):
            lacking = [w for w, n in zip(windows, _beside(block, windows, side), strict=True) if n < _NEIGHBOURS]
            block = _joined(block, _read_neighbours(connection, name, lacking, near))
    return block, _bounded(block, windows)


def _read(connection: Connection, windows: list[PointWindow], margin_us: int) -> ReadingBlock:
    reach = [margin_us + _reach_us(w) for w in windows]
    firsts = [w.from_us - r for w, r in zip(windows, reach, strict=True)]
    lasts = [w.to_us + r for w, r in zip(windows, reach, strict=True)]
    bounds = {
        "point_ids": array("int4", np.array([w.terms.point_id for w in windows])),
        "firsts": array("timestamptz", np.array(firsts)),
        "lasts": array("timestamptz", np.array(lasts)),
        "first": instant(min(firsts)),
        "last": instant(max(lasts)),
    }
    with connection.cursor(binary=True) as cursor:
        return _unpacked(cursor.execute(query("select_window_readings"), bounds).fetchall())


def _unpacked(packed: list[tuple[Any, ...]]) -> ReadingBlock:
    """Rows of a whole window each; a row of one reading each would cost more here than in the server."""
    if not packed:
        return _no_readings()
    points, stamps, values, flags = zip(*packed, strict=True)
    return ReadingBlock(
        np.repeat(np.array(points, np.int32), [len(flag) for flag in flags]),
        np.frombuffer(b"".join(stamps), ">i8").astype(np.int64) + EPOCH_2000_US,
        np.frombuffer(b"".join(values), ">f8").astype(np.float64),
        np.frombuffer(b"".join(flags), "S1"),
    )


def _reach_us(window: PointWindow) -> int:
    """How far beside a window its readings are read at once: a counter's neighbours, an interval's last stamp."""
    return round(3e6 * min(window.terms.interval_s, 3600.0)) if window.terms.kind is Kind.COUNTER else 0


def _read_neighbours(connection: Connection, name: str, windows: list[PointWindow], near_us: int) -> ReadingBlock:
    counters = [w for w in windows if w.terms.kind is Kind.COUNTER]
    if not counters:
        return _no_readings()
    edges = [w.from_us if name == "select_registers_before" else w.to_us for w in counters]
    return _copy(
        connection,
        name,
        point_ids=[w.terms.point_id for w in counters],
        instants=[instant(t) for t in edges],
        lows=[w.terms.plausible_low for w in counters],
        highs=[w.terms.plausible_high for w in counters],
        first=instant(max(min(edges) - near_us, -_EVER_US)),
        last=instant(min(max(edges) + near_us, _EVER_US)),
    )


def _copy(connection: Connection, name: str, **parameters: Any) -> ReadingBlock:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query(name)}) TO STDOUT (FORMAT BINARY)".encode(), parameters) as copy,
    ):
        point, ts, value, flag = decode_rows(_SHAPE, b"".join(bytes(part) for part in copy))
    return ReadingBlock(point.astype(np.int32), ts.astype(np.int64), value.astype(np.float64), flag)


def _beside(block: ReadingBlock, windows: list[PointWindow], side: int) -> list[int]:
    """How many valid registers were read before (-1) or at and after (1) each counter's window; enough for others."""
    counts = []
    for window, (ts, valid) in zip(windows, _by_window(block, windows), strict=True):
        beside = ts < window.from_us if side < 0 else ts >= window.to_us
        counts.append(int((beside & valid).sum()) if window.terms.kind is Kind.COUNTER else _NEIGHBOURS)
    return counts


def _bounded(block: ReadingBlock, windows: list[PointWindow]) -> list[PointWindow]:
    before, after = _beside(block, windows, -1), _beside(block, windows, 1)
    bounded = []
    for i, (window, (ts, valid)) in enumerate(zip(windows, _by_window(block, windows), strict=True)):
        registers = ts[valid]
        first = int(registers.min()) if before[i] >= _NEIGHBOURS and len(registers) else -FOREVER_US
        last = int(registers.max()) if after[i] >= _NEIGHBOURS and len(registers) else FOREVER_US
        bounded.append(replace(window, read_from_us=first, read_to_us=last))
    return bounded


def _by_window(
    block: ReadingBlock, windows: list[PointWindow]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """The stamps of each window's point, and which of them are valid."""
    order = np.argsort(block.point_id, kind="stable")
    points = block.point_id[order]
    wanted = np.array([window.terms.point_id for window in windows], points.dtype)
    lows, highs = (np.searchsorted(points, wanted, side).tolist() for side in ("left", "right"))
    for window, low, high in zip(windows, lows, highs, strict=True):
        rows = order[low:high]
        value = block.value[rows]
        plausible = (value >= window.terms.plausible_low) & (value <= window.terms.plausible_high)
        yield block.ts_us[rows], (block.flag[rows] == b"N") & plausible


def _joined(one: ReadingBlock, other: ReadingBlock) -> ReadingBlock:
    if not len(other):
        return one
    return ReadingBlock(
        np.concatenate([one.point_id, other.point_id]),
        np.concatenate([one.ts_us, other.ts_us]),
        np.concatenate([one.value, other.value]),
        np.concatenate([one.flag, other.flag]),
    )


def _no_readings() -> ReadingBlock:
    return ReadingBlock(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty(0, "S1"))
