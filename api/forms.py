"""The shapes of what callers send. A misspelt field is an error, never ignored."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.times import Instant
from schemas.marks import MarkKind

Text = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class EpochForm(BaseModel, extra="forbid", populate_by_name=True):
    """From when a register counts how; see the registry's epochs."""

    valid_from: Annotated[Instant, Field(alias="from")]
    width: Finite | None = None
    multiplier: Finite = 1.0
    first: Finite | None = None
    last: Finite | None = None
    reason: Text | None = None


class HourForm(BaseModel, extra="forbid"):
    """The part of an hourly settled trade that was delivered in an hour."""

    hour: str
    kwh: Annotated[Finite, Field(ge=0)]


class InstrumentForm(BaseModel, extra="forbid"):
    """A certificate, a trade or a sold certificate, in the words of the registry."""

    enterprise: Text
    id: Text
    kind: str
    mwh: Annotated[Finite, Field(gt=0)]
    vintage: str | None = None
    period: str | None = None
    use_period: str | None = None
    cancelled: dt.date | None = None
    settlement: Literal["monthly", "hourly"] = "monthly"
    serials: list[Text] = []
    hours: Annotated[list[HourForm], Field(max_length=800)] = []


class CloseForm(BaseModel, extra="forbid"):
    comment: Text = ""


class RestateForm(BaseModel, extra="forbid"):
    """``reason`` stands beside the old and the new figures for good."""

    reason: Annotated[Text, StringConstraints(min_length=1, strip_whitespace=True)]


class RecomputeForm(BaseModel, extra="forbid"):
    """``hours``: the hourly facts too, from the readings, of the points of ``scope``."""

    scope: Text = "city"
    hours: bool = False


Reason = Annotated[Text, StringConstraints(min_length=1, strip_whitespace=True)]


class MarkForm(BaseModel, extra="forbid", populate_by_name=True):
    """A mark of one point (``ENTERPRISE/POINT``) or a whole outlet (``ENTERPRISE/OUTLET``) over [from, to)."""

    point: Text | None = None
    outlet: Text | None = None
    kind: MarkKind
    since: Annotated[Instant, Field(alias="from")]
    to: Instant
    reason: Reason
    author: Annotated[Text, StringConstraints(max_length=200)] = ""


class MarkDecisionForm(BaseModel, extra="forbid"):
    reason: Text = ""


class LogbookForm(BaseModel, extra="forbid", populate_by_name=True):
    """Work at an outlet; ``reference`` is the gas or the manual method, ``before`` and ``after`` what was shown."""

    outlet: Text
    kind: Literal["calibration", "verification", "maintenance", "repair", "replacement"]
    since: Annotated[Instant, Field(alias="from")]
    to: Instant
    quantity: Text | None = None
    reference: Finite | None = None
    before: Finite | None = None
    after: Finite | None = None
    unit: Text | None = None
    passed: bool | None = None
    note: Text = ""
    author: Annotated[Text, StringConstraints(max_length=200)] = ""
    mark: bool = False


class AcknowledgeForm(BaseModel, extra="forbid"):
    comment: Text = ""


class AssignForm(BaseModel, extra="forbid"):
    """``to`` is a person's name, null to take the alert back."""

    to: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")] | None
    comment: Text = ""


class CommentForm(BaseModel, extra="forbid"):
    comment: Reason


class SilenceForm(BaseModel, extra="forbid"):
    """``matchers`` as in ``rule=nmhc-hour``, ``point=~ENT01/.*``; an alert must match all of them."""

    matchers: Annotated[list[Text], Field(min_length=1, max_length=50)]
    since: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant
    author: Text = ""
    comment: Reason


class AlertCloseForm(BaseModel, extra="forbid"):
    """What was found, in words, under one of the usual causes, and what was done about it."""

    cause: Literal[
        "process_upset", "treatment_fault", "start_up_shutdown", "instrument_fault", "calibration", "external", "other"
    ]
    explanation: Reason
    measure: Reason
