"""GET /treatment: treatment units that were off while their line ran."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request

from accounting.air.minutes import MINUTE_US, minute_means
from accounting.air.treatment import Machine, off_while_running, stretches
from api.air_shapes import TreatmentOff
from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.service import service_of
from api.shapes import Page
from api.times import Instant, local, range_of
from schemas.errors import InvalidInput
from storage.connect import Connection
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["readings"])

_LONGEST = dt.timedelta(days=31)


@router.get("/treatment", response_model=Page[TreatmentOff])
def list_treatment_off(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    minutes: Annotated[int, Query(ge=1, le=1440, description="leave out what was shorter")] = 10,
) -> Any:
    """Stretches of [from, to) in which a line ran and its treatment was off; the last 24 hours unless said."""
    start, end = range_of(since, to)
    if end - start > _LONGEST:
        raise InvalidInput(f"asks for more than {_LONGEST.days} days; ask for them in parts", field="to")
    start = start.replace(second=0, microsecond=0)
    duties = fetch_dicts(rows, "list_visible_duties", enterprise=enterprise)
    found = [
        item
        for (owner, outlet), points in groupby(duties, key=lambda row: (row["enterprise"], row["outlet"]))
        for item in _outlet(rows, f"{owner}/{outlet}", list(points), start, end, minutes)
    ]
    found.sort(key=lambda item: (item["from"], item["outlet"]))
    zone = service_of(request).zone
    return {"items": [{name: local(value, zone) for name, value in item.items()} for item in found], "next": None}


def _outlet(
    rows: Connection, outlet: str, points: list[dict[str, Any]], start: dt.datetime, end: dt.datetime, at_least: int
) -> list[dict[str, Any]]:
    machines = [(row["duty"], row["address"], _machine(rows, row, start, end)) for row in points]
    line = [machine for duty, _, machine in machines if duty == "production"]
    units = [machine for duty, _, machine in machines if duty == "treatment"]
    named = {duty: [a for d, a, _ in machines if d == duty] for duty in ("production", "treatment")}
    return [
        {"outlet": outlet, "from": _at(start, first), "to": _at(start, last), "minutes": last - first, **named}
        for first, last in stretches(off_while_running(line, units), at_least)
    ]


def _machine(rows: Connection, row: dict[str, Any], start: dt.datetime, end: dt.datetime) -> Machine:
    """An amount of an interval stands for the time before its stamp, a level for the time after."""
    reach = dt.timedelta(seconds=row["interval_s"])
    shift = reach if row["kind"] == "interval" else dt.timedelta()
    span = {"from": start - reach + shift, "to": end + shift}
    readings = fetch_dicts(rows, "list_visible_valid_readings", point_id=row["id"], **span)
    ts = np.array([reading["ts_us"] for reading in readings], np.int64) - shift // dt.timedelta(microseconds=1)
    value = np.array([reading["value"] for reading in readings], np.float64)
    from_us = (start - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    size = int((end - start).total_seconds() * 1e6) // MINUTE_US
    return Machine(minute_means(ts, value, from_us, size, row["interval_s"]), row["runs_above"])


def _at(start: dt.datetime, minute: int) -> dt.datetime:
    return start + dt.timedelta(minutes=minute)
