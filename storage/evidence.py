"""What an alert's evidence is made of, and the seals on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from schemas.errors import NotFound
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts, query


@dataclass(frozen=True, slots=True)
class Seal:
    """Evidence as it stood: ``body`` is the text that was hashed."""

    id: int
    sealed_at: dt.datetime
    sha256: str
    body: str


@dataclass(frozen=True, slots=True)
class Unsealed:
    """An alert that is to be sealed, and what of it the seal will stand for."""

    id: int
    stands: str


def find_alert(connection: Connection, alert_id: int) -> dict[str, Any]:
    """An alert with its place.

    Raises:
        NotFound: no such alert.
    """
    found = fetch_dicts(connection, "find_alert_for_evidence", id=alert_id)
    if not found:
        raise NotFound(f"no alert {alert_id}")
    return found[0]


def find_scope_alert(connection: Connection, alert_id: int) -> dict[str, Any] | None:
    """An alert on a share or a budget; None where it is none, or is not there."""
    found = fetch_dicts(connection, "find_scope_alert_for_evidence", id=alert_id)
    return found[0] if found else None


def list_accounts(connection: Connection, alert: dict[str, Any]) -> list[dict[str, Any]]:
    """The account that an alert of a scope is about, as it stands: its ``subject`` and its row. Silence has none."""
    if alert["period"] is None:
        return []
    grain = "year" if len(alert["period"]) == len("2026") else "month"
    rule = alert["evidence"]["account"]["accounting_rule"]
    place = {"scope": alert["scope"], "grain": grain, "rule": rule, "at": alert["opened_at"]}
    return fetch_dicts(connection, "list_evidence_accounts", **place)


def list_rows(
    connection: Connection, point_id: int, first: dt.datetime, until: dt.datetime, limit: int
) -> dict[str, list[dict[str, Any]]]:
    """Readings, corrections, hourly facts, conversions and marks of a point in [first, until)."""
    span = {"point_id": point_id, "first": first, "until": until}
    return {
        "readings": fetch_dicts(connection, "list_evidence_readings", **span, limit=limit),
        "revisions": fetch_dicts(connection, "list_evidence_revisions", **span, limit=limit),
        "hours": fetch_dicts(connection, "list_evidence_hours", **span),
        "conversions": fetch_dicts(connection, "list_evidence_conversions", **span),
        "marks": fetch_dicts(connection, "list_evidence_marks", **span),
    }


def list_notices(connection: Connection, alert_id: int) -> list[dict[str, Any]]:
    """Who was told, and when."""
    return fetch_dicts(connection, "list_evidence_notices", alert_id=alert_id)


def list_seals(connection: Connection, alert_id: int) -> list[Seal]:
    """Oldest first."""
    return fetch(connection, Seal, "list_evidence_seals", alert_id=alert_id)


def list_sealed_alerts(connection: Connection, after: int, limit: int) -> list[int]:
    rows = connection.execute(query("list_sealed_alerts"), {"after": after, "limit": limit}).fetchall()
    return [int(row[0]) for row in rows]


def list_unsealed(
    connection: Connection, quiet_since: dt.datetime, patient_since: dt.datetime, limit: int
) -> list[Unsealed]:
    """Exceedances that are over and have no seal on what they are now.

    Args:
        quiet_since: nothing happened to them since.
        patient_since: a message about them that is younger is waited for.
    """
    since = {"quiet_since": quiet_since, "patient_since": patient_since}
    return fetch(connection, Unsealed, "list_alerts_to_seal", **since, limit=limit)


def add_seal(connection: Connection, unsealed: Unsealed, now: dt.datetime, sha256: str, body: str) -> None:
    execute(
        connection,
        "insert_evidence_seal",
        alert_id=unsealed.id,
        now=now,
        sha256=sha256,
        body=body,
        stands=unsealed.stands,
    )
