"""The hours of a concentration on the terms of a rule: converted minute by minute, then averaged.

A minute's readings share the minute's inputs, so converting readings and taking the mean of minute means is converting
minutes. The hours come out of ``accounting.hourly_facts`` as all hours do. Nothing that is missing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounting.air.conversion import Route
from accounting.air.minutes import MINUTE_US, Factors, MinuteSeries, dry_oxygen_of, factors_of, flow_of, minute_means
from accounting.air.units import input_scale
from accounting.hourly_facts import hourly_facts
from schemas.air import Input, Lost, Step
from schemas.blocks import ReadingBlock
from schemas.metering import HOUR_US, HourlyFacts, PointTerms, PointWindow
from schemas.points import Basis

Mask = NDArray[np.bool_]
_BAD = b"D"

FORMULAS = {
    Step.MASS: "C * M / 22.4",
    Step.DRY: "C / (1 - X)",
    Step.STANDARD: "C * 101.325 / (Ba + Ps) * (273 + t) / 273",
    Step.OXYGEN: "C * (21 - ref) / (21 - O2)",
    Step.RATE: "C * Q * 1e-6",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A point that measures an input of an outlet."""

    what: Input
    terms: PointTerms
    address: str
    unit: str
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class OutletHours:
    """Facts of hours on some terms, and for each of them how it came about."""

    facts: HourlyFacts
    conversions: list[dict[str, Any]]


def series_of(source: Source, block: ReadingBlock, from_us: int, minutes: int) -> MinuteSeries:
    """The valid minute means of an input in the unit of the formulas; all missing where its unit is unknown."""
    scale = input_scale(source.what, source.unit)
    rows = block.take(np.flatnonzero(block.point_id == source.terms.point_id))
    rows = rows.take(np.argsort(rows.ts_us, kind="stable"))
    good = valid_rows(rows, source.terms)
    if scale is None:
        return MinuteSeries(np.full(minutes, np.nan), source.basis)
    values = minute_means(rows.ts_us[good], rows.value[good], from_us, minutes, source.terms.interval_s)
    return MinuteSeries(values * scale[0] + scale[1], source.basis)


def valid_rows(rows: ReadingBlock, terms: PointTerms) -> Mask:
    """Which readings of a point count: flag N and plausible."""
    plausible = (rows.value >= terms.plausible_low) & (rows.value <= terms.plausible_high)
    return np.asarray((rows.flag == b"N") & plausible, np.bool_)


def outlet_hours(
    block: ReadingBlock, window: PointWindow, route: Route, sources: Mapping[Input, Source], exempt: Mask
) -> OutletHours:
    """The hours of a window of a concentration point.

    Args:
        block: readings of the point and of its outlet's sources; those of sources also from one interval before.
        exempt: for each row of the block whether the rule leaves its instant out.
    """
    minutes = (window.to_us - window.from_us) // MINUTE_US
    inputs = {what: series_of(source, block, window.from_us, minutes) for what, source in sources.items()}
    factors = factors_of(route, inputs, minutes)
    ours = block.point_id == window.terms.point_id
    ours &= (block.ts_us >= window.from_us) & (block.ts_us < window.to_us)
    rows, exempt = block.take(ours), exempt[ours]
    order = np.argsort(rows.ts_us, kind="stable")
    rows, exempt = rows.take(order), exempt[order]
    minute = (rows.ts_us - window.from_us) // MINUTE_US
    good = valid_rows(rows, window.terms) & ~exempt & ~np.isnan(factors.product[minute])
    flags = np.where(good, b"N", np.where(rows.flag == b"N", _BAD, rows.flag)).astype("S1")
    turned = ReadingBlock(rows.point_id, rows.ts_us, rows.value * factors.product[minute], flags)
    terms = replace(window.terms, plausible_low=-inf, plausible_high=inf)
    facts = hourly_facts(turned, [replace(window, terms=terms)]).facts
    story = _Story(route, sources, inputs, factors, window.from_us)
    reasons = _reasons(rows, window.terms, exempt, minute, factors)
    told = [story.of_hour(int(hour_us), minute[good], minute, reasons) for hour_us in facts.hour_us.tolist()]
    return OutletHours(facts, told)


def _reasons(
    rows: ReadingBlock, terms: PointTerms, exempt: Mask, minute: NDArray[np.int64], factors: Factors
) -> dict[Lost, Mask]:
    """For each reason the readings that are lost for it; the first reason counts."""
    flagged = rows.flag != b"N"
    implausible = ~flagged & ~valid_rows(rows, terms)
    left = ~flagged & ~implausible
    reasons = {Lost.FLAGGED: flagged, Lost.IMPLAUSIBLE: implausible, Lost.EXEMPT: left & exempt}
    return reasons | {reason: left & ~exempt & mask[minute] for reason, mask in factors.lost.items()}


@dataclass(frozen=True, slots=True)
class _Story:
    """How an hour was converted: steps with their mean factors, inputs with their range, minutes that were lost."""

    route: Route
    sources: Mapping[Input, Source]
    inputs: Mapping[Input, MinuteSeries]
    factors: Factors
    from_us: int

    def of_hour(
        self, hour_us: int, good: NDArray[np.int64], minute: NDArray[np.int64], reasons: Mapping[Lost, Mask]
    ) -> dict[str, Any]:
        first = (hour_us - self.from_us) // MINUTE_US
        last = first + HOUR_US // MINUTE_US
        used = np.unique(good[(good >= first) & (good < last)])
        inside = (minute >= first) & (minute < last)
        lost = {reason.value: len(np.unique(minute[mask & inside])) for reason, mask in reasons.items()}
        return {
            "terms": self.route.terms.key,
            "minutes": len(used),
            "lost_minutes": {reason: n for reason, n in lost.items() if n},
            "steps": [self._step(step, used) for step in self.route.steps],
            "inputs": [self._input(what, used) for what in self.sources],
        }

    def _step(self, step: Step, used: NDArray[np.int64]) -> dict[str, Any]:
        told: dict[str, Any] = {"step": step.value, "formula": FORMULAS[step]}
        if step is Step.OXYGEN:
            told |= {"reference_o2": self.route.terms.reference_o2, "ceiling": self.route.terms.ceiling}
        return told | {"factor": _mean(self.factors.steps[step][used])}

    def _input(self, what: Input, used: NDArray[np.int64]) -> dict[str, Any]:
        source = self.sources[what]
        values = self.inputs[what].values[used]
        told: dict[str, Any] = {
            "input": what.value,
            "point": source.address,
            "basis": source.basis and source.basis.value,
        }
        told |= {"mean": _mean(values), "min": _edge(values, np.nanmin), "max": _edge(values, np.nanmax)}
        if what is Input.OXYGEN and source.basis is Basis.RAW_WET:
            told["dry_mean"] = _mean(dry_oxygen_of(self.inputs)[used])
        if what is Input.FLOW:
            told["std_dry_m3_h"] = _mean(flow_of(self.inputs)[used])
        return told


def _mean(values: NDArray[np.float64]) -> float | None:
    return _edge(values, np.nanmean)


def _edge(values: NDArray[np.float64], of: Any) -> float | None:
    known = values[~np.isnan(values)]
    found = float(of(known)) if len(known) else float("nan")
    return None if isnan(found) else found
