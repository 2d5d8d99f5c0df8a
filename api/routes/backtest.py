"""POST /rules/backtest: what a rule would have found over the past. It writes nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Query, Request

from alerts.backtest import backtest, report
from alerts.grains import us
from alerts.history import Span
from api.auth import GuardedRoute, Rows
from api.backtest_shapes import Backtest
from api.service import service_of
from api.times import Instant, local, range_of
from schemas.errors import Unavailable
from schemas.rule_bodies import parse_rule
from storage.access import read_as_visible
from storage.rules import list_visible_rules, list_visible_watched_points

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])

_AT_ONCE = threading.BoundedSemaphore(2)  # a back-test keeps a core busy for seconds


@router.post("/rules/backtest", response_model=Backtest)
def run_backtest(
    request: Request,
    rows: Rows,
    body: Annotated[dict[str, Any], Body(description="the fields of docs/reference/rules.md")],
    since: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="so many episodes are listed, the longest")] = 200,
) -> Any:
    """Run a rule over [from, to) at the caller's points, as if it had been in force; the last 24 hours unless said."""
    start, end = range_of(since, to)
    rule, zone = parse_rule(body), service_of(request).zone
    span = Span(us(start), us(end), dt.datetime.now(dt.UTC), zone)
    with _turn():
        in_force, points = list_visible_rules(rows), list_visible_watched_points(rows)
        read_as_visible(rows)
        return _local(report(backtest(rows, rule, in_force, points, span), limit), zone)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(blocking=False):
        raise Unavailable("two back-tests are running already; try again in a minute")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _local(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, dict):
        return {name: _local(item, zone) for name, item in value.items()}
    return [_local(item, zone) for item in value] if isinstance(value, list) else local(value, zone)
