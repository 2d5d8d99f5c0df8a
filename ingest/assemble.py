"""Delivered messages into one batch: decoded, identified, examined."""

from __future__ import annotations

import datetime as dt
import hashlib
from itertools import chain

import numpy as np

from ingest.decode.columns import Columns
from ingest.directory import Directory
from ingest.languages import HELD_S, Reader
from ingest.messages import Message
from ingest.validate import FUTURE_US, REASONS, Candidates, find_faults
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.readings import Refusal
from schemas.reasons import Reason
from storage.readings import instant

__all__ = ["Message", "assemble", "assemble_columns", "booked"]

_NAME_LIMIT = 64


def assemble(messages: list[Message], directory: Directory, now: dt.datetime) -> Batch:
    """One batch of messages that nothing came before: what a language remembers is forgotten again."""
    reader, now_us = Reader(), round(now.timestamp() * 1e6)
    entries = [e for message in messages for e in reader.read(None, message, directory, now_us)]
    entries += reader.expire(directory, now_us + round(1e6 * HELD_S) + 1)
    return assemble_columns([e.message for e in entries], [e.columns for e in entries], directory, now)


def assemble_columns(messages: list[Message], found: list[Columns], directory: Directory, now: dt.datetime) -> Batch:
    """One batch of messages that are decoded already."""
    positions: list[int] = []
    for message, columns in zip(messages, found, strict=True):
        if columns.names:
            positions += [directory.position_of(message.enterprise, name) for name in columns.names]
        else:
            positions += directory.positions_of(message.enterprise, columns.points)
    n, letters = len(positions), "".join(["".join(columns.flags) for columns in found])
    candidates = Candidates(
        position=np.array(positions, np.int64),
        ts_us=np.fromiter(chain.from_iterable([columns.ts_us for columns in found]), np.int64, n),
        value=np.fromiter(chain.from_iterable([columns.values for columns in found]), np.float64, n),
        flag=np.frombuffer(letters.encode("ascii"), "S1"),
    )
    now_us = round(now.timestamp() * 1e6)
    faults = find_faults(candidates, directory, now_us)
    delivery = np.repeat(np.arange(len(found), dtype=np.int32), [len(columns.points) for columns in found])
    refusals = [list(columns.refusals) for columns in found]  # the columns stay as they are: they may be written again
    _refuse(found, refusals, delivery, np.flatnonzero(faults), faults, now_us)
    sound = np.flatnonzero(faults == 0)
    at, ts_us = candidates.position[sound], candidates.ts_us[sound]
    return Batch(
        deliveries=[_delivery(*told) for told in zip(messages, found, refusals, strict=True)],
        block=ReadingBlock(directory.point_id[at], ts_us, candidates.value[sound], candidates.flag[sound]),
        delivery=delivery[sound],
        dirty=directory.touched_hours(at, ts_us),
    )


def booked(name: str) -> str:
    """An enterprise or gateway as the books have it: a topic may say more than an index takes."""
    if len(name) <= _NAME_LIMIT:
        return name
    return f"{name[:40]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _delivery(message: Message, columns: Columns, refusals: list[Refusal]) -> Delivery:
    enterprise, gateway, topic, _, payload = message
    digest = hashlib.sha256(payload).hexdigest()
    return Delivery(booked(enterprise), booked(gateway), topic, payload, digest, columns.message_id, refusals)


def _refuse(
    found: list[Columns],
    refusals: list[list[Refusal]],
    delivery: np.ndarray[tuple[int], np.dtype[np.int32]],
    rows: np.ndarray[tuple[int], np.dtype[np.intp]],
    faults: np.ndarray[tuple[int], np.dtype[np.int8]],
    now_us: int,
) -> None:
    starts = np.searchsorted(delivery, np.arange(len(found)))
    for row in rows.tolist():
        columns = found[delivery[row]]
        i = row - int(starts[delivery[row]])
        reason = REASONS[int(faults[row]) - 1]
        ts = instant(columns.ts_us[i]).isoformat()
        refusals[delivery[row]].append(Refusal(reason, _detail(reason, columns, i, now_us), columns.points[i], ts))


def _detail(reason: Reason, columns: Columns, i: int, now_us: int) -> str:
    ahead_s = (columns.ts_us[i] - now_us) / 1e6
    words = {
        Reason.IN_FUTURE: f"{ahead_s:.0f} s ahead of our clock; {FUTURE_US // 1_000_000} s are tolerated",
        Reason.TOO_OLD: f"{-ahead_s:.0f} s old; the point takes no readings that old",
        Reason.UNKNOWN_POINT: "the registry has no such point of this enterprise",
        Reason.WRONG_ENTERPRISE: "the registry does not know whose this is: the enterprise of the topic, or the MN",
        Reason.RETIRED_POINT: "the point was taken out of use before this instant",
        Reason.OUT_OF_RANGE: f"{columns.values[i]!r} is outside the range of the point",
    }
    return columns.faults.get(i) or words.get(reason, reason.value)
