"""The answer of a statement on both engines, and values for the parameters of every query file that reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import psycopg

from alerts.holding import group_of
from storage.connect import Connection
from storage.engine import Engine
from storage.queries import FOLDER
from tests.engines.days import NOW, START
from tests.engines.people import EDGE

GREEN_RULE, CARBON_RULE = "wuhai-plan@1", "mee-2025@1"
MONTH = NOW.date().replace(day=1)
Rows = list[tuple[Any, ...]]
Run = Callable[[Connection], psycopg.Cursor[Any]]

VOLATILE = {
    "applied_at", "changed_at", "changed_in", "committed_at", "computed_at", "created_at", "due_at", "expires_at",
    "marked_at", "taken_at", "updated_at", "xid",
}  # fmt: skip
"""Columns that tell when a row was written, not what it says."""

_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|CREATE|TRUNCATE|pg_\w*lock\w*)\b")
_MOMENT = re.compile(r"\bnow\(\)|xact|snapshot", re.IGNORECASE)
_SERVER = re.compile(
    r"\bpg_(settings|database\w*|stat\w*|class|index|control_system|total_relation_size|replication_slots)\b"
)
READS = [file for file in sorted(FOLDER.glob("*.sql")) if not _WRITES.search(file.read_text(encoding="utf-8"))]

_POINTS = list(range(1, 250))
_STACK = 128  # ENT08/V01
_LATER = NOW + dt.timedelta(days=1)
_FIXED: dict[str, Any] = {
    "address": "ENT08/V01", "enterprise": "ENT08", "scope": "enterprise:ENT08", "code": "ENT08", "enterprise_id": 8,
    "id": 1, "alert_id": 1, "mark_id": 1, "timezone": "Asia/Shanghai", "rule": GREEN_RULE, "grain": "day",
    "metric": "policy_share", "step": "1 hour", "span": "12 hours", "limit": 100_000, "month": MONTH, "ids": _POINTS,
    "point_ids": _POINTS, "points": _POINTS, "enterprises": ["ENT01", "ENT08"], "park": "WD", "quantity": "a24088",
    "quantities": ["a24088", "a01012"], "statistic": "mean_1h", "channel": "log", "outlet": "DA001", "edge": EDGE,
    "source": "registry", "from_day": START.date(), "to_day": _LATER.date(), "from_month": MONTH,
    "to_month": dt.date(2026, 11, 1), "point_id": _STACK, "to": _LATER, "rules": ["nmhc-spike"] * len(_POINTS),
    "highs": [1e9] * len(_POINTS),
}  # fmt: skip
_OF_QUERY: dict[str, dict[str, Any]] = {
    "find_instrument": {"id": "TRADE-HOURLY"},
    "find_instrument_uses": {"id": "TRADE-HOURLY"},
    "find_notification_groups": {"channels": ["log"], "keys": ["late"]},
    "list_alerts_to_seal": {"quiet_since": dt.datetime.max.replace(tzinfo=dt.UTC)},
    "find_due_group": {"now": _LATER},
    "list_due_groups": {"now": _LATER, "full": []},
    "list_enterprise_instruments": {"enterprise_id": 1},
    "list_group_members": {"key": group_of({"rule": "nmhc-spike", "enterprise": "ENT08"}, ["rule", "enterprise"])[0]},
    "list_evidence_revisions": {"point_id": 120},
    "list_rejected_payloads": {"replayed": False, "ids": None},
    "list_evidence_accounts": {"grain": "month", "at": NOW},
    "list_scope_alerts": {"periods": ["2026-10"]},
    "list_scope_states": {"periods": ["2026-10"]},
    "list_visible_scope_states": {"rule": "energy-month"},
    "list_unacknowledged": {"since": NOW, "step": 7},
    "list_visible_emissions": {"rule": CARBON_RULE},
    "list_visible_logbook": {"outlet": "ENT08/DA001"},
    "list_visible_receipts": {"from": None, "to": None},
    "list_visible_rule_versions": {"code": "nmhc-hour"},
    "list_visible_winds": {"park": "HBW"},
}
_PYTHON: dict[str, type] = {"text": str, "name": str, "interval": str, "int": int, "bigint": int, "date": dt.date,
    "timestamptz": dt.datetime, "float8": float}  # fmt: skip
_STARTS = {"from", "first", "since", "from_ts", "starts_at", "month_starts", "year_starts", "valid_from",
    "after_ts", "start"}  # fmt: skip

_NARROW = {"before", "kind", "reason", "after_hour", "after_day", "after_month"}  # that filter nothing when null


PACKED = {"select_energy_hours"}
"""Of which a row is the packed rows of a table, in whatever order they lie there."""


def parameters_of(file: Path) -> dict[str, Any]:
    """Values with which most queries find rows."""
    named = re.findall(r"%\((\w+)\)s::(\w+(?:\[\])?)", file.read_text(encoding="utf-8"))
    return {name: _value(name, kind) for name, kind in named} | _OF_QUERY.get(file.stem, {})


def _value(name: str, kind: str) -> Any:
    base, is_list = kind.removesuffix("[]"), kind.endswith("[]")
    fixed = _FIXED.get(name)
    held = fixed[0] if isinstance(fixed, list) else fixed
    if is_list == isinstance(fixed, list) and isinstance(held, _PYTHON.get(base, ())):
        return fixed
    if name in _NARROW:
        return None
    at = START if name in _STARTS or name.removesuffix("s") in _STARTS else NOW
    plain = {"timestamptz": at, "date": at.date(), "bigint": 0, "int": 1, "float8": 1.0, "boolean": True}
    value = plain.get(base)
    return [value] * len(_POINTS) if is_list and value is not None else value


def reads_views(text: str) -> bool:
    """Whether it reads the views of a role, and so in one."""
    return bool(re.search(r"\b(FROM|JOIN) visible\.", text))


def is_ordered(text: str) -> bool:
    """Whether its answer is in an order, and not only what a part of it works on."""
    return bool(re.search(r"^(?! ).*\bORDER BY\b", text, re.MULTILINE))


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
    plain, other = (answer(connection, run, exact=exact, volatile=volatile) for connection in engines.values())
    if not ordered:
        plain, other = sorted(plain, key=repr), sorted(other, key=repr)
    # not a bare assert of the lists: their difference would be worked out for minutes
    differing = [pair for pair in zip(plain, other, strict=False) if pair[0] != pair[1]]
    assert (len(other), differing[:3]) == (len(plain), [])
    return plain


def _told(value: Any, exact: bool) -> Any:
    """A value as it can be compared: documents without the instants of their writing."""
    if isinstance(value, dict):
        return {key: _told(part, exact) for key, part in value.items() if key not in VOLATILE}
    if isinstance(value, float) and not exact:
        return float(f"{value:.12g}")
    return value
