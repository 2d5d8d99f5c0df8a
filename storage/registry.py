"""The registry in the database: make what the file owns match the file, keep history, leave the rest alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from psycopg.types.json import Jsonb

from schemas.errors import InvalidInput
from schemas.notifications import parse_policy
from schemas.registry import EnterpriseSpec, EpochSpec, PointSpec, Registry, medium_of, parse_registry, quantity_of
from schemas.rule_bodies import parse_rule
from schemas.rules import Rule
from storage.access import ensure_enterprise_role
from storage.connect import Connection
from storage.instruments import replace_registry_instruments
from storage.notifications import replace_policy
from storage.queries import execute, fetch_dicts, fetch_value
from storage.rules import replace_registry_rules

_LOCK = 7_275_900_003

# A change of one of these changes facts that are already computed.
_FACT_COLUMNS = {"kind", "unit", "interval_s", "plausible_low", "plausible_high", "capacity_kw"}


class _DryRun(Exception):
    """Carries the plan out of a transaction that is to be rolled back."""


def apply_registry(
    connection: Connection,
    text: str,
    *,
    source: str = "registry",
    dry_run: bool = False,
    timezone: str = "Asia/Shanghai",
    packs: Mapping[str, Sequence[Rule]] = MappingProxyType({}),
) -> list[str]:
    """Make the database match a registry file, in one transaction.

    Args:
        packs: the rules that ``include_packs`` can name; a rule of the file with the same code goes before a pack's.

    Returns:
        the changes, in words; empty where everything matched.

    Raises:
        InvalidInput: the file is wrong; names file, line and field. Nothing is changed.
        Conflict: a certificate is used by somebody already. Nothing is changed.
    """
    registry = parse_registry(text, source)
    rules = _rules(registry, packs, source)
    parse_policy(registry.notifications, source)
    changes: list[str] = []
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            for park in registry.parks:
                changes += _put(
                    connection, f"park {park.code}", "put_park", code=park.code, name=park.name or park.code
                )
            for enterprise in registry.enterprises:
                changes += _apply_enterprise(connection, enterprise, timezone)
            changes += _retire_enterprises(connection, [e.code for e in registry.enterprises])
            changes += replace_registry_rules(connection, rules)
            if replace_policy(connection, registry.notifications):
                changes.append("notifications: changed")
            if dry_run:
                raise _DryRun
            if changes:
                digest = hashlib.sha256(text.encode()).hexdigest()
                execute(connection, "keep_registry_version", sha256=digest, body=text, changes=changes)
    except _DryRun:
        pass
    return changes


def _rules(registry: Registry, packs: Mapping[str, Sequence[Rule]], source: str) -> list[Rule]:
    own = [_rule(body, i, source) for i, body in enumerate(registry.rules)]
    codes = [rule.code for rule in own]
    for i, code in enumerate(codes):
        if code in codes[:i]:
            raise InvalidInput(f"rule {code!r} is listed twice", source=source, field=f"rules[{i}].code")
    included: list[Rule] = []
    for i, name in enumerate(registry.include_packs):
        if name not in packs:
            known = ", ".join(sorted(packs)) or "none here"
            raise InvalidInput(f"no rule pack {name!r}; there are {known}", source=source, field=f"include_packs[{i}]")
        included += packs[name]
    return [*(rule for rule in included if rule.code not in codes), *own]


def _rule(body: dict[str, Any], position: int, source: str) -> Rule:
    try:
        return parse_rule(body)
    except InvalidInput as error:
        field = ".".join(part for part in (f"rules[{position}]", error.field) if part)
        raise InvalidInput(error.reason, source=source, field=field) from error


def _put(connection: Connection, what: str, name: str, /, **columns: Any) -> list[str]:
    """Run an upsert that returns how the row came out: added, changed, or no row where it was so already."""
    outcome = fetch_value(connection, name, **columns)
    return [f"{what}: {outcome}"] if outcome else []


def _apply_enterprise(connection: Connection, spec: EnterpriseSpec, timezone: str) -> list[str]:
    changes = _put(
        connection,
        f"enterprise {spec.code}",
        "put_enterprise",
        code=spec.code,
        name=spec.name or spec.code,
        park=spec.park,
        industry=spec.industry,
    )
    enterprise_id: int = fetch_value(connection, "find_enterprise", code=spec.code)
    ensure_enterprise_role(connection, enterprise_id)
    known = {row["code"]: row for row in fetch_dicts(connection, "select_registry_points", enterprise_id=enterprise_id)}
    for point in spec.points:
        changes += _apply_point(connection, enterprise_id, spec.code, point, known.get(point.code), timezone)
    gone = sorted(set(known) - {point.code for point in spec.points})
    for code in gone:
        if execute(connection, "retire_point", enterprise_id=enterprise_id, code=code):
            changes.append(f"point {spec.code}/{code}: retired")
    return changes + replace_registry_instruments(connection, enterprise_id, spec.instruments, timezone=timezone)


def _apply_point(
    connection: Connection,
    enterprise_id: int,
    enterprise: str,
    spec: PointSpec,
    known: dict[str, Any] | None,
    timezone: str,
) -> list[str]:
    wanted = _columns(spec)
    written = {**wanted, "attributes": Jsonb(wanted["attributes"])}
    what = f"point {enterprise}/{spec.code}"
    if known is None:
        added = fetch_dicts(connection, "add_point", enterprise_id=enterprise_id, code=spec.code, **written)[0]
        _apply_epochs(connection, added["id"], spec.epochs)
        execute(connection, "mark_point_dirty", point_id=added["id"])
        return [f"{what}: taken over, it was seen before" if added["seen"] else f"{what}: added"]
    point_id = known["id"]
    changed = sorted(name for name, value in wanted.items() if known[name] != value)
    if changed or known["retired_at"] is not None:
        execute(connection, "change_point", id=point_id, **written)
    epochs = _apply_epochs(connection, point_id, spec.epochs)
    if epochs or _FACT_COLUMNS & set(changed):
        execute(connection, "mark_point_dirty", point_id=point_id)
    if "role" in changed or "medium" in changed:
        execute(connection, "mark_point_days_dirty", point_id=point_id, timezone=timezone)
    words = changed + (["epochs"] if epochs else []) + (["in use again"] if known["retired_at"] else [])
    return [f"{what}: changed {', '.join(words)}"] if words else []


def _columns(spec: PointSpec) -> dict[str, Any]:
    low, high = spec.range or (None, None)
    plausible_low, plausible_high = spec.plausible or (None, None)
    longitude, latitude = spec.location or (None, None)
    return {
        "name": spec.name or spec.code,
        "medium": medium_of(spec),
        "quantity": quantity_of(spec),
        "kind": spec.kind.value,
        "unit": spec.unit,
        "role": spec.role.value,
        "interval_s": spec.interval_s,
        "range_low": low,
        "range_high": high,
        "plausible_low": plausible_low,
        "plausible_high": plausible_high,
        "max_age_s": spec.max_age_s,
        "capacity_kw": spec.capacity_kw,
        "reported_basis": spec.reported_basis.value if spec.reported_basis else None,
        "longitude": longitude,
        "latitude": latitude,
        "hj212_mn": spec.hj212.mn if spec.hj212 else None,
        "hj212_code": spec.hj212.code if spec.hj212 else None,
        "hj212_unit": spec.hj212.unit if spec.hj212 else None,
        "sparkplug_name": spec.sparkplug,
        "attributes": spec.stored_attributes,
        "outlet": spec.outlet,
    }


def _apply_epochs(connection: Connection, point_id: int, epochs: list[EpochSpec]) -> bool:
    """Make the registry's epochs match; whether anything changed.

    Epochs declared through the API stay, but for one that the file declares at the same instant.
    """
    wanted = {(e.valid_from, e.width, e.multiplier, e.first, e.last, e.reason): None for e in epochs}
    rows = connection.execute(
        "SELECT valid_from, width, multiplier, first_register, last_register, reason FROM meter_epochs"
        " WHERE point_id = %s AND source = 'registry' ORDER BY valid_from",
        [point_id],
    ).fetchall()
    if dict.fromkeys(rows) == wanted:
        return False
    connection.execute("DELETE FROM meter_epochs WHERE point_id = %s AND source = 'registry'", [point_id])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO meter_epochs (point_id, valid_from, width, multiplier, first_register, last_register, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (point_id, valid_from) DO UPDATE SET"
            " width = excluded.width, multiplier = excluded.multiplier,"
            " first_register = excluded.first_register, last_register = excluded.last_register,"
            " reason = excluded.reason, source = 'registry'",
            [(point_id, *epoch) for epoch in wanted],
        )
    return True


def _retire_enterprises(connection: Connection, kept: list[str]) -> list[str]:
    gone = fetch_dicts(connection, "retire_enterprises", kept=kept)
    return [f"enterprise {row['code']}: retired with its points" for row in gone]
