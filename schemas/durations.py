"""Durations as people write them in the registry: ``60s``, ``15min``, ``1h``, ``1d``."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")


def parse_duration(text: str | float) -> float:
    """Seconds of a duration; a bare number is seconds.

    Raises:
        ValueError: not a duration.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    match = _DURATION.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 60s, 15min, 1h or 1d")
    return float(match[1]) * _UNITS[match[2]]
