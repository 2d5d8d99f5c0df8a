"""Instruments as people write them, read strictly: the registry, the API and imports share this."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TypeVar

from schemas.accounts import Instrument, InstrumentKind, Settlement
from schemas.errors import InvalidInput
from schemas.registry import InstrumentSpec

Choice = TypeVar("Choice", InstrumentKind, Settlement)

_HOUR_FORM = "2026-10-05T13:00:00+08:00"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def instrument_of(spec: InstrumentSpec, *, source: str = "") -> Instrument:
    """The instrument that a specification describes.

    Raises:
        InvalidInput: names the instrument and the field.
    """
    place = f"instruments[{spec.id}]"
    if not spec.id.strip():
        raise InvalidInput("must not be empty", source=source, field="instruments.id")
    if not math.isfinite(spec.mwh) or spec.mwh <= 0:
        raise InvalidInput(f"{spec.mwh} is not an amount above 0", source=source, field=f"{place}.mwh")
    kind = _one_of(InstrumentKind, spec.kind, source, f"{place}.kind")
    period = _month(spec.use_period or spec.period, source, f"{place}.{'use_period' if spec.use_period else 'period'}")
    if kind is InstrumentKind.GREEN_TRADE and period is None:
        raise InvalidInput(
            "a trade needs the month it is settled in, such as 2026-10", source=source, field=f"{place}.period"
        )
    vintage = _month(spec.vintage, source, f"{place}.vintage")
    if kind is InstrumentKind.CERTIFICATE_SOLD and period is None and vintage is None:
        raise InvalidInput(
            "a sold certificate needs the month of its generation", source=source, field=f"{place}.vintage"
        )
    if len(set(spec.serials)) < len(spec.serials):
        raise InvalidInput("a serial is listed twice", source=source, field=f"{place}.serials")
    return Instrument(
        id=spec.id,
        kind=kind,
        energy_kwh=Decimal(repr(spec.mwh)) * 1000,
        vintage=vintage,
        period=period,
        cancelled_on=spec.cancelled,
        settlement=_one_of(Settlement, spec.settlement, source, f"{place}.settlement"),
        serials=tuple(spec.serials),
    )


def serials_of(instrument: Instrument) -> list[str]:
    """Every serial that nobody else may use, sorted. A trade's id is a contract, not a serial."""
    own = [] if instrument.kind is InstrumentKind.GREEN_TRADE else [instrument.id]
    return sorted({*own, *instrument.serials})


def read_hour(text: str, source: str = "") -> dt.datetime:
    """The beginning of a full hour.

    Raises:
        InvalidInput: it is none, or has no offset.
    """
    try:
        hour = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no hour such as {_HOUR_FORM}", source=source, field="hour") from None
    if hour.tzinfo is None or (hour.minute, hour.second, hour.microsecond) != (0, 0, 0):
        raise InvalidInput(f"{text!r} is no full hour with an offset such as {_HOUR_FORM}", source=source, field="hour")
    return hour.astimezone(dt.UTC)


def _one_of(choices: type[Choice], text: str, source: str, field: str) -> Choice:
    try:
        return choices(text)
    except ValueError:
        known = ", ".join(choice.value for choice in choices)
        raise InvalidInput(f"{text!r} is unknown; it must be one of {known}", source=source, field=field) from None


def _month(text: str | None, source: str, field: str) -> dt.date | None:
    if text is None:
        return None
    match = _MONTH.fullmatch(text)
    if match is None:
        raise InvalidInput(f"{text!r} is not a month such as 2026-10", source=source, field=field)
    return dt.date(int(match[1]), int(match[2]), 1)
