"""The steps of counters into hours: whole columns at once where steps are plain, rule by rule where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from accounting.meter_steps import gap_limit_us, meter_steps, rise_limit
from schemas.metering import FOREVER_US, HOUR_US, MeterEpoch, MeterStep, PointTerms, PointWindow, StepKind


@dataclass(frozen=True, slots=True)
class Registers:
    """Valid registers as columns, ascending by window and time; ``window`` is the index of the counter's window."""

    window: NDArray[np.intp]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts that hours may hold; ``covering``: the step is short enough to say that the meter was watched."""

    window: NDArray[np.intp]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]
    amount: NDArray[np.float64]
    covering: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EnergyOfHours:
    """By slot: the known amount (NaN where none), the time it is known for, the time the meter was watched."""

    delta: NDArray[np.float64]
    known_us: NDArray[np.int64]
    covered_us: NDArray[np.int64]


def step_registers(registers: Registers, windows: Sequence[PointWindow]) -> tuple[Amounts, list[tuple[int, MeterStep]]]:
    """Difference the registers of all windows.

    Returns:
        the amounts for hours, and with its window's index every step that is not a plain one.
    """
    start, end = _consecutive(registers.window)
    duration = registers.ts_us[end] - registers.ts_us[start]
    rise = registers.value[end] - registers.value[start]
    window = registers.window[start]
    epochs = [epochs_at_hand(w) for w in windows]
    special = _special(registers, windows, epochs, duration, rise)
    plain = ~special[window]
    multiplier = np.array([e[0].multiplier for e in epochs])
    amounts = Amounts(
        window[plain],
        registers.ts_us[start[plain]],
        registers.ts_us[end[plain]],
        rise[plain] * multiplier[window[plain]],
        np.ones(int(plain.sum()), bool),
    )
    steps = [
        (index, step)
        for index in np.flatnonzero(special).tolist()
        for step in _steps_of(registers, index, replace(windows[index].terms, epochs=epochs[index]))
    ]
    return _joined(amounts, _amounts(steps, windows)), [s for s in steps if s[1].kind is not StepKind.NORMAL]


def energy_of_hours(
    amounts: Amounts, windows: Sequence[PointWindow], offset: NDArray[np.int64], slots: int
) -> EnergyOfHours:
    """Cut every amount at the full hours, in proportion to time, and add it up by slot.

    Args:
        offset: for each window the slot of its first hour.
        slots: how many hours all windows have together.
    """
    hour, last = amounts.from_us // HOUR_US, (amounts.to_us - 1) // HOUR_US
    pieces = np.maximum(last - hour + 1, 1)
    row = np.repeat(np.arange(len(hour)), pieces)
    hour = hour[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = np.maximum(amounts.from_us[row], hour * HOUR_US)
    length = np.minimum(amounts.to_us[row], (hour + 1) * HOUR_US) - begin
    share = length / np.maximum(amounts.to_us - amounts.from_us, 1)[row]
    start, end = window_hours(windows)
    window = amounts.window[row]
    inside = (hour >= start[window]) & (hour < end[window])
    slot = (offset[window] + hour - start[window])[inside]
    known = np.bincount(slot, length[inside], slots)
    delta = np.bincount(slot, (amounts.amount[row] * share)[inside], slots)
    covered = np.bincount(slot, (length * amounts.covering[row])[inside], slots)
    any_known = np.bincount(slot, minlength=slots) > 0
    return EnergyOfHours(np.where(any_known, delta, np.nan), known.astype(np.int64), covered.astype(np.int64))


def window_hours(windows: Sequence[PointWindow]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First hour and hour after the last of each window, in hours since the epoch."""
    start = np.array([w.from_us // HOUR_US for w in windows], np.int64)
    end = np.array([w.to_us // HOUR_US for w in windows], np.int64)
    return start, end


def epochs_at_hand(window: PointWindow) -> tuple[MeterEpoch, ...]:
    """The epochs that the readings at hand can meet, in order; the first one opened before them, if any did."""
    ordered = sorted(window.terms.epochs, key=lambda epoch: epoch.valid_from_us) or [MeterEpoch(-FOREVER_US)]
    past = [e for e in ordered if e.valid_from_us <= window.read_from_us]
    met = [e for e in ordered if window.read_from_us < e.valid_from_us <= window.read_to_us]
    if past:
        return (replace(past[-1], first_register=None, last_register=None), *met)
    return tuple(met) or (replace(ordered[0], first_register=None, last_register=None),)


def _consecutive(window: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    start = np.flatnonzero(window[1:] == window[:-1])
    return start, start + 1


def _special(
    registers: Registers,
    windows: Sequence[PointWindow],
    epochs: Sequence[tuple[MeterEpoch, ...]],
    duration: NDArray[np.int64],
    rise: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """The windows whose registers have to be asked rule by rule."""
    gap, limit, turn = np.array(
        [
            (gap_limit_us(w.terms.interval_s), rise_limit(w.terms, e[0], 0) / e[0].multiplier, _turn(w.terms, e[0]))
            for w, e in zip(windows, epochs, strict=True)
        ]
    ).T
    window = registers.window[_consecutive(registers.window)[0]]
    odd = (rise < 0) | (rise > limit[window]) | (duration > gap[window]) | (duration >= turn[window])
    special = np.array([len(e) > 1 or e[0].first_register is not None for e in epochs], bool)
    special[window[odd]] = True
    return special


def _turn(terms: PointTerms, epoch: MeterEpoch) -> float:
    """The time in which the register can turn once round at capacity."""
    if epoch.width is None or terms.capacity_per_s in (0, inf):
        return inf
    return 1e6 * epoch.width * epoch.multiplier / terms.capacity_per_s


def _steps_of(registers: Registers, index: int, terms: PointTerms) -> list[MeterStep]:
    first, after = np.searchsorted(registers.window, [index, index + 1])
    return meter_steps(registers.ts_us[first:after].tolist(), registers.value[first:after].tolist(), terms)


def _amounts(steps: list[tuple[int, MeterStep]], windows: Sequence[PointWindow]) -> Amounts:
    known = [(i, s) for i, s in steps if s.in_hours and s.amount is not None]
    limits = [gap_limit_us(windows[i].terms.interval_s) for i, _ in known]
    return Amounts(
        np.array([i for i, _ in known], np.intp),
        np.array([s.from_us for _, s in known], np.int64),
        np.array([s.to_us for _, s in known], np.int64),
        np.array([s.amount for _, s in known], np.float64),
        np.array([s.to_us - s.from_us <= limit for (_, s), limit in zip(known, limits, strict=True)], bool),
    )


def _joined(one: Amounts, other: Amounts) -> Amounts:
    return Amounts(
        np.concatenate([one.window, other.window]),
        np.concatenate([one.from_us, other.from_us]),
        np.concatenate([one.to_us, other.to_us]),
        np.concatenate([one.amount, other.amount]),
        np.concatenate([one.covering, other.covering]),
    )
