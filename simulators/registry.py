"""The registry file of the demo park, made from the same points that the model runs on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

import yaml

from schemas.points import Kind, Role
from simulators.park import Park, first_of_last_month
from simulators.plants import PARKS, PLANTS, Plant
from simulators.points import AIR_GATEWAY, Point, points_of
from simulators.streams import LOCAL

DEFAULT_SEED = 20_250_101


def demo_registry(
    today: date,
    since: date | None = None,
    seed: int = DEFAULT_SEED,
    *,
    rules: list[dict[str, Any]] | None = None,
    others: Sequence[dict[str, Any]] = (),
) -> str:
    """The registry of the demo park as YAML.

    Args:
        today: instruments run from the month of ``since`` to the month of this day.
        since: the first day of the park's history, from which its meters count; by default the first of last month.
            A demo that goes on over months keeps the day it first used, or its earlier meter epochs would vanish.
        seed: the model's, because the exchange of a meter is declared with its registers.
        rules: instead of the demo's.
        others: enterprises beside the demo's.
    """
    park = Park(seed, since or first_of_last_month(today))
    document = {
        "parks": [{"code": code, "name": name} for code, name in PARKS.items()],
        "enterprises": [*(_enterprise(park, plant, today) for plant in PLANTS), *others],
        "rules": demo_rules() if rules is None else rules,
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=200, default_flow_style=None)
    return re.sub(r"!!timestamp '([^ ']+) ([^']+)'", r"\1T\2", text)


def demo_rules() -> list[dict[str, Any]]:
    """The rules of the demo park."""
    text = files("simulators").joinpath("demo_rules.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def _enterprise(park: Park, plant: Plant, today: date) -> dict[str, Any]:
    return {
        "code": plant.code,
        "name": plant.name,
        "park": plant.park,
        "industry": plant.industry,
        "points": [_point(park, plant, point) for point in points_of(plant)],
        "instruments": list(instruments_of(plant, park.since, today)),
    }


def _point(park: Park, plant: Plant, point: Point) -> dict[str, Any]:
    body: dict[str, Any] = {
        "code": point.code, "name": point.name, "medium": point.medium, "quantity": point.quantity,
        "kind": point.kind.value, "unit": point.unit, "role": point.role.value, "interval": "60s",
    }  # fmt: skip
    if point.kind is Kind.COUNTER:
        body["epochs"] = _epochs(park, plant, point)
        body["range"] = [0, point.width]
    if point.capacity_kw:
        body["capacity_kw"] = round(point.capacity_kw, 3)
    if point.limits:
        body["range"] = list(point.limits)
    if point.plausible:
        body["plausible"] = list(point.plausible)
    if point.gateway == AIR_GATEWAY:
        body["location"] = _location(plant, point)
    if point.role is Role.STACK:
        body["outlet"] = "DA001"
        basis = {"mg/m3": "std_dry", "m3/s": "std_dry", "%": "raw_dry"}.get(point.unit)
        if basis:
            body["reported_basis"] = basis
        mn = f"010000A8900016F000169D{_number(plant):02X}"
        body["hj212"] = {"mn": mn, "code": point.quantity, "unit": point.unit}
    body["attributes"] = {"gateway": point.gateway}
    return body


def _epochs(park: Park, plant: Plant, point: Point) -> list[dict[str, Any]]:
    """The meter's epochs. The first declares no register: the history begins with a reading, not with a meter."""
    counting = {"width": point.width, "multiplier": point.multiplier}
    epochs: list[dict[str, Any]] = [{"from": datetime.combine(park.since, time(), LOCAL), **counting}]
    exchange = park.replacement(plant, point)
    if exchange:
        registers = {"first": exchange.first, "last": exchange.last}
        epochs.append({"from": exchange.moment, **counting, **registers, "reason": "电能表轮换"})
    return epochs


def _location(plant: Plant, point: Point) -> list[float]:
    east, north = (0.006, -0.004) if point.role is Role.FENCE else (0.0, 0.0)
    return [round(plant.location[0] + east, 4), round(plant.location[1] + north, 4)]


def instruments_of(plant: Plant, since: date, today: date) -> list[dict[str, Any]]:
    """Green power traded and certificates cancelled, month by month, from ``since`` to ``today``."""
    found: list[dict[str, Any]] = []
    month = since.replace(day=1)
    while month <= today:
        label = f"{month:%Y-%m}"
        if plant.trade_mwh:
            name = f"TRADE-{plant.code}-{label}"
            found.append({"id": name, "kind": "green_trade", "mwh": plant.trade_mwh, "period": label,
                          "serials": [f"GT-{plant.code}-{month:%Y%m}-0001"]})  # fmt: skip
        cancelled = month + timedelta(days=2)
        if plant.certificate_mwh and cancelled <= today:
            found.append(_certificate(plant, month, cancelled))
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def _certificate(plant: Plant, month: date, cancelled: date) -> dict[str, Any]:
    """Half of the enterprises declare the month of use, the others leave it to the day of cancellation."""
    body: dict[str, Any] = {
        "id": f"GEC-{plant.code}-{month:%Y-%m}", "kind": "certificate", "mwh": plant.certificate_mwh,
        "vintage": f"{month - timedelta(days=1):%Y-%m}", "cancelled": cancelled,
        "serials": [f"GEC-{plant.code}-{month:%Y%m}-0001"],
    }  # fmt: skip
    return body | ({"use_period": f"{month:%Y-%m}"} if _number(plant) % 2 else {})


def _number(plant: Plant) -> int:
    return PLANTS.index(plant) + 1
