"""A rule over the past before it is enabled: how often, when and how long, beside the rules in force.

The outcome of the live watch depends on the stored observations alone, so that the same observations, verdicts and
states over the stored past give the alerts that the rule would have left, late readings and corrections included.
Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alerts.grains import us
from alerts.history import Span, observations, readings, silences
from alerts.select import Track, tracks_of
from alerts.state import Episode, Observation, run
from alerts.verdict import Verdict
from schemas.errors import InvalidInput
from schemas.rules import OF_SCOPES, Authority, Rule, Statistic, Watched, WatchedPoint
from storage.alerts import instant
from storage.connect import Connection

LONGEST = dt.timedelta(days=400)
MOST_READINGS = 1_500_000


@dataclass(slots=True)
class Outcome:
    """What one track found. ``verdicts`` counts its observations; episodes hold no samples."""

    track: Track
    episodes: list[Episode] = field(default_factory=list)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    first_us: int | None = None
    last_us: int | None = None

    def seconds(self, until_us: int) -> float:
        return sum(_seconds(episode, until_us) for episode in self.episodes)


@dataclass(frozen=True, slots=True)
class Beside:
    """A rule in force at the same points on the same statistic and side, against the candidate.

    Attributes:
        relation: ``same_code``, ``replaced``, ``goes_before`` or ``beside``.
        both: episodes of the candidate that overlap one of this rule.
        only_candidate, only_rule: episodes of the one without any of the other.
    """

    rule: Rule
    relation: str
    points: int
    episodes: int
    seconds: float
    both: int
    only_candidate: int
    only_rule: int


@dataclass(frozen=True, slots=True)
class Backtest:
    rule: Rule
    span: Span
    outcomes: list[Outcome]
    beside: list[Beside]


def backtest(
    connection: Connection,
    rule: Rule,
    in_force: Sequence[Rule],
    points: Sequence[WatchedPoint],
    span: Span,
    most_readings: int = MOST_READINGS,
) -> Backtest:
    """Run a rule over [from, to) of the past, whatever its ``valid_from``, ``valid_to`` and ``enabled`` say.

    Args:
        connection: in a transaction that reads as the caller may (``storage.access``).
        in_force: the enabled rules.
        points: those that the caller may see.

    Raises:
        InvalidInput: a rule on scopes, no point, or more to read than is allowed.
    """
    if rule.statistic in OF_SCOPES:
        raise InvalidInput(f"{rule.statistic.value} is judged on accounts, not on readings", field="statistic")
    if rule.of is not Watched.POINT:
        raise InvalidInput("when a gateway was heard is not kept: only the silence of points can be tried", field="of")
    candidate = replace(rule, enabled=True, valid_from=None, valid_to=None)
    others = [other for other in in_force if other.code != rule.code]
    tracks = [t for t in tracks_of([candidate, *others], points) if t.rule.code == rule.code and not t.suspect]
    if not tracks:
        raise InvalidInput("the rule selects none of the points that you may see", field="points")
    sides = {side_of(track): track for track in tracks}
    rivals = [t for t in tracks_of(in_force, points) if side_of(t) in sides and not t.suspect and t.refusal is None]
    _within(span, [track for track in [*tracks, *rivals] if track.refusal is None], most_readings)
    outcomes = [_outcome(connection, track, span) for track in tracks]
    by_side = {side_of(outcome.track): outcome for outcome in outcomes}
    against = [(by_side[side_of(rival)], _outcome(connection, rival, span)) for rival in rivals]
    return Backtest(rule, span, outcomes, list(_beside(rule, against, span.to_us)))


def side_of(track: Track) -> tuple[int, Statistic, int, bool]:
    """What two rules share that judge the same: point, statistic, upper or lower limit, concentration or rate."""
    return track.point.id, track.statistic, track.limits.sign, track.of_rate


def readings_of(track: Track, span: Span) -> float:
    """About how many readings a track makes one read."""
    sources = {s.id: s.interval_s for s in track.series.sources.values()} if track.series else {}
    if track.statistic in (Statistic.MEAN_1H, Statistic.MEAN_1D) and track.series is None:
        return (span.to_us - span.from_us) / 3.6e9
    intervals = [track.point.interval_s, *sources.values()]
    return sum((span.to_us - span.from_us) / 1e6 / max(interval, 1.0) for interval in intervals)


def _within(span: Span, tracks: Iterable[Track], most_readings: int) -> None:
    if span.to_us - span.from_us > LONGEST // dt.timedelta(microseconds=1):
        raise InvalidInput(f"asks for more than {LONGEST.days} days; ask for them in parts", field="to")
    amount = sum(readings_of(track, span) for track in tracks)
    if amount > most_readings:
        raise InvalidInput(
            f"needs about {amount:,.0f} readings of all points, more than {most_readings:,}: name fewer points or a "
            "shorter time, or run `parkwatch rules backtest` on the server",
            field="to",
        )


def _outcome(connection: Connection, track: Track, span: Span) -> Outcome:
    outcome = Outcome(track)
    if track.refusal is not None:
        return outcome
    if track.statistic is Statistic.MISSING:
        stamps = (ts for ts, _, _ in readings(connection, track.point.id, span.from_us, span.to_us))
        until_us = min(span.to_us, us(span.now))
        outcome.episodes += silences(_counted(stamps, outcome), track, until_us)
        return outcome
    resolved, last = run(None, _tallied(observations(connection, track, span), outcome), track.terms)
    fired = [*resolved, *([last] if last is not None and last.fired_us is not None else [])]
    outcome.episodes += [replace(episode, samples=()) for episode in fired]
    return outcome


def _tallied(seen: Iterable[Observation], outcome: Outcome) -> Iterator[Observation]:
    for observation in seen:
        outcome.verdicts[observation.verdict] += 1
        _note(outcome, observation.ts_us)
        yield observation


def _counted(stamps: Iterable[int], outcome: Outcome) -> Iterator[int]:
    for ts_us in stamps:
        outcome.verdicts[Verdict.CLEARS] += 1
        _note(outcome, ts_us)
        yield ts_us


def _note(outcome: Outcome, ts_us: int) -> None:
    outcome.first_us = ts_us if outcome.first_us is None else outcome.first_us
    outcome.last_us = ts_us


def _beside(rule: Rule, against: Iterable[tuple[Outcome, Outcome]], until_us: int) -> Iterator[Beside]:
    by_code: dict[str, list[tuple[Outcome, Outcome]]] = {}
    for candidate, rival in against:
        by_code.setdefault(rival.track.rule.code, []).append((candidate, rival))
    for _, pairs in sorted(by_code.items()):
        both = sum(_overlaps(e, rival.episodes, until_us) for ours, rival in pairs for e in ours.episodes)
        answered = sum(_overlaps(e, ours.episodes, until_us) for ours, rival in pairs for e in rival.episodes)
        ours, theirs = (sum(len(pair[i].episodes) for pair in pairs) for i in (0, 1))
        yield Beside(
            pairs[0][1].track.rule,
            _relation(rule, pairs[0][1].track.rule),
            len(pairs),
            theirs,
            sum(rival.seconds(until_us) for _, rival in pairs),
            both,
            ours - both,
            theirs - answered,
        )


def _relation(rule: Rule, other: Rule) -> str:
    if rule.code == other.code:
        return "same_code"
    if (rule.authority, other.authority) == (Authority.PERMIT, Authority.STANDARD):
        return "replaced"
    return "goes_before" if (other.authority, rule.authority) == (Authority.PERMIT, Authority.STANDARD) else "beside"


def _overlaps(episode: Episode, others: Sequence[Episode], until_us: int) -> bool:
    """Whether any of the others, which follow each other, shares an instant with an episode."""
    before = bisect_right(others, episode.resolved_us or until_us, key=lambda other: other.opened_us)
    return before > 0 and (others[before - 1].resolved_us or until_us) >= episode.opened_us


def _seconds(episode: Episode, until_us: int) -> float:
    return max(0, (episode.resolved_us or until_us) - episode.opened_us) / 1e6


def report(found: Backtest, most: int = 200) -> dict[str, Any]:
    """The back-test as JSON values; times are aware. At most so many episodes are listed, the longest first kept."""
    until_us, rule = found.span.to_us, found.rule
    listed = [_item(outcome.track, e, until_us) for outcome in found.outcomes for e in outcome.episodes]
    kept = sorted(sorted(listed, key=lambda item: -item["seconds"])[:most], key=lambda i: (i["opened_at"], i["point"]))
    verdicts = sum((outcome.verdicts for outcome in found.outcomes), Counter[Verdict]())
    return {
        "rule": rule.code,
        "kind": rule.kind.value,
        "statistic": rule.statistic.value,
        "limit": rule.limit if rule.has_limit else None,
        "from": instant(found.span.from_us),
        "to": instant(until_us),
        "points": [_point(outcome, until_us) for outcome in found.outcomes],
        "observations": verdicts.total(),
        "not_judged": {v.value: n for v, n in sorted(verdicts.items()) if not v.judged},
        "episodes": len(listed),
        "seconds": sum(item["seconds"] for item in listed),
        "longest_s": max((item["seconds"] for item in listed), default=0.0),
        "items": kept,
        "left_off": len(listed) - len(kept),
        "beside": [_rival(beside) for beside in found.beside],
    }


def _item(track: Track, episode: Episode, until_us: int) -> dict[str, Any]:
    return {
        "point": track.point.address,
        "opened_at": instant(episode.opened_us),
        "resolved_at": None if episode.resolved_us is None else instant(episode.resolved_us),
        "seconds": _seconds(episode, until_us),
        "value": episode.peak * track.scale,
        "unit": track.unit,
    }


def _point(outcome: Outcome, until_us: int) -> dict[str, Any]:
    refusal, first_us, last_us = outcome.track.refusal, outcome.first_us, outcome.last_us
    return {
        "point": outcome.track.point.address,
        "refused": None if refusal is None else refusal.value,
        "observations": outcome.verdicts.total(),
        "first": None if first_us is None else instant(first_us),
        "last": None if last_us is None else instant(last_us),
        "episodes": len(outcome.episodes),
        "seconds": outcome.seconds(until_us),
    }


def _rival(beside: Beside) -> dict[str, Any]:
    names = ("relation", "points", "episodes", "seconds", "both", "only_candidate", "only_rule")
    limit = beside.rule.limit if beside.rule.has_limit else None
    return {"rule": beside.rule.code, "limit": limit} | {name: getattr(beside, name) for name in names}
