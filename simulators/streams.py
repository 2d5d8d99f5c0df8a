"""Repeatable noise: every number is a pure function of (seed, stream, day), so that any day can be computed alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MINUTES = 1440
MINUTE = np.arange(MINUTES)
LOCAL = timezone(timedelta(hours=8))  # the demo park stands in Wuhai, whatever the installation's zone
_MASK = (1 << 64) - 1


def generator(seed: int, stream: int, day: int) -> np.random.Generator:
    """The random generator of one stream on one day (``day`` is ``date.toordinal()``)."""
    return np.random.Generator(np.random.Philox(key=[seed & _MASK, (stream << 32 | day) & _MASK]))


def smooth(seed: int, stream: int, day: int, rows: int = 1, knots: int = 24) -> Floats:
    """Slow noise, about standard normal, shape (rows, 1440), continuous across midnight."""
    today = generator(seed, stream, day).standard_normal((rows, knots))
    tomorrow = generator(seed, stream, day + 1).standard_normal((rows, knots))[:, :1]
    return np.concatenate([today, tomorrow], axis=1) @ _interpolation(knots)


def _interpolation(knots: int) -> Floats:
    """The matrix (knots + 1, 1440) that interpolates linearly between equidistant knots of a day."""
    if knots not in _MATRICES:
        position = MINUTE * knots / MINUTES
        _MATRICES[knots] = np.maximum(0.0, 1.0 - np.abs(position[None, :] - np.arange(knots + 1)[:, None]))
    return _MATRICES[knots]


_MATRICES: dict[int, Floats] = {}


def day_start_ms(day: int) -> int:
    """Local midnight that begins ``day``, epoch milliseconds."""
    return int(datetime.combine(date.fromordinal(day), datetime.min.time(), LOCAL).timestamp()) * 1000


def minute_of(moment: datetime) -> tuple[int, int]:
    """The local (day, minute of day) that holds a moment."""
    local = moment.astimezone(LOCAL)
    return local.date().toordinal(), local.hour * 60 + local.minute
