"""What a rule on means asks of a concentration: terms, steps, and the points of the outlet that it needs. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounting.air.conversion import Route, first_missing, needed_inputs, route_of
from accounting.air.units import kg_h_of, mg_m3_of, ppm_of
from alerts.units import factor
from alerts.verdict import Verdict
from schemas.air import INPUT_OF_QUANTITY, Input, SeriesTerms, Unconvertible
from schemas.points import Basis, Role
from schemas.rules import CONVERTED, Rule, WatchedPoint

_EVERYWHERE = frozenset({Input.ATMOSPHERIC_PRESSURE})  # one barometer may serve all outlets of an enterprise


@dataclass(frozen=True, slots=True)
class Outlets:
    """What measures the gas of each outlet beside its pollutants."""

    by_outlet: dict[tuple[int, str | None], dict[Input, WatchedPoint]] = field(default_factory=dict)

    def inputs_of(self, point: WatchedPoint) -> dict[Input, WatchedPoint]:
        """The inputs of a point's outlet; a barometer of the enterprise stands in where the outlet has none."""
        shared = self.by_outlet.get((point.enterprise_id, None), {})
        own = {} if point.outlet is None else self.by_outlet.get((point.enterprise_id, point.outlet), {})
        return {what: source for what, source in shared.items() if what in _EVERYWHERE} | own


def outlets_of(points: Iterable[WatchedPoint]) -> Outlets:
    """The first point by code for each input of an outlet."""
    found: dict[tuple[int, str | None], dict[Input, WatchedPoint]] = defaultdict(dict)
    for point in sorted(points, key=lambda point: (point.enterprise_id, point.code)):
        what = INPUT_OF_QUANTITY.get(point.quantity)
        if what is not None and (point.outlet is not None or point.role != Role.STACK):
            found[point.enterprise_id, point.outlet].setdefault(what, point)
    return Outlets(dict(found))


@dataclass(frozen=True, slots=True)
class Series:
    """The hours that a track is judged on where they are not the point's own.

    Attributes:
        unit: of the converted values.
        sources: the points that the conversion needs.
    """

    route: Route
    unit: str
    sources: dict[Input, WatchedPoint]

    @property
    def key(self) -> str:
        return self.route.terms.key


def terms_of(rule: Rule) -> SeriesTerms:
    """The terms of a rule on a mean."""
    rate = kg_h_of(rule.unit) is not None
    return SeriesTerms(rule.basis, rule.reference_o2, rule.max_amplification, rate, rule.exempt)


def series_of(rule: Rule, point: WatchedPoint, outlets: Outlets) -> Series | Verdict | None:
    """How a rule's values come from a point's; None: as they are reported; a verdict: not at all, and why."""
    terms = terms_of(rule)
    asks = terms.rate or bool(terms.exempt) or (rule.basis is not None and rule.basis != point.reported_basis)
    if not asks and not _is_ratio_against_mass(rule, point):
        return None
    if rule.statistic not in CONVERTED:
        return _unconverted(rule, point)
    if not terms.rate and rule.basis in (None, point.reported_basis) and not _is_concentration(point):
        return Series(Route((), 1.0, terms), point.unit, {})
    route = route_of(point.unit, point.quantity, _basis(point), terms)
    if isinstance(route, Unconvertible):
        return Verdict(route.value)
    inputs = outlets.inputs_of(point)
    bases = {what: _basis(source) for what, source in inputs.items()}
    missing = first_missing(route, bases)
    if missing is not None:
        return Verdict(missing.value)
    sources = {what: inputs[what] for what in needed_inputs(route, bases)}
    return Series(route, "kg/h" if terms.rate else "mg/m3", sources)


def _unconverted(rule: Rule, point: WatchedPoint) -> Verdict:
    if rule.basis is None or rule.basis == point.reported_basis:
        return Verdict.OTHER_UNIT
    return Verdict.NO_BASIS if point.reported_basis is None else Verdict.OTHER_BASIS


def _is_ratio_against_mass(rule: Rule, point: WatchedPoint) -> bool:
    return bool(rule.unit) and factor(rule.unit, point.unit) is None and ppm_of(point.unit) is not None


def _is_concentration(point: WatchedPoint) -> bool:
    return mg_m3_of(point.unit) is not None or ppm_of(point.unit) is not None


def _basis(point: WatchedPoint) -> Basis | None:
    return None if point.reported_basis is None else Basis(point.reported_basis)
