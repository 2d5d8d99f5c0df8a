"""What goes wrong between a meter and the broker: messages with seeded faults, and what is to become of each.

Every stage takes messages in order and passes them on, some of them changed, dropped, repeated, delayed or joined by
others. Each row knows why it must be refused, so that the sum is the truth that storage is held against.
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import orjson

from schemas.flags import FLAGS
from schemas.points import Kind
from schemas.reasons import Reason
from simulators.clocks import with_clocks
from simulators.letters import Dice, Fault, Letter, Row, Rows
from simulators.park import Park
from simulators.plants import Plant
from simulators.points import points_of
from simulators.streams import MINUTES
from simulators.telemetry import Message

MINUTES_A_MESSAGE = 5
PAYLOAD_LIMIT = 512 * 1024
_REGISTER = 10_000  # every meter of the park is at least that wide


def letters(park: Park, plant: Plant, gateway: str, minutes: range, dice: Dice, now_ms: int) -> Iterator[Letter]:
    """What one gateway sends of these minutes (since the epoch), in the order in which it sends it."""
    drafts = _meters(_drafts(park, plant, gateway, minutes), plant, gateway, dice)
    contents = _contents(_frozen(drafts, plant, gateway, dice), dice)
    written = _written(with_clocks(contents, dice, now_ms), f"{plant.code}-{gateway}-{dice.seed}")
    stages: list[Callable[[Iterable[Letter], Dice], Iterator[Letter]]] = [
        _late, _reordered, _offline, _revised, _repeated, _with_rubbish,
    ]  # fmt: skip
    found: Iterator[Letter] = written
    for stage in stages:
        found = stage(found, dice)
    return found


def _drafts(park: Park, plant: Plant, gateway: str, minutes: range) -> Iterator[Rows]:
    """The readings as the park has them, a few minutes to a message; no message spans two local days."""
    offset = 8 * 60  # the park's days are those of UTC+8
    starts = [*range(minutes.start, minutes.stop, MINUTES_A_MESSAGE), minutes.stop]
    for start, end in pairwise(starts):
        day, first = divmod(start + offset, MINUTES)
        frame = park.frame(plant, gateway, day + _EPOCH_DAY)
        span = slice(first, min(first + end - start, MINUTES))
        yield [
            Row(frame.codes[at], int(ts), float(frame.values[at, minute]), frame.flags[at, minute].decode())
            for minute, ts in enumerate(frame.ts_ms[span], start=first)
            for at in range(len(frame.codes))
            if not np.isnan(frame.values[at, minute])
        ]


_EPOCH_DAY = 719_163  # 1970-01-01 as date.toordinal()


def _meters(drafts: Iterable[Rows], plant: Plant, gateway: str, dice: Dice) -> Iterator[Rows]:
    """Registers that wrap early, start again at zero, or belong to another meter from now on."""
    counters = {point.code for point in points_of(plant, gateway) if point.kind is Kind.COUNTER}
    shift: dict[str, float] = {}
    for rows in drafts:
        found = [row for row in rows if row.point in counters]
        for fault in (Fault.WRAP, Fault.RESET, Fault.SWAP):
            if found and dice.strikes(fault):
                row = dice.random.choice(found)
                at = {Fault.WRAP: _REGISTER - 0.05, Fault.RESET: 0.0, Fault.SWAP: dice.random.uniform(0, _REGISTER)}
                shift[row.point] = at[fault] - _number(row)
        yield [_shown(row, shift[row.point]) if row.point in shift else row for row in rows]


def _shown(row: Row, shift: float) -> Row:
    return replace(row, value=round((_number(row) + shift) % _REGISTER, 2))


def _number(row: Row) -> float:
    return float(row.value) if isinstance(row.value, (int, float)) else 0.0


def _frozen(drafts: Iterable[Rows], plant: Plant, gateway: str, dice: Dice) -> Iterator[Rows]:
    """Analysers that show their last value for some messages."""
    gauges = {point.code for point in points_of(plant, gateway) if point.kind is Kind.GAUGE}
    held: dict[str, tuple[object, int]] = {}
    for rows in drafts:
        found = [row for row in rows if row.point in gauges]
        if found and dice.strikes(Fault.FROZEN):
            row = dice.random.choice(found)
            held[row.point] = row.value, dice.random.randrange(3, 16)
        yield [replace(row, value=held[row.point][0]) if row.point in held else row for row in rows]
        held = {point: (value, left - 1) for point, (value, left) in held.items() if left > 1}


def _contents(drafts: Iterable[Rows], dice: Dice) -> Iterator[Rows]:
    """Missing minutes, and single readings that cannot be taken."""
    for rows in drafts:
        if dice.strikes(Fault.GAP):
            continue
        for fault, spoil in _SPOILERS.items():
            if rows and dice.strikes(fault):
                at = dice.random.randrange(len(rows))
                rows[at] = spoil(rows[at], dice.random)
        yield rows


def _wrong_flag(row: Row, chance: random.Random) -> Row:
    """Letters that the standard has are stored, whatever they say; others are refused."""
    flag = chance.choice(["X", "n", "", "NN", "D", "T", "M"])
    return replace(row, flag=flag, reason=row.reason or (None if flag in FLAGS else Reason.UNKNOWN_FLAG))


def _unknown_point(row: Row, chance: random.Random) -> Row:
    return replace(row, point=f"Z{chance.randrange(100)}", reason=Reason.UNKNOWN_POINT)


def _no_number(row: Row, chance: random.Random) -> Row:
    reason = row.reason if row.reason is Reason.UNKNOWN_POINT else Reason.NOT_A_NUMBER
    return replace(row, value=chance.choice([None, "12.5", True, [1]]), reason=reason)


def _out_of_range(row: Row, _chance: random.Random) -> Row:
    return replace(row, value=1e12, reason=row.reason or Reason.OUT_OF_RANGE)


_SPOILERS = {
    Fault.WRONG_FLAG: _wrong_flag,
    Fault.OUT_OF_RANGE: _out_of_range,
    Fault.NO_NUMBER: _no_number,
    Fault.UNKNOWN_POINT: _unknown_point,
}


def _written(drafts: Iterable[Rows], label: str) -> Iterator[Letter]:
    return (write(f"{label}-{number}", rows) for number, rows in enumerate(drafts) if rows)


def write(name: str, rows: Iterable[Row]) -> Letter:
    """A message of these readings."""
    rows = tuple(rows)
    payload = orjson.dumps({"id": name, "data": _entries(rows)})
    return Letter(Message(name, payload, len(rows)), rows)


def _entries(rows: tuple[Row, ...]) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = []
    values: dict[str, object] = {}
    stamp: object = object()
    for row in rows:
        if row.ts != stamp or row.point in values:
            values, stamp = {}, row.ts
            entries.append({"values": values} if stamp is None else {"ts": stamp, "values": values})
        values[row.point] = row.value if row.flag == "N" else {"v": row.value, "q": row.flag}
    return entries


def _late(letters: Iterable[Letter], dice: Dice) -> Iterator[Letter]:
    """Some messages are kept back, for days of the park's time, and come all at once."""
    held: list[Letter] = []
    for letter in letters:
        if dice.strikes(Fault.LATE):
            held.append(letter)
        else:
            yield letter
        if len(held) == _BURST:
            yield from held
            held.clear()
    yield from held


_BURST = 40


def _reordered(letters: Iterable[Letter], dice: Dice) -> Iterator[Letter]:
    """Some stretches come in another order."""
    stretch: list[Letter] = []
    open_until = 0
    for letter in letters:
        if not open_until and dice.strikes(Fault.REORDER):
            open_until = dice.random.randrange(2, 8)
        if not open_until:
            yield letter
            continue
        stretch.append(letter)
        if len(stretch) == open_until:
            dice.random.shuffle(stretch)
            yield from stretch
            stretch, open_until = [], 0
    yield from stretch


def _offline(letters: Iterable[Letter], dice: Dice) -> Iterator[Letter]:
    """A line that breaks: the gateway sends again from its store what it is not sure of, packed otherwise."""
    recent: deque[Letter] = deque(maxlen=5)
    for letter in letters:
        if recent and dice.strikes(Fault.OFFLINE):
            again = [row for past in recent for row in past.rows]
            yield replace(write(f"{letter.message.id}-store", again), reconnects=True)
        yield letter
        recent.append(letter)


def _revised(letters: Iterable[Letter], dice: Dice) -> Iterator[Letter]:
    """Messages of before with other values; some repeat the old value beside the new one."""
    recent: deque[Letter] = deque(maxlen=60)
    for letter in letters:
        yield letter
        recent.append(letter)
        if dice.strikes(Fault.REVISION):
            past = dice.random.choice(recent).accepted
            chosen = [row for row in past if dice.random.random() < 0.5]
            rows = [replace(row, value=round(_number(row) / 2, 4)) for row in chosen]
            if dice.random.random() < 0.2:
                rows = [*chosen, *rows]
            yield write(f"{letter.message.id}-revision", rows)


def _repeated(letters: Iterable[Letter], dice: Dice) -> Iterator[Letter]:
    """The same bytes again: at once, or long after what they say was corrected."""
    echoes: deque[Letter] = deque()
    for letter in letters:
        yield letter
        if dice.strikes(Fault.DUPLICATE):
            if dice.random.random() < 0.5:
                yield letter
            else:
                echoes.append(letter)
        if len(echoes) > _ECHOES:
            yield echoes.popleft()
    yield from echoes


_ECHOES = 10


def _with_rubbish(letters: Iterable[Letter], dice: Dice) -> Iterator[Letter]:
    """Payloads that are no telemetry, between the others."""
    for letter in letters:
        if dice.strikes(Fault.MALFORMED):
            yield _rubbish(letter, dice.random)
        yield letter


def _rubbish(letter: Letter, chance: random.Random) -> Letter:
    payload = letter.message.payload
    number = b"%d" % chance.getrandbits(60)
    reason: Reason | None = Reason.MALFORMED_PAYLOAD
    kind = chance.randrange(25)
    if kind == 0:
        payload, reason = b'{"id": "' + number + b" " * PAYLOAD_LIMIT, Reason.PAYLOAD_TOO_LARGE
    elif kind <= 3:  # nothing in it is an answer too
        payload, reason = b"[]" + b" " * chance.randrange(10_000), None
    elif kind <= 8:
        payload = b"\xff" + number + chance.randbytes(chance.randrange(200))
    elif kind <= 12:
        payload = b'[{"ts": 1763856000000, "values": {"E01": NaN}}, ' + number + b"]"
    elif kind <= 16:
        payload = b'{"id": "' + number + b'", "data": 17}'
        reason = Reason.MALFORMED_PAYLOAD
    else:
        payload = payload[: chance.randrange(1, len(payload))]
    # an unreadable payload has no id: its receipt is known by the digest
    digest = hashlib.sha256(payload).hexdigest()
    name = number.decode() if 13 <= kind <= 16 else digest
    return Letter(Message(name, payload, 1 if reason else 0), (), reason)
