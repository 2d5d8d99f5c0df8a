"""Who may see what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AccessRole(StrEnum):
    """The roles of a token."""

    ADMIN = "admin"
    ENVIRONMENT = "environment"
    ENERGY = "energy"
    ENTERPRISE = "enterprise"
    WALL = "wall"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller; ``database_role`` decides which rows the ``visible`` views show."""

    token_id: int
    role: AccessRole
    enterprise: str | None
    database_role: str

    @property
    def actor(self) -> str:
        """Who it was, as trails write it: the role and the token's id."""
        return f"{self.role.value}:{self.token_id}"
