"""Rules as data: what the registry owns, and what the watch reads."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from psycopg.types.json import Jsonb

from schemas.errors import Conflict, InvalidInput, NotFound
from schemas.rule_bodies import parse_rule, rule_body
from schemas.rules import Rule, WatchedPoint
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts, fetch_value

log = logging.getLogger(__name__)

SUSPECT_CODES = "{}:possible"  # a rule's warnings of possible exceedances end with it


def list_rules(connection: Connection) -> list[Rule]:
    """The stored rules that this version can read, by code; one it cannot read is logged and judges nothing."""
    return _read(fetch_dicts(connection, "list_rules"))


def list_visible_rules(connection: Connection) -> list[Rule]:
    """The enabled rules as a caller of the API may read them, by code."""
    return _read(fetch_dicts(connection, "list_visible_rule_bodies"))


def _read(rows: Iterable[dict[str, Any]]) -> list[Rule]:
    rules = []
    for row in rows:
        try:
            rules.append(parse_rule(row["body"], f"stored rule {row['code']}"))
        except InvalidInput as error:
            log.error("%s: the rule is not judged", error)
    return rules


def list_watched_points(connection: Connection) -> list[WatchedPoint]:
    """The points in use."""
    return fetch(connection, WatchedPoint, "list_watched_points")


def list_visible_watched_points(connection: Connection) -> list[WatchedPoint]:
    """The points in use that a caller may see."""
    return fetch(connection, WatchedPoint, "list_visible_watched_points")


def watch_version(connection: Connection) -> tuple[int | None, ...]:
    """A value that changes when rules or points have changed."""
    return tuple(fetch_value(connection, "find_watch_version"))


def replace_registry_rules(connection: Connection, rules: Iterable[Rule]) -> list[str]:
    """Make the rules that the registry owns match; what changed, in words.

    Rules made by API are left alone, also where the file uses their code. Open alerts of rules that are removed or
    switched off are withdrawn: nothing would ever end them. Runs inside the caller's transaction.
    """
    wanted = {rule.code: rule for rule in rules}
    stored = {row["code"]: row for row in fetch_dicts(connection, "list_rules")}
    foreign = {code for code, row in stored.items() if row["source"] != "registry"}
    ours = {code: row["body"] for code, row in stored.items() if code not in foreign}
    changes = [f"rule {code}: kept as it was made by API" for code in sorted(foreign & wanted.keys())]
    for code in sorted(wanted.keys() - foreign):
        body = rule_body(wanted[code])
        if ours.get(code) != body:
            changes.append(f"rule {code}: {_difference(ours.get(code), body)}")
            _put(connection, wanted[code])
    removed = sorted(ours.keys() - wanted.keys())
    if removed:
        execute(connection, "remove_rules", codes=removed)
        changes += [f"rule {code}: removed" for code in removed]
    _withdraw(connection, [*removed, *(code for code in ours if code in wanted and not wanted[code].enabled)])
    return changes


def add_rule(connection: Connection, rule: Rule, actor: str) -> None:
    """Store a new rule, inside the caller's transaction.

    Raises:
        Conflict: there is one with this code.
    """
    source = fetch_value(connection, "find_rule_source", code=rule.code)
    if source is not None:
        raise Conflict(f"rule {rule.code!r} exists; change it by PUT /rules/{rule.code}" + _of(source))
    _put(connection, rule, "put_api_rule", actor=actor)


def change_rule(connection: Connection, rule: Rule, actor: str) -> None:
    """Make a rule of the API another one, inside the caller's transaction.

    Raises:
        NotFound: no such rule.
        Conflict: the registry owns it.
    """
    _check_ours(connection, rule.code)
    _put(connection, rule, "put_api_rule", actor=actor)
    _withdraw(connection, [] if rule.enabled else [rule.code])


def remove_rule(connection: Connection, code: str, actor: str) -> None:
    """Remove a rule of the API, inside the caller's transaction; its versions and alerts stay.

    Raises:
        NotFound: no such rule.
        Conflict: the registry owns it.
    """
    _check_ours(connection, code)
    execute(connection, "remove_api_rule", code=code)
    execute(connection, "name_rule_remover", code=code, actor=actor)
    _withdraw(connection, [code])


def _check_ours(connection: Connection, code: str) -> None:
    source = fetch_value(connection, "find_rule_source", code=code)
    if source is None:
        raise NotFound(f"no rule {code!r}; POST /rules adds one")
    if source != "api":
        raise Conflict(f"rule {code!r} cannot be changed here" + _of(source))


def _of(source: str) -> str:
    return "" if source == "api" else ": the registry owns it; change its file and run `parkwatch registry apply`"


def _put(connection: Connection, rule: Rule, name: str = "put_rule", **more: str) -> None:
    execute(
        connection,
        name,
        code=rule.code,
        kind=rule.kind.value,
        statistic=rule.statistic.value,
        severity=rule.severity.value,
        body=Jsonb(rule_body(rule)),
        valid_from=rule.valid_from,
        enabled=rule.enabled,
        **more,
    )


def _withdraw(connection: Connection, codes: list[str]) -> None:
    if codes:
        every = [*codes, *(SUSPECT_CODES.format(code) for code in codes)]
        execute(connection, "withdraw_alerts_of_rules", codes=every)


def _difference(before: dict[str, object] | None, after: dict[str, object]) -> str:
    if before is None:
        return "added"
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return "changed " + ", ".join(f"{name} {before.get(name)!r} -> {after.get(name)!r}" for name in names)
