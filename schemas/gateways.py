"""Gateways as the watch hears them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.alerts import StoredAlert


@dataclass(frozen=True, slots=True)
class HeardGateway:
    """A gateway that speaks for points in use; microseconds of arrival.

    Attributes:
        heard_us: when its newest message came.
        back_us: when it spoke first after its will, or after a minute without a word.
        gone_us: when its newest will came; it is gone while it has not spoken since.
    """

    enterprise: str
    enterprise_name: str
    park: str
    industry: str | None
    gateway: str
    heard_us: int
    back_us: int
    gone_us: int | None = None

    @property
    def is_gone(self) -> bool:
        return self.gone_us is not None and self.gone_us > self.heard_us


@dataclass(frozen=True, slots=True)
class SilenceAlert:
    """A stored alert of a silent gateway or enterprise, with the rule as it stood."""

    alert: StoredAlert
    scope: str
    rule_body: dict[str, Any]
