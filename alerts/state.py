"""From verdicts to episodes: pending, firing, recovering, resolved. Pure, and in event time only.

An episode begins with the first exceeding stamp and ends where the clear condition has held long enough. Readings
that are not judged change nothing, and neither does silence: data that stop never resolve an alert.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from alerts.verdict import Verdict
from schemas.alerts import TrackState

SAMPLES = 60  # observations that an episode keeps as evidence, from its opening on


@dataclass(frozen=True, slots=True)
class Terms:
    """How a rule's verdicts become an episode, in microseconds.

    Attributes:
        gap_us: exceeding stamps further apart than this do not hold together while pending.
        sign: 1 where higher is worse, -1 where lower is.
        spans: the peak is how long the episode has lasted, in seconds.
    """

    hold_us: int = 0
    clear_hold_us: int = 0
    gap_us: int = 0
    sign: int = 1
    spans: bool = False

    @property
    def lookback_us(self) -> int:
        """How far before a stamp a run can begin that has not fired yet and still matters at the stamp."""
        return self.hold_us + self.gap_us if self.hold_us else 0


@dataclass(frozen=True, slots=True)
class Observation:
    """A reading, or the mean of a period at the period's end, in the point's unit."""

    ts_us: int
    value: float
    verdict: Verdict
    flag: str = "N"


@dataclass(frozen=True, slots=True)
class Episode:
    """An unbroken run over the limit. ``peak`` is the worst value, in the point's unit."""

    opened_us: int
    peak: float
    peak_us: int
    last_us: int
    exceeding: int = 1
    fired_us: int | None = None
    clearing_us: int | None = None
    cleared_us: int | None = None  # newest clear stamp while recovering
    resolved_us: int | None = None
    samples: tuple[tuple[int, float, str], ...] = ()

    @property
    def state(self) -> TrackState:
        if self.resolved_us is not None:
            return TrackState.INACTIVE
        if self.fired_us is None:
            return TrackState.PENDING
        return TrackState.FIRING if self.clearing_us is None else TrackState.RECOVERING

    @property
    def since_us(self) -> int:
        """Event time of the change into the present state."""
        return self.resolved_us or self.clearing_us or self.fired_us or self.opened_us


def run(
    episode: Episode | None, observations: Iterable[Observation], terms: Terms
) -> tuple[list[Episode], Episode | None]:
    """Feed observations in order of time; the episodes that resolved, and the one that is open."""
    resolved = []
    for observation in observations:
        episode = advance(episode, observation, terms)
        if episode is not None and episode.resolved_us is not None:
            resolved.append(episode)
            episode = None
    return resolved, episode


def advance(episode: Episode | None, observation: Observation, terms: Terms) -> Episode | None:
    """One observation further; None is inactive."""
    match observation.verdict:
        case Verdict.EXCEEDS:
            return _exceed(episode, observation, terms)
        case Verdict.CLEARS:
            return None if _pending(episode) else _clear(_sampled(episode, observation), observation, terms)
        case Verdict.HOLDS:
            return None if _pending(episode) else _still(_sampled(episode, observation))
        case Verdict.NO_LONGER_VALID | Verdict.SUPERSEDED:
            return None if _pending(episode) else _end(episode, observation)
        case _:
            return _sampled(episode, observation)


def _exceed(episode: Episode | None, seen: Observation, terms: Terms) -> Episode:
    if episode is None or (_pending(episode) and seen.ts_us - episode.last_us > terms.gap_us):
        fired = None if terms.hold_us else seen.ts_us
        first = 0.0 if terms.spans else seen.value
        return Episode(seen.ts_us, first, seen.ts_us, seen.ts_us, fired_us=fired, samples=(_sample(seen),))
    fired = episode.fired_us
    if fired is None and seen.ts_us - episode.opened_us >= terms.hold_us:
        fired = seen.ts_us
    value = (seen.ts_us - episode.opened_us) / 1e6 if terms.spans else seen.value
    worse = value * terms.sign > episode.peak * terms.sign
    return replace(
        _still(_sampled(episode, seen)) or episode,
        peak=value if worse else episode.peak,
        peak_us=seen.ts_us if worse else episode.peak_us,
        last_us=seen.ts_us,
        exceeding=episode.exceeding + 1,
        fired_us=fired,
    )


def _clear(episode: Episode | None, seen: Observation, terms: Terms) -> Episode | None:
    if episode is None:
        return None
    clearing, cleared = episode.clearing_us, episode.cleared_us
    if clearing is None or cleared is None or seen.ts_us - cleared > max(terms.gap_us, terms.clear_hold_us):
        clearing = seen.ts_us
    resolved = seen.ts_us if seen.ts_us - clearing >= terms.clear_hold_us else None
    return replace(episode, clearing_us=clearing, cleared_us=seen.ts_us, resolved_us=resolved)


def _end(episode: Episode | None, seen: Observation) -> Episode | None:
    """The rule has ended, and with it what it found."""
    return None if episode is None else replace(episode, clearing_us=seen.ts_us, resolved_us=seen.ts_us)


def _still(episode: Episode | None) -> Episode | None:
    if episode is None or episode.clearing_us is None:
        return episode
    return replace(episode, clearing_us=None, cleared_us=None)


def _pending(episode: Episode | None) -> bool:
    return episode is not None and episode.fired_us is None


def _sampled(episode: Episode | None, seen: Observation) -> Episode | None:
    if episode is None or len(episode.samples) >= SAMPLES:
        return episode
    return replace(episode, samples=(*episode.samples, _sample(seen)))


def _sample(seen: Observation) -> tuple[int, float, str]:
    return seen.ts_us, seen.value, seen.flag


def as_detail(episode: Episode) -> dict[str, Any]:
    """The episode as JSON for the state row."""
    return {name: getattr(episode, name) for name in Episode.__slots__}


def from_detail(detail: dict[str, Any]) -> Episode | None:
    """The episode of a state row; None where the row holds none."""
    if "opened_us" not in detail:
        return None
    samples = tuple((int(ts), float(value), str(flag)) for ts, value, flag in detail["samples"])
    known = {name: detail[name] for name in Episode.__slots__ if name in detail}
    return Episode(**known | {"samples": samples})
