"""Clocks of gateways that go wrong: at once, for one message, or slowly until somebody sets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemas.reasons import Reason
from simulators.letters import Dice, Fault, Row, Rows

_DAY_MS = 86_400_000
_FURTHEST_MS = 240_000  # a clock that is ahead of now by less is not in the future


def with_clocks(drafts: Iterable[Rows], dice: Dice, now_ms: int) -> Iterator[Rows]:
    """Clocks that drift, jump a day ahead of now (refused), jump back onto minutes that were sent, or have no time.

    One that creeps is a little more ahead or behind with every message until it is set.
    """
    crept_ms = step_ms = 0
    for draft in drafts:
        if dice.strikes(Fault.CREEP):
            step_ms = dice.random.choice([-1, 1]) * dice.random.randrange(1_000, 12_000)
        crept_ms = crept_ms + step_ms if abs(crept_ms + step_ms) < _FURTHEST_MS else 0
        step_ms = step_ms if crept_ms else 0
        rows = [replace(row, ts=_ms(row) + crept_ms) for row in draft] if crept_ms else draft
        if dice.strikes(Fault.DRIFT):
            offset = dice.random.randrange(1, _FURTHEST_MS)
            yield [replace(row, ts=_ms(row) + offset) for row in rows]
        elif dice.strikes(Fault.JUMP_AHEAD):
            offset = now_ms + _DAY_MS + dice.random.randrange(_DAY_MS)
            yield [replace(row, ts=offset + _ms(row) % 3_600_000, reason=Reason.IN_FUTURE) for row in rows]
        elif dice.strikes(Fault.JUMP_BACK):
            offset = 60_000 * dice.random.randrange(1, 120)
            yield [replace(row, ts=_ms(row) - offset) for row in rows]
        elif dice.strikes(Fault.BAD_STAMP):
            stamp, reason = dice.random.choice(_BAD_STAMPS)
            first = rows[0].ts if rows else None
            yield [replace(row, ts=stamp, reason=reason) if row.ts == first else row for row in rows]
        else:
            yield rows


_BAD_STAMPS = [
    (None, Reason.MISSING_TIMESTAMP),
    ("2026-10-05T10:00:00", Reason.BAD_TIMESTAMP),
    ("yesterday", Reason.BAD_TIMESTAMP),
]


def _ms(row: Row) -> int:
    return row.ts if isinstance(row.ts, int) else 0
