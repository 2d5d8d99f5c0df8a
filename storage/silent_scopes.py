"""Gateways and enterprises that fall silent, in the database."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.alerts import StoredAlert
from schemas.gateways import HeardGateway, SilenceAlert
from schemas.scopes import ScopeState
from storage import scope_alerts
from storage.alerts import instant, lock_watched
from storage.connect import Connection
from storage.queries import fetch, fetch_dicts

_LOCK = 7_275_917
_NO_PERIOD = ""  # how the state of a scope without a period is kept


def lock_silences(connection: Connection) -> None:
    """Judge silences of scopes alone until the transaction ends."""
    lock_watched(connection, _LOCK, [0])


def list_heard(connection: Connection) -> list[HeardGateway]:
    """The gateways that speak for points in use."""
    return fetch(connection, HeardGateway, "list_heard_gateways")


def states(connection: Connection) -> dict[tuple[str, str], ScopeState]:
    """How rules on silence stand, by rule and scope."""
    return {(row.rule, row.scope): row for row in scope_alerts.list_states(connection, [_NO_PERIOD])}


def set_states(connection: Connection, rows: Sequence[ScopeState]) -> None:
    scope_alerts.set_states(connection, rows)


def list_alerts(connection: Connection, since_us: int) -> list[SilenceAlert]:
    """What is open, and what opened at or after a time, oldest first."""
    rows = fetch_dicts(connection, "list_silence_alerts", since=instant(since_us))
    apart = ("scope", "rule_body")
    return [
        SilenceAlert(
            StoredAlert(point_id=0, **{name: value for name, value in row.items() if name not in apart}),
            *(row[name] for name in apart),
        )
        for row in rows
    ]
