"""Alerts of scopes, and how rules on shares and budgets stand, in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from psycopg.types.json import Jsonb

from schemas.alerts import StoredAlert
from schemas.scopes import ScopeAlert, ScopePlace, ScopeState
from storage.alerts import instant, lock_watched
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts

_LOCK = 7_275_916


def lock_scopes(connection: Connection) -> None:
    """Judge scopes alone until the transaction ends."""
    lock_watched(connection, _LOCK, [0])


def list_places(connection: Connection) -> list[ScopePlace]:
    return fetch(connection, ScopePlace, "list_scope_places")


def list_alerts(connection: Connection, periods: Collection[str] = ()) -> list[ScopeAlert]:
    """The open alerts of scopes, and all of some periods, withdrawn ones included, oldest first."""
    rows = fetch_dicts(connection, "list_scope_alerts", periods=sorted(periods))
    apart = ("scope", "period", "rule_body", "evidence")
    return [
        ScopeAlert(
            StoredAlert(point_id=0, **{name: value for name, value in row.items() if name not in apart}),
            *(row[name] for name in apart),
        )
        for row in rows
    ]


def list_states(connection: Connection, periods: Collection[str]) -> list[ScopeState]:
    return fetch(connection, ScopeState, "list_scope_states", periods=sorted(periods))


def list_progress(connection: Connection) -> dict[tuple[str, str], int]:
    """By rule and scope the end of the newest day that was judged, in whatever period."""
    return {(r["rule"], r["scope"]): r["last_us"] for r in fetch_dicts(connection, "list_scope_progress")}


def set_states(connection: Connection, states: Sequence[ScopeState]) -> None:
    if states:
        execute(
            connection,
            "set_scope_states",
            rules=[s.rule for s in states],
            scopes=[s.scope for s in states],
            periods=[s.period for s in states],
            states=[s.state for s in states],
            since=[instant(s.since_us) for s in states],
            last=[instant(s.last_us) for s in states],
            alert_ids=[s.alert_id for s in states],
            details=[Jsonb(s.detail) for s in states],
        )
