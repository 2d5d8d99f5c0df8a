"""How a point stands in the watch: its limits, and whether its newest reading was judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from alerts.select import Track, tracks_of
from alerts.verdict import Verdict
from schemas.alerts import TrackState
from schemas.rules import AVERAGING, Rule, Statistic, WatchedPoint

ON_VALUES = AVERAGING | {Statistic.READING}
_ASLEEP = (Verdict.NOT_YET_VALID, Verdict.NO_LONGER_VALID, Verdict.SUPERSEDED, Verdict.OUTSIDE_HOURS)


def tracks_on_values(
    rules: Iterable[Rule], points: Iterable[WatchedPoint], beside: Iterable[WatchedPoint] = ()
) -> dict[int, list[Track]]:
    """By point id the rules that compare its readings or means with a limit, exceedances first."""
    found: dict[int, list[Track]] = {}
    for track in tracks_of(rules, points, beside):
        if not track.suspect and track.statistic in ON_VALUES:
            found.setdefault(track.point.id, []).append(track)
    for tracks in found.values():
        tracks.sort(key=lambda track: (track.kind.value != "exceedance", track.limits.limit, track.code))
    return found


def is_judged(tracks: list[Track], states: Mapping[str, str], ts_us: int, value: float, zone: ZoneInfo) -> bool:
    """Whether a reading with flag N was judged by every rule that was awake, and at least by one.

    The watch writes no state for a rule on readings that was never exceeded, so silence there is judged anew. A rule
    on hourly means stands only by its state.

    Args:
        states: by rule code, as the watch wrote them.
    """
    if TrackState.NOT_JUDGED in states.values():
        return False
    hourly = [track for track in tracks if track.statistic is Statistic.MEAN_1H]
    if any(track.code not in states for track in hourly):
        return False
    verdicts = [
        track.refusal or track.observe(ts_us, value, "N", zone).verdict
        for track in tracks
        if track.statistic is Statistic.READING
    ]
    awake = [verdict for verdict in verdicts if verdict not in _ASLEEP]
    return bool(hourly or awake) and all(verdict.judged for verdict in awake)


def limits_of(tracks: list[Track]) -> list[dict[str, Any]]:
    """The limits that a point is judged by, in the point's own unit or in that of what it is converted to."""
    return [
        {
            "rule": track.code,
            "kind": track.kind.value,
            "statistic": track.statistic.value,
            "above": track.limits.limit if track.limits.sign > 0 else None,
            "below": track.limits.limit if track.limits.sign < 0 else None,
            "verified": track.rule.verified,
            "unit": track.series.unit if track.series else track.point.unit,
            "basis": track.rule.basis and track.rule.basis.value,
        }
        for track in tracks
        if track.refusal is None and not track.limits.superseded
    ]


def unjudged_of(tracks: list[Track], reasons: Mapping[str, str | None]) -> list[dict[str, str]]:
    """The rules that do not judge a point, and why: for what it is, or for the newest period.

    Args:
        reasons: by rule code, as the watch wrote them.
    """
    found = {track.code: track.refusal.value for track in tracks if track.refusal is not None}
    found |= {rule: reason for rule, reason in reasons.items() if reason and rule not in found}
    return [{"rule": rule, "reason": reason} for rule, reason in sorted(found.items())]
