"""The care of meters: when one is due for verification, and what a tree of sub-meters does not add up to.

A meter names the one it hangs below (attribute ``parent``). The imbalance is taken over the hours in which the parent
and all of its children were completely metered, so that a missing hour is never mistaken for a loss.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.points import ELECTRICITY_ROLES

WARN_DAYS = 60
_DEFAULT_CLASS = 2.0  # percent, where a meter declares none


class Finding(StrEnum):
    """What a person should look at."""

    VERIFICATION_OVERDUE = "verification_overdue"
    VERIFICATION_DUE_SOON = "verification_due_soon"
    VERIFICATION_UNKNOWN = "verification_unknown"
    CLASS_UNKNOWN = "accuracy_class_unknown"
    CHILDREN_EXCEED_PARENT = "children_exceed_parent"
    NO_COMMON_HOURS = "no_common_hours"


@dataclass(frozen=True, slots=True)
class Branch:
    """A parent and its children over their common complete hours, kWh."""

    parent: str
    children: int
    hours: int
    parent_kwh: float | None
    children_kwh: float | None
    children_class: float | None


@dataclass(frozen=True, slots=True)
class Imbalance:
    """``imbalance_kwh`` is what the parent measured and no child did; a share of the parent's energy."""

    children: int
    hours: int
    parent_kwh: float
    children_kwh: float
    imbalance_kwh: float
    imbalance_share: float | None


@dataclass(frozen=True, slots=True)
class MeterCare:
    """What a meter declares of itself."""

    role: str
    kind: str
    accuracy_class: float | None
    verified_on: dt.date | None
    verification_due: dt.date | None

    @classmethod
    def of(cls, role: str, kind: str, attributes: Mapping[str, Any]) -> MeterCare:
        """Out of a point's attributes, which the registry has examined."""
        accuracy = attributes.get("accuracy_class")
        return cls(
            role,
            kind,
            None if accuracy is None else class_percent(accuracy),
            _date(attributes.get("verified_on")),
            _date(attributes.get("verification_due")),
        )


def class_percent(written: object) -> float:
    """The largest error of an accuracy class, percent: ``0.5S``, ``1``, ``0.2`` (IEC 62053) or A to D (IEC 50470)."""
    text = str(written).strip().upper()
    letters = {"A": 2.0, "B": 1.0, "C": 0.5, "D": 0.2}
    return letters[text] if text in letters else float(text.removesuffix("S"))


def care_findings(care: MeterCare, today: dt.date) -> list[Finding]:
    """What is due of a meter on a local day."""
    found: list[Finding] = []
    settles = care.kind == "counter" and care.role in {role.value for role in ELECTRICITY_ROLES}
    if care.verification_due is not None and care.verification_due < today:
        found.append(Finding.VERIFICATION_OVERDUE)
    elif care.verification_due is not None and care.verification_due <= today + dt.timedelta(days=WARN_DAYS):
        found.append(Finding.VERIFICATION_DUE_SOON)
    elif care.verification_due is None and settles:
        found.append(Finding.VERIFICATION_UNKNOWN)
    if care.accuracy_class is None and settles:
        found.append(Finding.CLASS_UNKNOWN)
    return found


def imbalance(branch: Branch) -> Imbalance | None:
    """What the children leave of their parent; None where they have no complete hour in common."""
    if not branch.hours or branch.parent_kwh is None or branch.children_kwh is None:
        return None
    rest = branch.parent_kwh - branch.children_kwh
    share = rest / branch.parent_kwh if branch.parent_kwh > 0 else None
    return Imbalance(branch.children, branch.hours, branch.parent_kwh, branch.children_kwh, rest, share)


def branch_findings(branch: Branch, parent_class: float | None) -> list[Finding]:
    """Children above their parent by more than both accuracy classes allow mean a wrong meter, ratio or tree."""
    found = imbalance(branch)
    if found is None:
        return [Finding.NO_COMMON_HOURS]
    allowed = found.parent_kwh * (parent_class or _DEFAULT_CLASS) / 100
    allowed += found.children_kwh * (branch.children_class or _DEFAULT_CLASS) / 100
    return [Finding.CHILDREN_EXCEED_PARENT] if found.imbalance_kwh < -allowed else []


def _date(written: object) -> dt.date | None:
    return None if written is None else dt.date.fromisoformat(str(written))
