"""Marks over readings: what a manual and an automatic mark say together, and which readings they take out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from schemas.blocks import ReadingBlock
from schemas.marks import EQUIPMENT, FLAG_OF_MARK, MarkKind, MarkSpan


def masked(block: ReadingBlock, spans: Iterable[MarkSpan]) -> ReadingBlock:
    """The block with the flag of its mark on every reading that an equipment mark invalidates.

    Only flags N and T change: a device that flags itself has said so already.
    """
    flags = block.flag.copy()
    open_to_marks = (block.flag == b"N") | (block.flag == b"T")
    for kind, rows in _rows_by_kind(block, spans, EQUIPMENT):
        flags[rows & open_to_marks] = FLAG_OF_MARK[kind]
    return ReadingBlock(block.point_id, block.ts_us, block.value, flags)


def in_marks(block: ReadingBlock, spans: Iterable[MarkSpan], kinds: Collection[MarkKind]) -> NDArray[np.bool_]:
    """Which readings lie in a mark of these kinds that no manual mark of another kind overrules."""
    found = np.zeros(len(block), np.bool_)
    for _, rows in _rows_by_kind(block, spans, kinds):
        found |= rows
    return found


def _rows_by_kind(
    block: ReadingBlock, spans: Iterable[MarkSpan], kinds: Collection[MarkKind]
) -> list[tuple[MarkKind, NDArray[np.bool_]]]:
    """For each kind the readings it holds; a manual mark precedes the automatic ones under it."""
    manual: dict[MarkKind, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(len(block), np.bool_))
    automatic: dict[MarkKind, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(len(block), np.bool_))
    for span in spans:
        inside = (block.point_id == span.point_id) & (block.ts_us >= span.from_us) & (block.ts_us < span.to_us)
        (automatic if span.automatic else manual)[span.kind] |= inside
    by_hand = np.logical_or.reduce([*manual.values(), np.zeros(len(block), np.bool_)])
    return [(kind, manual[kind] | (automatic[kind] & ~by_hand)) for kind in sorted(kinds)]
