"""Grid invoices against meters: a month's billed energy, what the park's own meters say, and the difference."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from schemas.errors import InvalidInput

COLUMNS = ("enterprise", "month", "energy_kwh", "direction", "number")
TOLERANCE = 0.01  # two meters of class 0.5 in series

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_LARGEST_KWH = Decimal(10) ** 12


class Direction(StrEnum):
    IMPORT = "import"
    EXPORT = "export"


class Verdict(StrEnum):
    """What a difference means."""

    AGREES = "agrees"
    MISSING_HOURS = "missing_hours"  # it differs, and the meters lack hours that may explain it
    DIFFERS = "differs"
    NOT_METERED = "not_metered"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of the grid. ``month`` is its first day; ``number`` tells several of one month apart."""

    enterprise: str
    month: dt.date
    energy_kwh: Decimal
    direction: Direction = Direction.IMPORT
    number: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A month and direction of an enterprise. ``difference_percent`` is of the invoiced energy."""

    invoiced_kwh: float
    metered_kwh: float | None
    difference_kwh: float | None
    difference_percent: float | None
    coverage: float | None
    verdict: Verdict


def reconcile(invoiced_kwh: float, metered_kwh: float | None, coverage: float | None) -> Reconciliation:
    """Metered less invoiced.

    Args:
        coverage: complete over due point-hours of the meters, None where none is due.
    """
    if metered_kwh is None:
        return Reconciliation(invoiced_kwh, None, None, None, coverage, Verdict.NOT_METERED)
    difference = metered_kwh - invoiced_kwh
    percent = 100 * difference / invoiced_kwh if invoiced_kwh else None
    if abs(difference) <= TOLERANCE * invoiced_kwh:
        verdict = Verdict.AGREES
    else:
        verdict = Verdict.MISSING_HOURS if coverage is not None and coverage < 1 else Verdict.DIFFERS
    return Reconciliation(invoiced_kwh, metered_kwh, difference, percent, coverage, verdict)


def parse_invoices(text: str, source: str = "invoices.csv") -> list[Invoice]:
    """Read a table ``enterprise,month,energy_kwh[,direction][,number]``.

    Raises:
        InvalidInput: names the line and the field; nothing of the table is good then.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    names = reader.fieldnames or []
    for needed in COLUMNS[:3]:
        if needed not in names:
            wanted = ",".join(COLUMNS)
            raise InvalidInput(f"the column is missing; the columns are {wanted}", source=source, field=needed)
    invoices = [invoice_of(row, f"{source}:{reader.line_num}") for row in reader]
    if not invoices:
        raise InvalidInput("the table has no rows", source=source)
    return invoices


def invoice_of(row: Mapping[str, object], source: str = "") -> Invoice:
    """One invoice.

    Raises:
        InvalidInput: names the field.
    """
    return Invoice(
        enterprise=_required(row, "enterprise", source),
        month=_month(_required(row, "month", source), source),
        energy_kwh=_energy(_required(row, "energy_kwh", source), source),
        direction=_direction(str(row.get("direction") or Direction.IMPORT.value).strip(), source),
        number=str(row.get("number") or "").strip(),
    )


def totals(invoices: Iterable[tuple[str, dt.date, str, float]]) -> dict[tuple[str, dt.date, str], float]:
    """Sums by enterprise, month and direction."""
    sums: dict[tuple[str, dt.date, str], float] = {}
    for enterprise, month, direction, energy_kwh in invoices:
        key = (enterprise, month, direction)
        sums[key] = sums.get(key, 0.0) + energy_kwh
    return sums


def _required(row: Mapping[str, object], field: str, source: str) -> str:
    text = str(row.get(field) if row.get(field) is not None else "").strip()
    if not text or "\x00" in text:
        raise InvalidInput("is empty or no text", source=source, field=field)
    return text


def _month(text: str, source: str) -> dt.date:
    match = _MONTH.fullmatch(text)
    if match is None or not 1990 <= int(match[1]) <= 2200:
        raise InvalidInput(f"{text!r} is not a month such as 2026-10", source=source, field="month")
    return dt.date(int(match[1]), int(match[2]), 1)


def _energy(text: str, source: str) -> Decimal:
    try:
        energy = Decimal(text)
    except InvalidOperation:
        raise InvalidInput(f"{text!r} is not a number", source=source, field="energy_kwh") from None
    if not energy.is_finite() or not 0 <= energy < _LARGEST_KWH:
        raise InvalidInput(f"{text} is not an energy of 0 kWh or more", source=source, field="energy_kwh")
    return energy


def _direction(text: str, source: str) -> Direction:
    try:
        return Direction(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is neither import nor export", source=source, field="direction") from None
