"""What is shipped with the program goes into the database after the migrations: factors, rules, targets."""

from __future__ import annotations

from accounting.factors import shipped_factors, shipped_rules, shipped_targets
from storage.accounts import seed
from storage.connect import Connection


def seed_shipped(connection: Connection) -> None:
    """Idempotent; keeps rule versions and targets that exist."""
    seed(connection, shipped_factors(), shipped_rules(), shipped_targets())
