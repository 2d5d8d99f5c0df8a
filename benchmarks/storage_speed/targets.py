"""What is promised of storage: a year of a point, the latest of all points, a day's dirty hours beside live data."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from alerts.arrivals import FactsJudge
from benchmarks.storage_speed.stores import YEAR_DAYS, ZONE, Store
from benchmarks.storage_speed.writer import writing
from parkwatch.jobs.drain_hours import drain
from schemas.access import AccessRole
from schemas.points import Kind
from storage.facts import mark_readings_dirty
from storage.tokens import create_token
from tests.api.park import serving

DAY = dt.timedelta(days=1)
LIVE_PER_S = 2_000
_ASKED, _WARM = 50, 5


def http_times(store: Store, end: dt.datetime) -> dict[str, Any]:
    """Over HTTP on loopback: a year of a gauge in steps, a day of it raw, a page of points with their latest values."""
    point = next(f"{e}/{p}" for (e, p), key in store.keys.items() if store.terms[key].kind is Kind.GAUGE)
    year = {"point": point, "from": (end - YEAR_DAYS * DAY).isoformat(), "to": end.isoformat(), "step": "auto"}
    week, day = (since.isoformat() for since in (end - 7 * DAY, end - DAY))
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "year by step=auto": ("readings", year),
        "year, 10,000 points": ("readings", year | {"max_points": 10_000}),
        "week by 15m": ("readings", year | {"from": week, "step": "15m"}),
        "day, raw": ("readings", year | {"from": day, "step": "raw", "limit": 1500}),
        "1,000 points, latest": ("points", {"limit": 1000}),
    }
    token = create_token(store.connection, AccessRole.ADMIN, None)
    found: dict[str, Any] = {}
    with (
        serving(store.url) as url,
        httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60) as client,
    ):
        for name, (noun, parameters) in asked.items():
            answer = client.get(f"/{noun}", params=parameters)
            answer.raise_for_status()
            taken = [_seconds(client, noun, parameters) for _ in range(_WARM + _ASKED)][_WARM:]
            p50, p95 = np.percentile(taken, [50, 95]) * 1000
            found[name] = {"items": len(answer.json()["items"]), "p50_ms": round(p50, 2), "p95_ms": round(p95, 2)}
    return found


def _seconds(client: httpx.Client, noun: str, parameters: dict[str, Any]) -> float:
    start = time.perf_counter()
    client.get(f"/{noun}", params=parameters).raise_for_status()
    return time.perf_counter() - start


def drain_day(store: Store, start: dt.datetime, ahead: Path, first: int, *, forget: bool) -> dict[str, Any]:
    """All hours of a day of all points, computed while live readings come in; how many facts changed.

    Args:
        forget: the facts are deleted before, so that all are new.
    """
    connection, keys, end = store.connection, list(store.terms), start + DAY
    _settle(store)
    with writing(store, ahead, first, LIVE_PER_S) as live:
        if forget:
            connection.execute("DELETE FROM hourly_facts WHERE hour >= %s AND hour < %s", [start, end])
        hours = mark_readings_dirty(connection, keys, start, end)
        marked = connection.execute("SELECT clock_timestamp()").fetchone()
        began = time.perf_counter()
        left = "SELECT count(*) FROM dirty_hours WHERE hour >= %s AND hour < %s"
        oldest = False  # in turns with the newest, as the schedule does
        while connection.execute(left, [start, end]).fetchone() != (0,):
            drain(connection, dt.datetime.now(dt.UTC), timezone=ZONE, judge=FactsJudge(ZONE), oldest=oldest)
            oldest = not oldest
        seconds = time.perf_counter() - began
    assert marked
    changed = connection.execute(
        "SELECT count(*) FROM hourly_facts WHERE hour >= %s AND hour < %s AND computed_at >= %s", [start, end, *marked]
    ).fetchone()
    assert changed
    return {"hours": hours, "seconds": round(seconds, 2), "facts_changed": changed[0], "live": live}


def _settle(store: Store) -> None:
    """Compute what earlier live readings left."""
    while drain(store.connection, dt.datetime.now(dt.UTC), timezone=ZONE, judge=FactsJudge(ZONE)):
        pass
    store.connection.execute("VACUUM ANALYZE dirty_hours")
