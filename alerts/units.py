"""Units that mean the same quantity. Anything else is not converted here: it is not judged."""

from __future__ import annotations

from schemas.units import plain_unit

_IN_MG_M3 = {"mg/m3": 1.0, "ug/m3": 0.001, "g/m3": 1000.0}


def factor(from_unit: str, to_unit: str) -> float | None:
    """What a value in ``from_unit`` is multiplied by to be in ``to_unit``; None where that is not known."""
    here, there = plain_unit(from_unit), plain_unit(to_unit)
    if here == there:
        return 1.0
    if here in _IN_MG_M3 and there in _IN_MG_M3:
        ratio = _IN_MG_M3[here] / _IN_MG_M3[there]
        return float(round(ratio)) if ratio > 1 else ratio
    return None
