"""The shapes of answers about alerts: exceedances, their events and evidence, rules, silences."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, Field


class AccountFigure(BaseModel):
    """A share or an amount from the beginning of its period to ``through``, in the alert's unit; ``low`` and ``high``
    are what missing hours leave open, null where nothing bounds it."""

    through: dt.datetime
    value: float | None
    low: float | None
    high: float | None
    coverage: float | None


class AlertAccount(BaseModel):
    """What an alert on a share or a budget rests on."""

    amount: str
    accounting_rule: str
    opened: AccountFigure
    peak: AccountFigure
    newest: AccountFigure


def local_account(account: dict[str, Any] | None, zone: dt.tzinfo) -> dict[str, Any] | None:
    """An account as it is stored, its stamps local."""
    if account is None:
        return None

    def shown(part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        return part | {"through": dt.datetime.fromisoformat(part["through"]).astimezone(zone)}

    return {name: shown(part) for name, part in account.items()}


class Alert(BaseModel):
    """``words`` and ``words_en`` are how a wall must put it. ``point`` is null where ``scope`` is not: an alert on a
    share or a budget is of a scope, a ``period`` and an ``account``, one on a silent gateway or enterprise of a scope
    alone."""

    id: int
    rule: str
    kind: str
    point: str | None
    scope: str | None
    period: str | None
    account: AlertAccount | None
    enterprise: str
    park: str
    state: str
    severity: str
    opened_at: dt.datetime
    resolved_at: dt.datetime | None
    last_at: dt.datetime
    statistic: str
    value: float
    limit: float
    unit: str
    clause: str
    verified: bool
    late: bool
    no_data: bool
    acknowledged_by: str | None
    assigned_to: str | None
    closed_at: dt.datetime | None
    words: str
    words_en: str


class Exceedance(Alert):
    evidence: dict[str, Any]


class AlertEvent(BaseModel):
    at: dt.datetime
    event_at: dt.datetime | None
    event: str
    actor: str
    was: str | None
    becomes: str | None
    detail: dict[str, Any]


class AlertDetail(Exceedance):
    """``events`` is the trail of the alert: what the watch saw and what people did, in order."""

    closed_by: str | None
    cause: str | None
    explanation: str | None
    measure: str | None
    events: list[AlertEvent]


class EvidenceSeal(BaseModel):
    sealed_at: dt.datetime
    sha256: str


class Evidence(BaseModel):
    """``sha256`` is that of the bundle in its canonical form: keys sorted, no spaces, UTF-8."""

    sealed_at: dt.datetime | None
    sha256: str
    seals: list[EvidenceSeal]
    bundle: dict[str, Any]


class EvidenceChange(BaseModel):
    path: str
    sealed: Any
    now: Any


class EvidenceVerification(BaseModel):
    """``intact``: the sealed text has its hash; ``unchanged``: what is stored still gives the same evidence."""

    alert: int
    sealed_at: dt.datetime
    sha256: str
    sha256_now: str
    intact: bool
    unchanged: bool
    changes: list[EvidenceChange]


class Rule(BaseModel):
    code: str
    kind: str
    statistic: str
    severity: str
    body: dict[str, Any]
    valid_from: dt.datetime | None
    enabled: bool
    source: str


class ScopeStanding(BaseModel):
    """A rule at a scope after the day that ends with ``through``: figures in the rule's unit, ``verdict`` is what that
    day's was, or why there was none."""

    scope: str
    period: str
    state: str
    verdict: str
    since: dt.datetime
    through: dt.datetime
    value: float | None
    low: float | None
    high: float | None
    coverage: float | None
    accounting_rule: str | None
    alert_id: int | None


class RuleVersion(BaseModel):
    """A version of a rule; ``removed`` where it was the last one."""

    code: str
    version: int
    kind: str
    statistic: str
    body: dict[str, Any]
    enabled: bool
    source: str
    changed_by: str
    changed_at: dt.datetime
    removed: bool


class Silence(BaseModel, populate_by_name=True):
    id: int
    state: str
    matchers: list[str]
    from_: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    author: str
    comment: str
    declared_by: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    ended_by: str | None
