"""Messages with seeded faults: what each is made of, and what is to become of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.reasons import Reason
from simulators.telemetry import Message


class Fault(StrEnum):
    """Kinds of faults. A rate is the share of messages that a kind befalls."""

    GAP = "gap"
    DRIFT = "drift"
    CREEP = "creep"
    FROZEN = "frozen"
    JUMP_AHEAD = "jump_ahead"
    JUMP_BACK = "jump_back"
    BAD_STAMP = "bad_stamp"
    WRAP = "wrap"
    RESET = "reset"
    SWAP = "swap"
    WRONG_FLAG = "wrong_flag"
    UNKNOWN_POINT = "unknown_point"
    NO_NUMBER = "no_number"
    OUT_OF_RANGE = "out_of_range"
    REVISION = "revision"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    LATE = "late"
    REORDER = "reorder"
    OFFLINE = "offline"


# one of these touches many messages
_SELDOM = {Fault.WRAP, Fault.RESET, Fault.SWAP, Fault.OFFLINE, Fault.REORDER, Fault.CREEP, Fault.FROZEN}


def rates(rate: float, others: Mapping[Fault, float] | None = None) -> dict[Fault, float]:
    """All kinds at one rate, those that touch many messages at a fifth of it; ``others`` go before."""
    return {fault: rate / 5 if fault in _SELDOM else rate for fault in Fault} | dict(others or {})


@dataclass(frozen=True, slots=True)
class Row:
    """One reading as a gateway writes it, with the reason why it must be refused, if it must."""

    point: str
    ts: int | str | None
    value: object
    flag: str = "N"
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and what is to become of it.

    Attributes:
        rows: its readings in the order in which they are written.
        spoiled: the payload as a whole is refused with this reason, which counts as one reading.
        reconnects: the gateway loses its connection before it sends this.
    """

    message: Message
    rows: tuple[Row, ...]
    spoiled: Reason | None = None
    reconnects: bool = False

    @property
    def accepted(self) -> list[Row]:
        return [row for row in self.rows if row.reason is None]

    @property
    def refused(self) -> Counter[tuple[str, str]]:
        """How often each (point, reason) must be refused; the point is empty where the payload is."""
        if self.spoiled:
            return Counter({("", self.spoiled.value): 1})
        return Counter((row.point, row.reason.value) for row in self.rows if row.reason)


@dataclass(slots=True)
class Dice:
    """Seeded chance, and how often each kind of fault came."""

    seed: str
    rates: Mapping[Fault, float]
    random: random.Random = field(init=False)
    struck: Counter[Fault] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def strikes(self, fault: Fault) -> bool:
        struck = self.random.random() < self.rates.get(fault, 0.0)
        self.struck[fault] += struck
        return struck


Rows = list[Row]
