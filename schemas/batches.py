"""What ingest hands to storage in one transaction, and what storage answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.blocks import ReadingBlock
from schemas.readings import Refusal


@dataclass(slots=True)
class Delivery:
    """One delivered message and the readings of it that were refused before they reached the database."""

    enterprise: str
    gateway: str
    topic: str
    payload: bytes
    sha256: str
    message_id: str | int | None = None
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries in arrival order and their accepted readings as columns.

    Attributes:
        block: the readings in arrival order.
        delivery: int32, for each reading the index of its delivery.
        dirty: pairs (point_id, hour as microseconds since the epoch) that these readings touch, per reading:
            up to three hours a reading, shape (n, 3).
    """

    deliveries: list[Delivery]
    block: ReadingBlock
    delivery: NDArray[np.int32]
    dirty: NDArray[np.int64]


Judge = Callable[[Any, ReadingBlock, dt.datetime], None]
"""Called inside the transaction with the readings that changed something, sorted by point and time."""
