"""Which role may call which route: the whole table, read before anything else of a request is looked at.

Which *rows* a caller then sees is the database's to decide (``storage.access``).
"""

from __future__ import annotations

from schemas.access import AccessRole

ADMIN, ENVIRONMENT, ENERGY = AccessRole.ADMIN, AccessRole.ENVIRONMENT, AccessRole.ENERGY
ENTERPRISE, WALL = AccessRole.ENTERPRISE, AccessRole.WALL

EVERYONE = frozenset(AccessRole)
SIGNED_PEOPLE = EVERYONE - {WALL}
IN_CHARGE = frozenset({ADMIN, ENVIRONMENT, ENERGY})  # the energy bureau of alerts of energy only

ACCESS: dict[tuple[str, str], frozenset[AccessRole]] = {
    ("GET", "/me"): EVERYONE,
    ("GET", "/enterprises"): EVERYONE,
    ("GET", "/points"): EVERYONE,
    ("GET", "/readings"): SIGNED_PEOPLE,
    ("GET", "/receipts"): frozenset({ADMIN, ENTERPRISE}),
    ("GET", "/live"): EVERYONE,
    ("GET", "/hours"): EVERYONE,
    ("GET", "/hours/compared"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/treatment"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/reviews"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("POST", "/points/{enterprise}/{point}/epochs"): frozenset({ADMIN, ENERGY}),
    ("GET", "/instruments"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("POST", "/instruments"): frozenset({ADMIN, ENERGY}),
    ("GET", "/periods"): frozenset({ADMIN, ENERGY}),
    ("GET", "/periods/{month}"): frozenset({ADMIN, ENERGY}),
    ("POST", "/periods/{month}/close"): frozenset({ADMIN, ENERGY}),
    ("POST", "/periods/{month}/restate"): frozenset({ADMIN, ENERGY}),
    ("POST", "/periods/{month}/recompute"): frozenset({ADMIN, ENERGY}),
    ("GET", "/targets"): EVERYONE,
    ("GET", "/green-power"): frozenset({ADMIN, ENERGY, ENTERPRISE, WALL}),
    ("GET", "/carbon"): frozenset({ADMIN, ENERGY, ENTERPRISE, WALL}),
    ("GET", "/energy-use"): frozenset({ADMIN, ENERGY, ENTERPRISE, WALL}),
    ("GET", "/reports/{month}"): frozenset({ADMIN, ENERGY, ENTERPRISE, WALL}),
    ("GET", "/meters"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("GET", "/invoices"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("POST", "/invoices"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("GET", "/exceedances"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/alerts"): EVERYONE,
    ("GET", "/alerts/{alert_id}"): SIGNED_PEOPLE,
    ("POST", "/alerts/{alert_id}/acknowledge"): IN_CHARGE,
    ("POST", "/alerts/{alert_id}/assign"): IN_CHARGE,
    ("POST", "/alerts/{alert_id}/comments"): SIGNED_PEOPLE,
    ("POST", "/alerts/{alert_id}/close"): IN_CHARGE,
    ("POST", "/alerts/{alert_id}/reopen"): IN_CHARGE,
    ("GET", "/alerts/{alert_id}/evidence"): SIGNED_PEOPLE,  # the energy bureau that of shares and budgets only
    ("GET", "/alerts/{alert_id}/evidence/verify"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/alerts/{alert_id}/sources"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE, WALL}),
    ("GET", "/wind-rose"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/rules"): SIGNED_PEOPLE,
    ("POST", "/rules/backtest"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("POST", "/rules"): IN_CHARGE,
    ("GET", "/rules/{code}"): SIGNED_PEOPLE,
    ("GET", "/rules/{code}/versions"): SIGNED_PEOPLE,
    ("GET", "/rules/{code}/scopes"): SIGNED_PEOPLE,
    ("PUT", "/rules/{code}"): IN_CHARGE,
    ("DELETE", "/rules/{code}"): IN_CHARGE,
    ("GET", "/silences"): IN_CHARGE,
    ("POST", "/silences"): frozenset({ADMIN, ENVIRONMENT}),
    ("GET", "/silences/{silence_id}"): IN_CHARGE,
    ("DELETE", "/silences/{silence_id}"): frozenset({ADMIN, ENVIRONMENT}),
    ("GET", "/marks"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("POST", "/marks"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/marks/{mark_id}"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("POST", "/marks/{mark_id}/accept"): frozenset({ADMIN, ENVIRONMENT}),
    ("POST", "/marks/{mark_id}/refuse"): frozenset({ADMIN, ENVIRONMENT}),
    ("POST", "/marks/{mark_id}/withdraw"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/logbook"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("POST", "/logbook"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/enterprises/{enterprise}/transmission"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/enterprises/{enterprise}/digest"): frozenset({ADMIN, ENTERPRISE}),
    ("GET", "/ledger"): SIGNED_PEOPLE,
    ("GET", "/rejected"): frozenset({ADMIN, ENVIRONMENT, ENTERPRISE}),
    ("GET", "/imports"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("GET", "/imports/{import_id}"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("POST", "/imports"): frozenset({ADMIN, ENERGY, ENTERPRISE}),
    ("GET", "/exports"): SIGNED_PEOPLE,
}
"""Method and path below /api/v1 to the roles that may call it."""

READING_POSTS = frozenset({("POST", "/rules/backtest")})
"""Routes that take a body and change nothing."""

WALL_SCOPES = ("city", "park:", "industry:")
"""A screen that anyone can photograph shows sums, never one enterprise's accounts."""
