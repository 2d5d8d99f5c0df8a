"""Units as they are written."""

from __future__ import annotations

_SPELLINGS = str.maketrans({"³": "3", "µ": "u", "μ": "u", " ": None})


def plain_unit(unit: str) -> str:
    """A unit in one spelling: ``µg/m³`` is ``ug/m3``."""
    return unit.translate(_SPELLINGS)
