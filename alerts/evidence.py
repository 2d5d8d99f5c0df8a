"""What an alert rests on, small enough to live in its row. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from alerts.select import Track
from alerts.state import Episode
from schemas.rules import AVERAGING, Statistic

_PERIODS = {Statistic.MEAN_10M: "ten_minutes", Statistic.MEAN_1H: "hours", Statistic.MEAN_1D: "days"}

Samples = Sequence[tuple[int, float, str]]


def evidence_of(track: Track, episode: Episode, readings: Samples = ()) -> dict[str, Any]:
    """The evidence of an episode.

    Args:
        readings: for a statistic over a period, the readings of the period with the peak, in the point's unit; for
            a converted day its converted hours.
    """
    rule, scale = track.rule, track.scale
    bundle: dict[str, Any] = {
        "rule": rule.code,
        "statistic": track.statistic.value,
        "limit": rule.limit,
        "unit": track.unit,
        "clause": rule.clause,
        "standard": rule.standard,
        "verified": rule.verified,
        "basis": rule.basis,
        "reported_basis": track.point.reported_basis,
        "reported_unit": track.point.unit,
        "series": track.series_key or None,
        "peak": {"ts": stamp(episode.peak_us), "value": episode.peak * scale},
        "exceeding": episode.exceeding,
    }
    if track.suspect:
        bundle["at_least"] = episode.peak * scale
    if track.statistic in AVERAGING:
        bundle[_PERIODS[track.statistic]] = [
            {"ends": stamp(ts), "mean": mean * scale, "valid": flag == "V"} for ts, mean, flag in episode.samples
        ]
        raw = track.series is not None and track.statistic is not Statistic.MEAN_1D
        return bundle | {"samples": _samples(readings, 1.0 if raw else scale)}
    return bundle | {"samples": _samples(episode.samples, scale)}


def stamp(ts_us: int) -> str:
    """Microseconds since the epoch as RFC 3339, UTC."""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts_us)).isoformat()


def _samples(samples: Samples, scale: float) -> list[dict[str, Any]]:
    return [{"ts": stamp(ts), "value": value * scale, "flag": flag} for ts, value, flag in samples]
