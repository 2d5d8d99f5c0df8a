"""Factors: the shipped table, and which of them a period uses.

A factor is published years after the year it describes, so three dates stay apart: its data year, since when it
applies, and when it was published. Where only the year of a publication is known, ``published_on`` is that year's
last day.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

import yaml

from schemas.accounts import AccountingRule, Factor, Target

_PLAN = "green and low-carbon transformation plan of the chemical industry 2025-2027, draft for comment"


@dataclass(frozen=True, slots=True)
class FactorTable:
    """The factors that a period may use: verified and published at its close."""

    factors: tuple[Factor, ...]

    @classmethod
    def at(cls, factors: Iterable[Factor], close: dt.date) -> FactorTable:
        return cls(tuple(f for f in factors if f.verified and max(f.published_on, f.valid_from) <= close))

    def latest(self, kind: str, *, name: str | None = None, region: str | None = None) -> Factor | None:
        """The latest published factor of a kind, for a name and a region where given; None where there is none."""
        fitting = [
            f
            for f in self.factors
            if f.kind == kind and (name is None or f.name == name) and (region is None or f.region == region)
        ]
        return max(fitting, key=lambda f: (f.published_on, f.data_year or 0, f.id), default=None)


def shipped_factors() -> list[Factor]:
    """The rows of ``accounting/data/factors.csv``, in file order."""
    text = _data("factors.csv")
    return [_factor(row) for row in csv.DictReader(text.splitlines())]


def shipped_rules() -> list[AccountingRule]:
    """The rules of ``accounting/data/rules.yaml``."""
    subjects: dict[str, list[dict[str, Any]]] = yaml.safe_load(_data("rules.yaml"))
    return [_rule(subject, row) for subject, rows in subjects.items() for row in rows]


def shipped_targets() -> list[Target]:
    """The plan's targets of ``accounting/data/targets.yaml``."""
    rows: list[dict[str, Any]] = yaml.safe_load(_data("targets.yaml"))
    return [Target(**(row | {"value": Decimal(str(row["value"])), "source": _PLAN})) for row in rows]


def default_rule(rules: Sequence[AccountingRule], subject: str) -> AccountingRule:
    """The default of a subject, in its newest version."""
    return max((r for r in rules if r.subject == subject and r.is_default), key=lambda r: r.version)


def _data(name: str) -> str:
    return files("accounting").joinpath("data", name).read_text(encoding="utf-8")


def _rule(subject: str, row: dict[str, Any]) -> AccountingRule:
    return AccountingRule(
        row["code"], row["version"], subject, row["name"], row["body"], is_default=bool(row.get("default"))
    )


def _factor(row: dict[str, str]) -> Factor:
    return Factor(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        value=Decimal(row["value"]),
        unit=row["unit"],
        region=row["region"],
        data_year=int(row["data_year"]) if row["data_year"] else None,
        valid_from=dt.date.fromisoformat(row["valid_from"]),
        published_on=dt.date.fromisoformat(row["published_on"]),
        standard=row["standard"],
        verified=row["verified"] == "yes",
        source=row["source"],
    )
