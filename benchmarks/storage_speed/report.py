"""The figures as a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.storage_speed.city import POINTS
from benchmarks.storage_speed.questions import LATEST, slowest

DAYS = 400
_READINGS_A_DAY = POINTS * 1440
_SLOWEST = 25


def tell(figures: list[dict[str, Any]]) -> None:
    """Write a table of each engine to stderr."""
    for found in figures:
        lines = [f"\n{found['engine']}: {found['readings']:,} readings of {found['days']} days"]
        lines += [*_space(found), *_promises(found), *_queries(found["queries"])]
        sys.stderr.writelines(f"{line}\n" for line in lines)


def _space(found: dict[str, Any]) -> Iterator[str]:
    for name in ("rows", "columns"):
        if told := found.get(name):
            parts = ", ".join(f"{part} {told[part]:.1f}" for part in ("heap", "toast", "index") if part in told)
            city = told["total"] * _READINGS_A_DAY * DAYS / 1e9
            yield f"  {name:<24} {told['total']:>9.2f} bytes a reading ({parts}); {DAYS} days would be {city:,.0f} GB"
    if told := found.get("columns"):
        parts = ", ".join(f"{name} {size:.2f}" for name, size in told["columns"].items())
        yield f"  {'':<24} {'1/' + format(told['ratio'], '.1f'):>9} of its rows; {parts}"


def _promises(found: dict[str, Any]) -> Iterator[str]:
    for name in ("ingest_alone", "ingest_beside_queries"):
        yield f"  {name.replace('_', ' '):<24} {found[name]['readings_per_s']:>9,} readings/s"
    for name, told in found["http"].items():
        yield f"  {name:<24} {_times(told)} {told['items']:>8} items"
    for when, asked in found["queries"].items():
        yield f"  {LATEST:<24} {_times(asked[LATEST])} {asked[LATEST]['rows']:>8} rows, {when}"
    for name, told in found["drains"].items():
        yield f"  drain {name:<18} {told['seconds']:>9.1f} s {told['hours']:>8} hours, {told['facts_changed']} changed"


def _queries(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    for when, asked in found.items():
        yield f"  the slowest of {len(asked)} queries {when}: ms p50, p95, rows"
        for name, told in slowest(asked, _SLOWEST):
            yield f"    {told['p50_ms']:>9.1f} {told['p95_ms']:>9.1f} {told['rows']:>9}  {name}"
        refused = [name for name, told in asked.items() if "error" in told]
        yield f"    {len(refused)} write and were refused for values that nobody has: {', '.join(refused)}"


def _times(told: dict[str, Any]) -> str:
    return f"{told['p50_ms']:>9.1f} ms p50 {told['p95_ms']:>9.1f} ms p95"
