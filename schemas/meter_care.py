"""What a meter declares of itself in its free attributes, and which of it cannot be true."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DATES = ("verified_on", "verification_due")
_CLASS = re.compile(r"(0\.[1-9]\d?|[1-5](\.\d)?)S?|[A-D]", re.ASCII)


def written_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as they are stored: a date that YAML read as one is text again."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in attributes.items()}


def attribute_faults(attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and reason of each attribute that is wrong."""
    dates = {}
    for name in DATES:
        try:
            dates[name] = _date(attributes.get(name))
        except ValueError:
            yield name, f"{attributes[name]!r} is not a date such as 2026-03-01"
    done, due = dates.get("verified_on"), dates.get("verification_due")
    if done and due and due <= done:
        yield "verification_due", f"{due} is not after verified_on, {done}"
    accuracy = attributes.get("accuracy_class")
    if accuracy is not None and not _CLASS.fullmatch(str(accuracy)):
        yield "accuracy_class", f"{accuracy!r} is not an accuracy class such as 0.5S, 1 or C"
    use = attributes.get("use")
    if use is not None and use not in ("fuel", "feedstock"):
        yield "use", f"{use!r} is neither fuel nor feedstock"
    duty, runs_above = attributes.get("duty"), attributes.get("runs_above")
    if duty is not None and duty not in ("production", "treatment"):
        yield "duty", f"{duty!r} is neither production nor treatment"
    if runs_above is not None and (isinstance(runs_above, bool) or not isinstance(runs_above, (int, float))):
        yield "runs_above", f"{runs_above!r} is not a number"


def parent_faults(codes: Sequence[str], parents: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Position and reason of each parent that does not exist or closes a circle."""
    above = dict(zip(codes, parents, strict=True))
    for position, (code, parent) in enumerate(zip(codes, parents, strict=True)):
        if parent is None:
            continue
        if parent not in above:
            yield position, f"point {parent!r} is not listed in this enterprise"
            continue
        seen, at = {code}, parent
        while at is not None and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at is not None:
            yield position, f"{code!r} hangs below itself through {parent!r}"


def _date(written: object) -> dt.date | None:
    if written is None:
        return None
    if isinstance(written, dt.datetime):
        raise ValueError(written)
    return written if isinstance(written, dt.date) else dt.date.fromisoformat(str(written))
