"""What people do about an alert. Each step is one statement: the alert and its trail change together."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.errors import Conflict
from storage.connect import Connection
from storage.queries import execute


def acknowledge(connection: Connection, alert_id: int, actor: str, comment: str) -> None:
    _step(connection, "acknowledge_alert", id=alert_id, actor=actor, comment=comment)


def assign(connection: Connection, alert_id: int, actor: str, to: str | None, comment: str) -> None:
    """Give an alert to somebody, or to nobody."""
    _step(connection, "assign_alert", id=alert_id, actor=actor, to=to, comment=comment)


def add_comment(connection: Connection, alert_id: int, actor: str, comment: str) -> None:
    _step(connection, "comment_alert", id=alert_id, actor=actor, comment=comment)


def close(
    connection: Connection, alert_id: int, actor: str, now: dt.datetime, *, cause: str, explanation: str, measure: str
) -> None:
    """Close the case of an alert.

    Raises:
        Conflict: it is closed, or the data still exceed.
    """
    words = {"cause": cause, "explanation": explanation, "measure": measure}
    if not _step(connection, "close_alert", id=alert_id, actor=actor, now=now, **words):
        raise Conflict(
            f"alert {alert_id} is closed already or not over yet: only what has resolved, or is silent, closes"
        )


def reopen(connection: Connection, alert_id: int, actor: str, comment: str) -> None:
    """Take a closed case up again.

    Raises:
        Conflict: it is not closed.
    """
    if not _step(connection, "reopen_alert", id=alert_id, actor=actor, comment=comment):
        raise Conflict(f"alert {alert_id} is not closed")


def _step(connection: Connection, name: str, **parameters: Any) -> int:
    with connection.transaction():
        taken = execute(connection, name, **parameters)
        connection.execute("NOTIFY parkwatch_live")
    return taken
