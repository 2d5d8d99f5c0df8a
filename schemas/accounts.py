"""What the accounts are made of: metering points, instruments, factors, rules, targets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class InstrumentKind(StrEnum):
    """A paper that moves greenness between users."""

    CERTIFICATE = "certificate"  # bought, and cancelled for its user
    GREEN_TRADE = "green_trade"  # delivered with the electricity; names the serials it carries
    CERTIFICATE_SOLD = "certificate_sold"  # issued for own generation and sold: that generation is green no more


class Settlement(StrEnum):
    MONTHLY = "monthly"
    HOURLY = "hourly"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A certificate or trade of one user.

    Attributes:
        vintage: first day of the month of generation.
        period: first day of the month it is used or delivered in.
        serials: certificate serials it stands for; a certificate's own id is one as well.
        hours: kWh by hour (aware, whole hours), for hourly settlement.
    """

    id: str
    kind: InstrumentKind
    energy_kwh: Decimal
    vintage: dt.date | None = None
    period: dt.date | None = None
    cancelled_on: dt.date | None = None
    settlement: Settlement = Settlement.MONTHLY
    serials: tuple[str, ...] = ()
    hours: tuple[tuple[dt.datetime, Decimal], ...] = ()

    @property
    def month(self) -> dt.date | None:
        """First day of the month it counts in; None where it does not count (yet).

        A certificate counts once it is cancelled, in its use period, else in the month of its cancellation.
        A sold one counts against the month it names, else that of its generation.
        """
        if self.kind is InstrumentKind.CERTIFICATE:
            return (self.period or self.cancelled_on.replace(day=1)) if self.cancelled_on else None
        if self.kind is InstrumentKind.CERTIFICATE_SOLD:
            return self.period or self.vintage
        return self.period


@dataclass(frozen=True, slots=True)
class OwnedInstrument:
    """An instrument as the accounts read it: whose it is, and its amount as a float."""

    id: str
    enterprise_id: int
    kind: str
    energy_kwh: float
    vintage: dt.date | None
    month: dt.date | None
    settlement: str
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnergyPoint:
    """A metering point that the accounts read.

    Attributes:
        due_from: since when an hour without data counts as missing; None: not yet.
        due_until: until when; None: for ever.
        fuel: what a fuel point burns, in the words of the factor table.
    """

    id: int
    enterprise_id: int
    code: str
    role: str
    medium: str
    unit: str
    capacity_kw: float | None
    fuel: str | None
    due_from: dt.datetime | None
    due_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class GapStep:
    """Energy whose hours are not known: ``amount`` in the point's unit, between two registers."""

    point_id: int
    from_ts: dt.datetime
    to_ts: dt.datetime
    amount: float


@dataclass(frozen=True, slots=True)
class Balance:
    """A stored balance: terms by name (zeros left out), fuels and heat by ``name [unit]``."""

    enterprise_id: int
    starts_at: dt.datetime
    terms: dict[str, float]
    activities: dict[str, float]


@dataclass(frozen=True, slots=True)
class MonthBounds:
    """A month as days and as instants, and when its year begins; the ends are exclusive."""

    month: dt.date
    next_month: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    year_starts_at: dt.datetime


@dataclass(frozen=True, slots=True)
class GreenPowerRow:
    """A row of the table ``green_power``; energies in kWh, shares 0..1."""

    scope: str
    grain: str
    starts_at: dt.datetime
    rule: str
    consumption_kwh: float | None
    direct_line_kwh: float
    self_used_kwh: float
    green_trade_kwh: float | None
    certificate_kwh: float | None
    excess_kwh: float | None
    policy_share: float | None
    physical_share: float | None
    hourly_matched_share: float | None
    volume_matched_share: float | None
    coverage: float | None
    share_low: float | None
    share_high: float | None
    used: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EmissionsRow:
    """A row of the table ``emissions``; kg CO2."""

    scope: str
    grain: str
    starts_at: dt.datetime
    rule: str
    scope1_kg: float | None
    scope2_location_kg: float | None
    scope2_market_kg: float | None
    coverage: float | None
    lines: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AccountedEnterprise:
    id: int
    code: str
    park: str
    industry: str | None


@dataclass(frozen=True, slots=True)
class Factor:
    """A published number: the latest published at a period's close counts."""

    id: str
    kind: str
    name: str
    value: Decimal
    unit: str
    region: str
    data_year: int | None
    valid_from: dt.date
    published_on: dt.date
    standard: str
    verified: bool
    source: str


@dataclass(frozen=True, slots=True)
class AccountingRule:
    """A version of a rule; what it says is in ``body`` (docs/reference/accounting.md)."""

    code: str
    version: int
    subject: str
    name: str
    body: dict[str, Any] = field(default_factory=dict)
    is_default: bool = False

    @property
    def label(self) -> str:
        """As results name it: ``wuhai-plan@1``."""
        return f"{self.code}@{self.version}"


@dataclass(frozen=True, slots=True)
class Target:
    code: str
    name: str
    metric: str
    scope: str
    year: int
    value: Decimal
    unit: str
    source: str
