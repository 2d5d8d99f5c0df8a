"""The answer of a statement on both engines, and values for the parameters of every query file that reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

import psycopg

from storage.connect import Connection
from storage.engine import Engine
from storage.queries import FOLDER
from tests.engines.days import NOW, START

Rows = list[tuple[Any, ...]]
Run = Callable[[Connection], psycopg.Cursor[Any]]

VOLATILE = {
    "applied_at", "changed_in", "committed_at", "computed_at", "created_at", "due_at", "marked_at", "updated_at", "xid",
}  # fmt: skip
"""Columns that tell when a row was written, not what it says."""

_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|CREATE|TRUNCATE|pg_\w*lock\w*)\b")
_MOMENT = re.compile(r"\bnow\(\)|xact|snapshot", re.IGNORECASE)
_SERVER = re.compile(r"\bpg_(settings|database\w*|stat\w*|class|index|total_relation_size|replication_slots)\b")
READS = [file for file in sorted(FOLDER.glob("*.sql")) if not _WRITES.search(file.read_text(encoding="utf-8"))]

_POINTS = list(range(1, 60))
_FIXED: dict[str, Any] = {
    "address": "ENT01/E01", "enterprise": "ENT01", "scope": "enterprise:ENT01", "code": "ENT01",
    "timezone": "Asia/Shanghai", "rule": "policy/1", "grain": "day", "kind": "green_power", "metric": "policy_share",
    "step": "1 hour", "span": "12 hours", "limit": 100_000, "month": NOW.date().replace(day=1), "ids": _POINTS,
    "point_ids": _POINTS, "points": _POINTS,
}  # fmt: skip
_PYTHON: dict[str, type] = {"text": str, "name": str, "interval": str, "int": int, "bigint": int, "date": dt.date}
_STARTS = {"from", "first", "since", "from_ts", "starts_at", "month_starts", "year_starts", "valid_from", "after_ts"}
_EVERYTHING = {"after", "before", "enterprises", "codes"}  # filters that, when null, filter nothing


def parameters_of(text: str) -> dict[str, Any]:
    """Values with which most queries find rows."""
    return {name: _value(name, kind) for name, kind in re.findall(r"%\((\w+)\)s::(\w+(?:\[\])?)", text)}


def _value(name: str, kind: str) -> Any:
    base, is_list = kind.removesuffix("[]"), kind.endswith("[]")
    fixed = _FIXED.get(name)
    if isinstance(fixed, list) and is_list and base in ("int", "bigint"):
        return fixed
    if fixed is not None and not is_list and isinstance(fixed, _PYTHON.get(base, ())):
        return fixed
    if name in _EVERYTHING and base == "text":
        return None
    at = START if name in _STARTS or name.removesuffix("s") in _STARTS else NOW
    plain = {"timestamptz": at, "date": at.date(), "bigint": 0, "int": 1, "float8": 1.0, "boolean": True}
    value = plain.get(base)
    return [value] * len(_POINTS) if is_list and value is not None else value


def depends_on_the_moment(text: str) -> bool:
    """Whether the answer is another at each asking, or tells of the server and not of the park."""
    return bool(_MOMENT.search(text) or _SERVER.search(text))


def answer(connection: Connection, run: Run, *, exact: bool = False, volatile: AbstractSet[str] = VOLATILE) -> Rows:
    """The rows of a statement that is undone, without the columns that tell when they were written.

    Args:
        exact: to the last bit; otherwise to 12 digits, for the order in which SQL adds is the planner's.
    """
    found: Rows = []
    with connection.transaction() as transaction:
        cursor = run(connection)
        names = [column.name for column in cursor.description or ()]
        kept = [i for i, name in enumerate(names) if name not in volatile]
        found = [tuple(_told(row[i], exact) for i in kept) for row in cursor.fetchall()]
        raise psycopg.Rollback(transaction)
    return found


def both(
    engines: dict[Engine, Connection],
    run: Run,
    *,
    ordered: bool,
    exact: bool = False,
    volatile: AbstractSet[str] = VOLATILE,
) -> Rows:
    """The answer of both engines, which must be one."""
    plain, timescaledb = (
        answer(engines[engine], run, exact=exact, volatile=volatile)
        for engine in (Engine.POSTGRESQL, Engine.TIMESCALEDB)
    )
    if not ordered:
        plain, timescaledb = sorted(plain, key=repr), sorted(timescaledb, key=repr)
    # not a bare assert of the lists: their difference would be worked out for minutes
    differing = [pair for pair in zip(plain, timescaledb, strict=False) if pair[0] != pair[1]]
    assert (len(timescaledb), differing[:3]) == (len(plain), [])
    return plain


def _told(value: Any, exact: bool) -> Any:
    """A value as it can be compared: documents without the instants of their writing."""
    if isinstance(value, dict):
        return {key: _told(part, exact) for key, part in value.items() if key not in VOLATILE}
    if isinstance(value, float) and not exact:
        return float(f"{value:.12g}")
    return value
