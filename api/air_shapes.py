"""The shapes of answers about outlets: marks, logbook, transmission, compared hours, treatment units."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field


class Mark(BaseModel):
    """Only a mark that is ``in_force`` has an effect; ``waits_for`` says why one waits or waited: late or overlap."""

    id: int
    enterprise: str
    outlet: str | None
    point: str | None
    kind: str
    since: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    reason: str
    author: str
    declared_by: str
    automatic: bool
    state: str
    waits_for: str | None
    accepted_at: dt.datetime | None
    created_at: dt.datetime


class MarkEvent(BaseModel):
    at: dt.datetime
    event: str
    actor: str
    detail: str


class MarkDetail(Mark):
    events: list[MarkEvent]


class LogbookEntry(BaseModel):
    id: int
    enterprise: str
    outlet: str
    kind: str
    since: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    quantity: str | None
    reference: float | None
    before: float | None
    after: float | None
    unit: str | None
    passed: bool | None
    note: str
    author: str
    written_by: str
    mark_id: int | None
    created_at: dt.datetime


class LogbookWritten(BaseModel):
    id: int
    mark_id: int | None


class TransmissionRates(BaseModel):
    """Point-hours of a month, and the rates they make; null where nothing was due."""

    elapsed_hours: int
    standstill_hours: int
    due_hours: int
    transmitted_hours: int
    valid_hours: int
    transmission_rate: float | None
    effective_rate: float | None
    transmission_effective_rate: float | None


class TransmissionPoint(TransmissionRates):
    point: str
    quantity: str


class TransmissionOutlet(TransmissionRates):
    outlet: str
    points: list[TransmissionPoint]


class TransmissionMonth(TransmissionRates):
    enterprise: str
    month: str
    formula: str
    outlets: list[TransmissionOutlet]


class ComparedHour(BaseModel):
    """A logger's hour and ours in ``unit``; ``same_verdict`` is against ``above`` of ``rule``. Null: not comparable."""

    hour: dt.datetime
    point: str
    logger_point: str
    unit: str
    ours: float | None
    logger: float | None
    difference: float | None
    same_value: bool | None
    same_verdict: bool | None
    disagrees: bool
    rule: str | None
    above: float | None


class TreatmentOff(BaseModel):
    """A stretch in which a machine of the line ran and every treatment unit of the outlet was off."""

    outlet: str
    since: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    minutes: int
    production: list[str]
    treatment: list[str]
