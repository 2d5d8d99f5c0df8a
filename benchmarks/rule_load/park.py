"""A city of outlets and fences, a thousand rules of every kind on its points, and the minute data of both.

Of every 33 points of an enterprise 12 are pollutants of three outlets, 15 what these outlets are measured by, 5 stand
at the fence and one is the barometer. Rules are written for sixty groups of enterprises, and for ten industries.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import orjson

MINUTE_MS = 60_000
PER_ENTERPRISE = 33
GROUPS = 60
INDUSTRIES = 10
_LEAKING = 1 / 200  # of the pollutants, in any twenty minutes
_LEAK_MINUTES = 20

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """Points of a kind: their declaration, and the level and noise of their values."""

    quantity: str
    unit: str
    mean: float
    noise: float
    role: str = "stack"
    basis: str | None = None


POLLUTANTS = [
    Kind("a24088", "mg/m3", 20.0, 1.5, basis="raw_wet"),
    Kind("a21026", "mg/m3", 15.0, 1.0, basis="raw_dry"),
    Kind("a21002", "mg/m3", 25.0, 2.0, basis="raw_wet"),
    Kind("a34013", "mg/m3", 6.0, 0.5, basis="raw_wet"),
]
CONDITIONS = [
    Kind("a01012", "Cel", 120.0, 2.0),
    Kind("a01013", "kPa", -0.2, 0.02),
    Kind("a01014", "%", 6.0, 0.2),
    Kind("a19001", "%", 12.0, 0.2, basis="raw_dry"),
    Kind("a00000", "m3/h", 50_000.0, 900.0, basis="raw_wet"),
]
FENCE = Kind("a24088", "mg/m3", 0.8, 0.05, "fence")
BAROMETER = Kind("a01006", "kPa", 89.0, 0.05, "weather")
OUTLETS = ("DA001", "DA002", "DA003")


def layout() -> list[tuple[Kind, str | None]]:
    """The points of an enterprise in order, each with its outlet."""
    outlets = [(kind, outlet) for outlet in OUTLETS for kind in (*POLLUTANTS, *CONDITIONS)]
    return [*outlets, *[(FENCE, None)] * 5, (BAROMETER, None)]


def code(place: int) -> str:
    return f"P{place:02}"


@dataclass(frozen=True, slots=True)
class City:
    """So many points; the rules of ``single`` groups are written for each of their points alone."""

    points: int
    single: int = 0

    @property
    def enterprises(self) -> list[str]:
        return [f"ENT{e:02}" for e in range(-(-self.points // PER_ENTERPRISE))]

    def size(self, e: int) -> int:
        return min(PER_ENTERPRISE, self.points - e * PER_ENTERPRISE)

    def registry(self, rules: list[Body]) -> str:
        """The city as ``registry apply`` reads it."""
        points = [_declared(code(i), kind, outlet) for i, (kind, outlet) in enumerate(layout())]
        enterprises = [
            {"code": name, "park": "C", "industry": f"industry{e % INDUSTRIES}", "points": points[: self.size(e)]}
            for e, name in enumerate(self.enterprises)
        ]
        return json.dumps({"parks": [{"code": "C", "name": "city"}], "enterprises": enterprises, "rules": rules})

    def rules(self) -> list[Body]:
        """About a thousand, and more where they are written for single points."""
        groups = [self.enterprises[g::GROUPS] for g in range(GROUPS)]
        found = [rule for g, group in enumerate(groups) for rule in _of_group(g, group)]
        found += [rule for i in range(INDUSTRIES) for rule in _of_industry(i)]
        alone = [
            rule for rule in found if int(rule["code"].partition("-")[0][1:]) < self.single and rule["code"][0] == "g"
        ]
        kept = [rule for rule in found if rule not in alone]
        return [*kept, *(one for rule in alone for one in self._singly(rule))]

    def watched(self, rules: list[Body]) -> Counter[int]:
        """How many points are watched by how many rules."""
        found = Counter(
            (name, i)
            for rule in rules
            for e, name in enumerate(self.enterprises)
            for i in self._selected(rule["points"], e, name)
        )
        return Counter(found.values())

    def _singly(self, rule: Body) -> Iterator[Body]:
        for e, name in enumerate(self.enterprises):
            for i in self._selected(rule["points"], e, name):
                one = {name: value for name, value in rule.items() if name != "overrides"}
                yield one | {"code": f"{rule['code']}-{name}-{i}", "points": {"point": f"{name}/{code(i)}"}}

    def _selected(self, wanted: Body, e: int, name: str) -> Iterator[int]:
        facts = {"enterprise": name, "industry": f"industry{e % INDUSTRIES}"}
        for i, (kind, _) in enumerate(layout()[: self.size(e)]):
            facts |= {"quantity": kind.quantity, "role": kind.role, "point": f"{name}/{code(i)}"}
            if all(facts[field] in words for field, words in wanted.items()):
                yield i

    def minute(self, e: int, minute: int, *, storm: bool = False) -> dict[str, float]:
        """What an enterprise measures in a minute since the epoch; in a storm everything is far over its limit."""
        values = _values(e, minute // 60)[minute % 60, : self.size(e)] * (20.0 if storm else 1.0)
        return {code(i): value for i, value in enumerate(values.tolist())}

    def payload(self, e: int, minute: int, *, storm: bool = False) -> bytes:
        entry = {"ts": minute * MINUTE_MS, "values": self.minute(e, minute, storm=storm)}
        return orjson.dumps({"id": f"{e}-{minute}", "data": [entry]})


@lru_cache(maxsize=1_000)
def _values(e: int, hour: int) -> Any:
    """An hour of an enterprise, shape (60, 33): noise around each level, and now and then a leak of a pollutant."""
    random = np.random.default_rng([e, hour])
    kinds = [kind for kind, _ in layout()]
    mean, noise = (np.array([getattr(kind, name) for kind in kinds]) for name in ("mean", "noise"))
    values = mean + noise * random.standard_normal((60, len(kinds)))
    for part in range(60 // _LEAK_MINUTES):
        leaking = (random.random(len(kinds)) < _LEAKING) & np.array([kind.unit == "mg/m3" for kind in kinds])
        values[part * _LEAK_MINUTES : (part + 1) * _LEAK_MINUTES, leaking] *= 6.0
    return values.round(3)


def _declared(name: str, kind: Kind, outlet: str | None) -> Body:
    point: Body = {"code": name, "kind": "gauge", "quantity": kind.quantity, "unit": kind.unit, "role": kind.role}
    point |= {"interval": "60s", "medium": "air"}
    return point | ({"outlet": outlet} if outlet else {}) | ({"reported_basis": kind.basis} if kind.basis else {})


def _rule(name: str, points: Body, statistic: str, **more: Any) -> Body:
    return {"code": name, "kind": "warning", "points": points, "statistic": statistic} | more


def _of_group(g: int, enterprises: list[str]) -> Iterator[Body]:
    """Sixteen rules of one group."""
    everything: Body = {"enterprise": enterprises}
    gases: Body = everything | {"role": ["stack"], "quantity": [kind.quantity for kind in POLLUTANTS]}
    mass: Body = {"unit": "mg/m3", "clause": "-", "verified": True}
    judged = mass | {"kind": "exceedance"}
    other = [{"point": f"{enterprises[0]}/{code(0)}", "above": 70, "clear_below": 60}]
    yield _rule(f"g{g}-missing", everything, "missing", **{"for": "15min"})
    yield _rule(f"g{g}-flat", everything, "flat", **{"for": "30min"})
    yield _rule(f"g{g}-high", gases, "reading", above=60, clear_below=50, overrides=other, **{"for": "5min"}, **mass)
    yield _rule(f"g{g}-spike", gases, "reading", above=100, clear_for="5min", **mass)
    yield _rule(f"g{g}-rate", gases, "rate", above=60, unit="mg/m3")
    yield _rule(f"g{g}-ten", gases, "mean_10m", above=70, clear_below=60, **mass)
    yield _rule(f"g{g}-hour", gases, "mean_1h", above=90, basis="std_dry", authority="standard", **judged)
    permit = {"basis": "ref_o2", "reference_o2": 11, "max_amplification": 3, "authority": "permit"}
    yield _rule(f"g{g}-permit", gases, "mean_1h", above=100, **permit, **judged)
    yield _rule(f"g{g}-day", gases, "mean_1d", above=60, basis="std_dry", **judged)
    yield _rule(f"g{g}-mass", gases, "mean_1h", above=4, basis="std_dry", **judged | {"unit": "kg/h"})
    yield _rule(f"g{g}-fence", everything | {"role": ["fence"]}, "mean_1h", above=2, **judged)
    for kind in CONDITIONS:
        limit = kind.mean + 12 * kind.noise
        chosen = everything | {"quantity": [kind.quantity]}
        yield _rule(f"g{g}-{kind.quantity}", chosen, "reading", above=limit, **{"for": "5min"})


def _of_industry(i: int) -> Iterator[Body]:
    """Four rules of one industry."""
    fence: Body = {"industry": [f"industry{i}"], "role": ["fence"]}
    yield _rule(f"i{i}-fence", fence, "reading", above=4, clear_below=3, unit="mg/m3", active="06:00-22:00")
    yield _rule(f"i{i}-fence-ten", fence, "mean_10m", above=3, unit="mg/m3")
    yield _rule(f"i{i}-fence-rate", fence, "rate", above=3, unit="mg/m3")
    yield _rule(f"i{i}-oxygen", {"industry": [f"industry{i}"], "quantity": ["a19001"]}, "mean_10m", above=20)
