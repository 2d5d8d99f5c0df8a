"""Readings as the marks in force leave them: what an equipment mark covers is no normal reading to anyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from accounting.air.marks import masked
from schemas.blocks import ReadingBlock
from storage.alerts import StoredReading
from storage.connect import Connection
from storage.marks import list_mark_spans


def as_marked(connection: Connection, block: ReadingBlock) -> ReadingBlock:
    """The block with the flag of its mark on every reading that an equipment mark invalidates."""
    if not len(block):
        return block
    points = np.unique(block.point_id).tolist()
    spans = list_mark_spans(connection, points, int(block.ts_us.min()), int(block.ts_us.max()))
    return masked(block, spans) if spans else block


def readings_as_marked(connection: Connection, readings: Sequence[StoredReading]) -> list[StoredReading]:
    """The same for readings one by one."""
    if not readings:
        return []
    block = ReadingBlock(
        np.array([r.point_id for r in readings], np.int32),
        np.array([r.ts_us for r in readings], np.int64),
        np.array([r.value for r in readings], np.float64),
        np.array([r.flag for r in readings], "S1"),
    )
    flags = as_marked(connection, block).flag.tolist()
    return [
        r if r.flag == flag.decode() else replace(r, flag=flag.decode())
        for r, flag in zip(readings, flags, strict=True)
    ]
