"""Episodes as the readings now tell them, against the alerts that are stored: what is to change. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from alerts.state import Episode
from schemas.alerts import AlertState, StoredAlert


@dataclass(frozen=True, slots=True)
class Change:
    """A stored alert and the episode it is to tell of.

    ``alert`` is None for a new episode; ``episode`` is None where the alert's cause is gone (withdrawn).
    """

    alert: StoredAlert | None
    episode: Episode | None
    late: bool = False

    @property
    def state(self) -> AlertState:
        if self.episode is None:
            return AlertState.WITHDRAWN
        if self.episode.resolved_us is not None:
            return AlertState.RESOLVED
        return AlertState.FIRING if self.episode.clearing_us is None else AlertState.RECOVERING


def reconcile(
    stored: Sequence[StoredAlert],
    episodes: Sequence[Episode],
    scale: float = 1.0,
    changed_us: Collection[int] = (),
) -> list[Change]:
    """Match alerts to episodes: by the same opening, else by the first overlap; what is left is new or withdrawn.

    Args:
        stored: every alert of the track whose opening or span lies in the window that was derived anew.
        episodes: the fired episodes of the same window, in order of time.
        scale: from the unit of the episodes to the unit of the alerts.
        changed_us: observations that are new or corrected; an episode that holds one has new evidence.
    """
    by_opening = {alert.opened_us: alert for alert in stored}
    free = [a for a in stored if not a.withdrawn and a.opened_us not in {e.opened_us for e in episodes}]
    changes = []
    for episode in episodes:
        alert = by_opening.get(episode.opened_us) or _overlapping(free, episode)
        if alert in free:
            free.remove(alert)
        change = Change(alert, episode)
        if alert is None or _differs(alert, change, scale) or any(_holds(episode, ts) for ts in changed_us):
            changes.append(change)
    return [*(Change(alert, None) for alert in free), *changes]


def _overlapping(free: list[StoredAlert], episode: Episode) -> StoredAlert | None:
    for alert in free:
        ends_before = alert.resolved_us is not None and alert.resolved_us < episode.opened_us
        begins_after = episode.resolved_us is not None and alert.opened_us > episode.resolved_us
        if not ends_before and not begins_after:
            return alert
    return None


def _holds(episode: Episode, ts_us: int) -> bool:
    return episode.opened_us <= ts_us and (episode.resolved_us is None or ts_us <= episode.resolved_us)


def _differs(alert: StoredAlert, change: Change, scale: float) -> bool:
    episode = change.episode
    if episode is None or alert.no_data:
        return True
    told = (alert.state, alert.opened_us, alert.resolved_us, alert.last_us, alert.value)
    return told != (change.state, episode.opened_us, episode.resolved_us, episode.last_us, episode.peak * scale)
