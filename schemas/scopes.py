"""What rules on shares and budgets judge: figures of scopes to the end of a day, and the alerts that they left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.alerts import StoredAlert


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the accounts.

    Attributes:
        scope: as in the API.
        amount: one of ``schemas.rules.AMOUNTS``.
        accounting: code of the accounting rule; empty for the default one of its subject.
    """

    scope: str
    amount: str
    accounting: str = ""


@dataclass(frozen=True, slots=True)
class FigureToDate:
    """A measure from the beginning of its period to the end of a local day; shares 0..1, kWh or kg.

    Attributes:
        ends_us: that end, microseconds.
        value: None where there is none: no consumption, or nothing computed.
        low, high: what missing hours leave open; None where nothing bounds it.
        coverage: complete point-hours of those that were due.
        rule: the accounting rule with its version.
    """

    ends_us: int
    value: float | None
    low: float | None
    high: float | None
    coverage: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class ScopePlace:
    """An enterprise as the watch names it; ``retired_us`` is when it left."""

    code: str
    name: str
    park: str
    retired_us: int | None = None


@dataclass(frozen=True, slots=True)
class ScopeAlert:
    """A stored alert of a scope and period, with what it was judged by and what it said."""

    alert: StoredAlert
    scope: str
    period: str
    rule_body: dict[str, Any]
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScopeState:
    """How a rule stands at a scope in a period: a row of ``scope_states``.

    Attributes:
        since_us: the end of the day with which it came to stand so.
        last_us: the end of the newest day that was judged.
        detail: the newest figure, its verdict, and what it was judged by.
    """

    rule: str
    scope: str
    period: str
    state: str
    since_us: int
    last_us: int
    alert_id: int | None
    detail: dict[str, Any]
