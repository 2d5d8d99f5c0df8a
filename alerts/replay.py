"""Deriving a track's episodes anew around changed observations, from what is stored. Pure.

The outcome depends on the stored observations alone, not on the order in which they came, nor on how they were
batched: a late or corrected reading replays the stretch that it can have changed, from a stamp at which the state is
known to the first stamp at which the new state is the old one again, or to the newest observation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from alerts.reconcile import Change, reconcile
from alerts.state import Episode, Observation, Terms, advance
from schemas.alerts import StoredAlert


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    Attributes:
        episode: the state after the last observation seen; None is inactive.
        at_end: the stored observations ended; False where the replay met the old state before.
        seen_us: the last observation seen; None if there was none.
    """

    changes: list[Change]
    episode: Episode | None
    at_end: bool
    seen_us: int | None


def window_start(first_us: int, stored: Sequence[StoredAlert], terms: Terms) -> int:
    """From where to replay when the observation at ``first_us`` is new or changed: the track is inactive there."""
    ended = [
        a.resolved_us for a in stored if not a.withdrawn and a.resolved_us is not None and a.resolved_us < first_us
    ]
    spanning = [a.opened_us for a in stored if a.spans(first_us) and a.opened_us < first_us]
    return min(spanning, default=max([first_us - terms.lookback_us, *(end + 1 for end in ended)]))


def replay(
    observations: Iterable[Observation],
    changed_us: frozenset[int],
    stored: Sequence[StoredAlert],
    terms: Terms,
    start_us: int,
    scale: float = 1.0,
    open_us: int | None = None,
    reach_us: int = 0,
) -> Replay:
    """Derive the episodes from ``start_us`` on.

    Args:
        observations: the stored ones from ``start_us`` on, in order; read only as far as needed.
        changed_us: the stamps that are new or corrected.
        stored: the track's alerts from ``start_us`` on.
        open_us: since when the stored state is an episode, one that has not fired included; None where it is none.
        reach_us: the last stamp whose observation a change can have changed, where that is not a changed one.
    """
    last_changed = max(*changed_us, reach_us)
    fired: list[Episode] = []
    episode: Episode | None = None
    seen_us, older_us, at_end = None, -1, True
    for seen in observations:
        episode = advance(episode, seen, terms)
        seen_us = seen.ts_us
        if seen_us not in changed_us:
            older_us = seen_us
        if episode is not None and episode.resolved_us is not None:
            fired.append(episode)
            episode = None
        was_open = open_us is not None and open_us <= seen_us
        if (
            episode is None
            and seen_us > last_changed
            and not was_open
            and not any(_goes_on(a, seen_us) for a in stored)
        ):
            at_end = False
            break
    if episode is not None and episode.fired_us is not None:
        fired.append(episode)
    touched = [a for a in stored if a.opened_us >= start_us and (at_end or seen_us is None or a.opened_us <= seen_us)]
    changes = [_marked(change, changed_us, older_us) for change in reconcile(touched, fired, scale, changed_us)]
    return Replay(changes, episode, at_end, seen_us)


def _goes_on(alert: StoredAlert, ts_us: int) -> bool:
    return alert.spans(ts_us) and alert.resolved_us != ts_us


def _marked(change: Change, changed_us: frozenset[int], older_us: int) -> Change:
    """Late is what observations tell that came after newer ones had been stored."""
    episode = change.episode
    if episode is None:
        return change
    end_us = episode.resolved_us or max(changed_us)
    inside = [ts for ts in changed_us if episode.opened_us <= ts <= end_us]
    before = [ts for ts in changed_us if ts < episode.opened_us]
    cause_us = min(inside) if inside else max(before, default=older_us)
    return replace(change, late=older_us > cause_us)
