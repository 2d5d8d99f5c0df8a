"""Rules: what the watch looks for, changed by API where the registry does not own them, with every version kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request

from api.alert_shapes import Rule, RuleVersion, ScopeStanding
from api.auth import GuardedRoute, Rows, Who
from api.paging import Cursor, Limit, page, read_cursor
from api.service import service_of
from api.shapes import Page
from api.times import local
from schemas.access import AccessRole, Caller
from schemas.errors import InvalidInput, NotAllowed, NotFound
from schemas.rule_bodies import parse_rule
from schemas.rules import OF_SCOPES
from schemas.rules import Rule as WatchRule
from storage.connect import Connection
from storage.queries import fetch_dicts
from storage.rules import add_rule, change_rule, remove_rule

router = APIRouter(route_class=GuardedRoute, tags=["alerts"])


def _known(rows: Rows, code: Annotated[str, Path()]) -> str:
    if "\x00" in code or not fetch_dicts(rows, "list_visible_rule_versions", code=code):
        raise NotFound(f"no rule {code!r}; /api/v1/rules lists them")
    return code


Code = Annotated[str, Depends(_known)]
Written = Annotated[dict[str, Any], Body(description="the fields of docs/reference/rules.md")]


@router.get("/rules", response_model=Page[Rule])
def list_rules(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """The rules of the watch, by code."""
    (after,) = read_cursor(cursor, str)
    return page(
        fetch_dicts(rows, "list_visible_rules", after=after, limit=limit + 1), limit, ["code"], service_of(request).zone
    )


@router.get("/rules/{code}", response_model=RuleVersion)
def read_rule(request: Request, rows: Rows, code: Code) -> Any:
    """The newest version of a rule; a removed one stays readable."""
    return _versions(request, rows, code)[0]


@router.get("/rules/{code}/versions", response_model=Page[RuleVersion])
def list_versions(request: Request, rows: Rows, code: Code) -> Any:
    """Every version of a rule, the newest first: who made it, when, and from where."""
    return {"items": _versions(request, rows, code), "next": None}


@router.get("/rules/{code}/scopes", response_model=Page[ScopeStanding])
def list_scopes(
    request: Request, rows: Rows, code: Code, period: str | None = None, cursor: Cursor = None, limit: Limit = 100
) -> Any:
    """How a rule on shares or budgets stands at each of your scopes, and why where it is not judged; in the newest
    period unless one is named."""
    (after,) = read_cursor(cursor, str)
    found = fetch_dicts(rows, "list_visible_scope_states", rule=code, period=period, after=after, limit=limit + 1)
    return page(found, limit, ["scope"], service_of(request).zone)


@router.post("/rules", status_code=201, response_model=RuleVersion)
def create_rule(request: Request, who: Who, rows: Rows, body: Written) -> Any:
    """Add a rule. It judges what arrives from now on."""
    rule = _rule(body, who)
    with _writing(request) as connection:
        add_rule(connection, rule, who.actor)
    return _versions(request, rows, rule.code)[0]


@router.put("/rules/{code}", response_model=RuleVersion)
def replace_rule(request: Request, who: Who, rows: Rows, code: Code, body: Written) -> Any:
    """Make a rule another one. With ``enabled: false`` its open alerts are withdrawn."""
    if body.get("code", code) != code:
        raise InvalidInput(f"is {body['code']!r}, but the path names {code!r}", field="code")
    rule = _rule({**body, "code": code}, who)
    with _writing(request) as connection:
        change_rule(connection, rule, who.actor)
    return _versions(request, rows, code)[0]


@router.delete("/rules/{code}", response_model=RuleVersion)
def delete_rule(request: Request, who: Who, rows: Rows, code: Code) -> Any:
    """Remove a rule. Its versions and its alerts stay; open ones are withdrawn."""
    _rule(_versions(request, rows, code)[0]["body"], who)
    with _writing(request) as connection:
        remove_rule(connection, code, who.actor)
    return _versions(request, rows, code)[0]


@contextmanager
def _writing(request: Request) -> Iterator[Connection]:
    with service_of(request).pool.connection() as connection, connection.transaction():
        yield connection
        connection.execute("NOTIFY parkwatch_live")


def _rule(body: dict[str, Any], who: Caller) -> WatchRule:
    rule = parse_rule(body)
    if who.role is AccessRole.ENERGY and rule.statistic not in OF_SCOPES:
        raise NotAllowed(f"role energy writes rules on share and budget, and {rule.code} is on {rule.statistic.value}")
    return rule


def _versions(request: Request, rows: Connection, code: str) -> list[dict[str, Any]]:
    found = fetch_dicts(rows, "list_visible_rule_versions", code=code)
    zone = service_of(request).zone
    return [{name: local(value, zone) for name, value in row.items()} for row in found]
