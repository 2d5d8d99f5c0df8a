"""The evidence bundle of an alert (线索材料): everything it rests on, in one canonical form that can be hashed. Pure.

What people did afterwards (comments, closing) is not in it: it stands in the alert's trail, and changes no evidence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.words import words_of

FORMAT = "parkwatch-evidence/1"
MOST_SAMPLES = 5_000
_PERIODS = {"mean_10m": dt.timedelta(minutes=10), "mean_1h": dt.timedelta(hours=1), "mean_1d": dt.timedelta(days=1)}
_MARGIN = dt.timedelta(minutes=10)  # around an alert on single readings
_KEYS = ("ts", "hour", "from_ts", "created_at")

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows of the database that a bundle is made of; ``readings`` may hold one more than ``MOST_SAMPLES``."""

    alert: Mapping[str, Any]
    readings: Rows
    revisions: Rows
    hours: Rows
    conversions: Rows
    marks: Rows
    notices: Rows


@dataclass(frozen=True, slots=True)
class Change:
    """A place of a bundle that is not what it was; None where it is not there at all."""

    path: str
    sealed: Any
    now: Any


def period_of(alert: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """[first, until) of the readings behind an alert: from the start of its first averaging period to its end."""
    over = alert["resolved_at"] or alert["last_at"]
    length = _PERIODS.get(alert["statistic"])
    if length is None:
        return alert["opened_at"] - _MARGIN, over + _MARGIN
    return alert["opened_at"] - length, over


def assemble(parts: Parts) -> dict[str, Any]:
    """The bundle as JSON values; stamps are RFC 3339 in UTC."""
    alert = parts.alert
    first, until = period_of(alert)
    samples = [plain(row) for row in parts.readings[:MOST_SAMPLES]]
    return {
        "format": FORMAT,
        "alert": shown_alert(alert),
        "place": _place(alert),
        "period": {"from": _stamp(first), "to": _stamp(until)},
        "rule": alert["rule_body"],
        "judgement": alert["evidence"],
        "conversion": _conversion(alert),
        "hours": [plain(row) for row in parts.hours],
        "conversions": [plain(row) for row in parts.conversions],
        "samples": samples,
        "samples_left_off": len(parts.readings) > MOST_SAMPLES,
        "flags": dict(sorted(Counter(row["flag"] for row in samples).items())),
        "corrections": [plain(row) for row in parts.revisions],
        "marks": [plain(row) for row in parts.marks],
        "notifications": [plain(row) for row in parts.notices],
    }


def canonical(bundle: Mapping[str, Any]) -> str:
    """The one text of a bundle: keys in order, no spaces, UTF-8, shortest numbers that read back the same."""
    return json.dumps(bundle, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def changes(sealed: Any, now: Any, path: str = "") -> Iterator[Change]:
    """Where two bundles differ. Rows with a stamp are matched by it, so that one missing row is one change."""
    if isinstance(sealed, list) and isinstance(now, list):
        sealed, now = _by_key(sealed), _by_key(now)
    if not (isinstance(sealed, dict) and isinstance(now, dict)):
        if sealed != now:
            yield Change(path, sealed, now)
        return
    for name in sorted({*sealed, *now}):
        place = f"{path}{name}" if name.startswith("[") else f"{path}.{name}".lstrip(".")
        yield from changes(sealed.get(name), now.get(name), place)


def _by_key(rows: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for i, row in enumerate(rows):
        key = next((row[key] for key in _KEYS if key in row), i) if isinstance(row, dict) else i
        again = sum(name.startswith(f"[{key}") for name in found) if f"[{key}]" in found else 0
        found[f"[{key}#{again}]" if again else f"[{key}]"] = row
    return found


def shown_alert(alert: Mapping[str, Any]) -> dict[str, Any]:
    """The alert itself, as every bundle begins with it."""
    words, words_en = words_of(
        alert["kind"], alert["statistic"], verified=alert["verified"], under=alert["rule_body"].get("below") is not None
    )
    names = (
        "id",
        "rule",
        "kind",
        "state",
        "severity",
        "statistic",
        "value",
        "limit",
        "unit",
        "clause",
        "verified",
        "late",
    )
    stamps = ("opened_at", "resolved_at", "last_at", "created_at")
    shown = {name: alert[name] for name in names} | {name: _stamp(alert[name]) for name in stamps}
    return shown | {"standard": alert["rule_body"].get("standard", ""), "words": words, "words_en": words_en}


def _place(alert: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "point", "point_name", "enterprise", "enterprise_name", "park", "quantity", "role", "interval_s",
        "plausible_low", "plausible_high", "longitude", "latitude",
    )  # fmt: skip
    return {name: alert[name] for name in names}


def _conversion(alert: Mapping[str, Any]) -> dict[str, Any]:
    """From what the point reports to what the limit is in."""
    basis = alert["rule_body"].get("basis") or alert["reported_basis"]
    return {
        "reported_unit": alert["point_unit"],
        "reported_basis": alert["reported_basis"],
        "judged_unit": alert["unit"],
        "judged_basis": basis,
    }


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON values."""
    return {name: _stamp(value) if isinstance(value, dt.datetime) else value for name, value in row.items()}


def _stamp(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).isoformat()
