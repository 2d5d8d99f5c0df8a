"""GET /meters: what is due of each meter, and what the trees of sub-meters do not add up to."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from accounting.submeters import Branch, MeterCare, branch_findings, care_findings, class_percent, imbalance
from api.auth import GuardedRoute, OwnEnterprise, Rows
from api.energy_shapes import Meter
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import Period, parse_period
from storage.connect import Connection
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["registry"])


@router.get("/meters", response_model=Page[Meter])
def list_meters(
    request: Request,
    rows: Rows,
    enterprise: OwnEnterprise,
    period: Annotated[str | None, Query(description="of the imbalance; this month without it")] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Any:
    """Meters with accuracy class, verification dates, the balance of those below them, and findings."""
    zone = service_of(request).zone
    today = dt.datetime.now(zone).date()
    (after,) = read_cursor(cursor, str)
    wanted = parse_period(period or f"{today:%Y-%m}", zone)
    found = fetch_dicts(rows, "list_visible_meters", enterprise=enterprise, after=after, limit=limit + 1)
    answer = page(found, limit, ["address"], zone)
    branches = branches_of(rows, [meter["address"] for meter in answer["items"]], wanted)
    return answer | {"items": [_meter(meter, branches.get(meter["address"]), today) for meter in answer["items"]]}


def branches_of(rows: Connection, addresses: list[str], period: Period) -> dict[str, Branch]:
    """The parents among some points, with their children over the common complete hours of a period."""
    bounds = {"from": period.start, "to": period.end}
    return {
        row["parent"]: _branch(row) for row in fetch_dicts(rows, "sum_visible_submeters", parents=addresses, **bounds)
    }


def _branch(row: dict[str, Any]) -> Branch:
    classes = [class_percent(written) for written in row.pop("classes") if written is not None]
    return Branch(**row, children_class=max(classes, default=None))


def _meter(row: dict[str, Any], branch: Branch | None, today: dt.date) -> dict[str, Any]:
    attributes = row["attributes"]
    care = MeterCare.of(row["role"], row["kind"], attributes)
    findings = care_findings(care, today) + (branch_findings(branch, care.accuracy_class) if branch else [])
    tree = imbalance(branch) if branch else None
    parent = attributes.get("parent")
    return {
        "point": row["address"],
        **{name: row[name] for name in ("enterprise", "name", "role", "unit")},
        "accuracy_class": None if care.accuracy_class is None else str(attributes["accuracy_class"]),
        "verified_on": care.verified_on,
        "verification_due": care.verification_due,
        "parent": f"{row['enterprise']}/{parent}" if parent else None,
        "imbalance": asdict(tree) if tree else None,
        "findings": findings,
    }
