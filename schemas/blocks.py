"""Readings by the thousand: columns instead of objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadingBlock:
    """Identified readings as columns of equal length.

    Attributes:
        point_id: int32, the point's key in the database.
        ts_us: int64, microseconds since the epoch, UTC.
        value: float64, in the point's unit.
        flag: S1, the HJ 212 flag letter.
    """

    point_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.bytes_]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.intp]) -> ReadingBlock:
        """The rows at ``index``, in its order."""
        return ReadingBlock(self.point_id[index], self.ts_us[index], self.value[index], self.flag[index])
