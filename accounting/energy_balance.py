"""The electricity balance of an enterprise: terms that add up, from hours to days, months and years.

A share does not add up, so no rule is applied here. Of an hour the terms hold what the meters say, the part of own
generation that was used (generation x (1 - export / all on-site generation)), and how far the missing meters could move
each. Hours in which a meter of generation or export is missing are *open*: they and the energy of gaps settle
together, as one hour, in the period that contains the gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accounting.periods import Grain
from schemas.points import Role

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FLOWS = (
    "grid_import",
    "grid_export",
    "direct_line",
    "renewable",
    "other_generation",
    "resale_out",
    "charge",
    "discharge",
)
FLOW_OF_ROLE = {
    Role.GRID_IMPORT: "grid_import",
    Role.GRID_EXPORT: "grid_export",
    Role.DIRECT_LINE: "direct_line",
    Role.ONSITE_SOLAR: "renewable",
    Role.ONSITE_WIND: "renewable",
    Role.ONSITE_THERMAL: "other_generation",
    Role.ONSITE_WASTE_HEAT: "other_generation",
    Role.RESALE_OUT: "resale_out",
    Role.STORAGE_CHARGE: "charge",
    Role.STORAGE_DISCHARGE: "discharge",
}
IMPORT, EXPORT, DIRECT, RENEWABLE, OTHER, RESALE, CHARGE, DISCHARGE = range(len(FLOWS))
BOUNDED_FLOWS = FLOWS[:CHARGE]  # storage is inside the fence: it moves no share
LEVELS = (Grain.HOUR, Grain.DAY, Grain.MONTH, Grain.YEAR)

_SETTLED = ("self_used", "other_used", "overexport")  # of hours whose generation and export are all metered
_OPEN = ("open_renewable", "open_other_generation", "open_export")
_OPEN_BOUNDS = tuple(f"open_{name}_{end}" for name in _SETTLED for end in ("low", "high"))
_ROOMS = tuple(f"room_{flow}_{level.word}" for level in LEVELS for flow in BOUNDED_FLOWS)
_UNBOUNDED = tuple(f"unbounded_{level.word}" for level in LEVELS)
TERMS = (
    *FLOWS,
    *_SETTLED,
    *_OPEN,
    *_OPEN_BOUNDS,
    *_ROOMS,
    *_UNBOUNDED,
    "matched",
    "matched_physical",
    "hourly_trade",
    "hours_due",
    "hours_complete",
    "gap_steps",
    "activity_hours_due",  # fuels and heat: they count for carbon only
    "activity_hours_complete",
)
"""kWh, but for the counts ``unbounded_*`` (point-hours), ``hours_*`` (point-hours) and ``gap_steps``."""

INDEX = {name: i for i, name in enumerate(TERMS)}


class MeteredHours:
    """What the meters of some enterprises say of some hours: arrays ``[point, hour]``, points sorted by enterprise.

    Args:
        enterprise: index of each point's enterprise, below ``enterprises``.
        flow: index of each point's flow in ``FLOWS``.
        energy_kwh: NaN where nothing was measured.
        missing: the hour is due and not completely measured.
        due: the hour is due.
        capacity_kwh: the most that the hour can have been; NaN where that is not known.
        known_in: the shortest period whose total contains the energy of a missing hour (``Grain``).
    """

    def __init__(
        self,
        enterprises: int,
        enterprise: NDArray[np.intp],
        flow: NDArray[np.intp],
        energy_kwh: Floats,
        missing: Bools,
        due: Bools,
        capacity_kwh: Floats,
        known_in: NDArray[np.int8],
    ) -> None:
        self.shape = (enterprises, len(FLOWS), energy_kwh.shape[1])
        self.enterprise, self.flow = enterprise, flow
        self.known = np.where(np.isnan(energy_kwh), 0.0, energy_kwh)
        self.missing, self.due, self.known_in = missing, due, known_in
        self.unbounded = missing & np.isnan(capacity_kwh)
        self.room = np.where(missing & ~self.unbounded, np.maximum(capacity_kwh - self.known, 0.0), 0.0)

    def by_flow(self, values: NDArray[np.generic]) -> Floats:
        """Sums over the points of each flow, ``[enterprise, flow, hour]``, in the points' order."""
        sums = np.zeros(self.shape)
        for point in range(len(values)):
            sums[self.enterprise[point], self.flow[point]] += values[point]
        return sums


def hour_balances(metered: MeteredHours, hourly_trade_kwh: Floats) -> Floats:
    """The terms of every hour, ``[enterprise, hour, term]``.

    Args:
        hourly_trade_kwh: hourly settled trades, ``[enterprise, hour]``.
    """
    flows = metered.by_flow(metered.known)
    balances = np.zeros((*hourly_trade_kwh.shape, len(TERMS)))
    balances[:, :, : len(FLOWS)] = np.moveaxis(flows, 1, 2)
    room = _put_rooms(balances, metered)
    _put_settlement(balances, flows, room, _open_hours(metered))
    used = self_used(flows[:, RENEWABLE], flows[:, OTHER], flows[:, EXPORT])
    physical = flows[:, DIRECT] + used
    energy = consumption(balances)
    balances[:, :, INDEX["matched"]] = np.clip(np.minimum(energy, physical + hourly_trade_kwh), 0.0, None)
    balances[:, :, INDEX["matched_physical"]] = np.clip(np.minimum(energy, physical), 0.0, None)
    balances[:, :, INDEX["hourly_trade"]] = hourly_trade_kwh
    balances[:, :, INDEX["hours_due"]] = metered.by_flow(metered.due).sum(axis=1)
    balances[:, :, INDEX["hours_complete"]] = metered.by_flow(metered.due & ~metered.missing).sum(axis=1)
    return balances


def add_gaps(balances: Floats, gap_kwh: Floats, gap_steps: Floats) -> Floats:
    """Balances ``[enterprise, term]`` of a period with the energy of the gaps it is the shortest to contain.

    Args:
        gap_kwh: ``[enterprise, flow]``, as one hour of its own.
        gap_steps: how many steps that were, ``[enterprise]``.
    """
    total = balances.copy()
    total[:, : len(FLOWS)] += gap_kwh
    for name, flow in zip(_OPEN, (RENEWABLE, OTHER, EXPORT), strict=True):
        total[:, INDEX[name]] += gap_kwh[:, flow]
    used = self_used(gap_kwh[:, RENEWABLE], gap_kwh[:, OTHER], gap_kwh[:, EXPORT])
    matched = np.clip(np.minimum(consumption(gap_kwh), gap_kwh[:, DIRECT] + used), 0.0, None)
    for name in ("matched", "matched_physical"):
        total[:, INDEX[name]] += matched
    total[:, INDEX["gap_steps"]] += gap_steps
    return total


def consumption(balances: Floats) -> Floats:
    """Import - export + direct line + on-site net generation - deliveries; storage losses stay inside (see
    docs/reference/accounting.md). kWh, of arrays whose last axis begins with the flows; may be negative."""
    generation = balances[..., RENEWABLE] + balances[..., OTHER]
    bought = balances[..., IMPORT] - balances[..., EXPORT] + balances[..., DIRECT]
    result: Floats = bought + generation - balances[..., RESALE]
    return result


def self_used(renewable: Floats, other: Floats, export: Floats) -> Floats:
    """Renewable generation x (1 - export / all on-site generation), not below 0."""
    generation = renewable + other
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(generation > 0, 1.0 - export / generation, 0.0)
    result: Floats = renewable * np.clip(kept, 0.0, 1.0)
    return result


def _open_hours(metered: MeteredHours) -> Bools:
    missing = metered.by_flow(metered.missing)
    result: Bools = (missing[:, RENEWABLE] + missing[:, OTHER] + missing[:, EXPORT]) > 0
    return result


def _put_rooms(balances: Floats, metered: MeteredHours) -> Floats:
    """What missing hours may hold, at each level only what that level's total does not; returns it for the hours."""
    bounded = np.isin(metered.flow, range(len(BOUNDED_FLOWS)))[:, None]
    for level in reversed(LEVELS):
        unknown = (metered.known_in > level) & bounded
        room = metered.by_flow(metered.room * unknown)
        first = INDEX[f"room_{BOUNDED_FLOWS[0]}_{level.word}"]
        balances[:, :, first : first + len(BOUNDED_FLOWS)] = np.moveaxis(room[:, : len(BOUNDED_FLOWS)], 1, 2)
        balances[:, :, INDEX[f"unbounded_{level.word}"]] = metered.by_flow(metered.unbounded & unknown).sum(axis=1)
    return room


def _put_settlement(balances: Floats, flows: Floats, room: Floats, is_open: Bools) -> None:
    """Own use of generation: settled hour by hour, or within bounds where the hour is open.

    Own use rises with generation and falls with export, so its extremes lie at the ends of their ranges.
    """
    low = _own_use(flows[:, RENEWABLE], flows[:, OTHER], flows[:, EXPORT])
    names = ("renewable", "other_generation", "export")
    for name, flow in zip(names, (RENEWABLE, OTHER, EXPORT), strict=True):
        balances[:, :, INDEX[f"open_{name}"]] = np.where(is_open, flows[:, flow], 0.0)
    high_generation = flows[:, RENEWABLE] + room[:, RENEWABLE], flows[:, OTHER] + room[:, OTHER]
    least = _own_use(flows[:, RENEWABLE], flows[:, OTHER], flows[:, EXPORT] + room[:, EXPORT])
    most = _own_use(*high_generation, flows[:, EXPORT])
    ends = {"self_used": (least[0], most[0]), "other_used": (least[1], most[1]), "overexport": (most[2], least[2])}
    for i, name in enumerate(_SETTLED):
        balances[:, :, INDEX[name]] = np.where(is_open, 0.0, low[i])
        balances[:, :, INDEX[f"open_{name}_low"]] = np.where(is_open, ends[name][0], 0.0)
        balances[:, :, INDEX[f"open_{name}_high"]] = np.where(is_open, ends[name][1], 0.0)


def _own_use(renewable: Floats, other: Floats, export: Floats) -> tuple[Floats, Floats, Floats]:
    """Used renewable, used other generation, and export beyond all generation (out of storage)."""
    over = np.maximum(export - renewable - other, 0.0)
    return self_used(renewable, other, export), self_used(other, renewable, export), over
