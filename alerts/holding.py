"""Why something is not told now, and what is put together: the pure stages between an alert and a message."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from schemas.alerts import AlertState
from schemas.notifications import Labels, Matcher, Policy, Silence

LATE = "late"  # key of the group of what came long after its time


class Held(StrEnum):
    """Why an alert is not told of now."""

    SILENCED = "silenced"
    MUTED = "muted"
    FLAPPING = "flapping"
    QUEUE_FULL = "queue_full"
    INHIBITED = "inhibited"


@dataclass(frozen=True, slots=True)
class Member:
    """An alert in a group of a channel.

    Attributes:
        state: as it stands now.
        told_state, told_at: what the channel was last told of it; None where it was not told.
        opened_lately: how often this rule fired at this point within the policy's time.
        explained: its gateway or enterprise is silent, and the channel is told of that.
        was_explained: it was held back for that when it was looked at last.
    """

    alert_id: int
    state: str
    labels: Labels
    pending: bool
    told_state: str | None
    told_at: dt.datetime | None
    acknowledged: bool
    opened_lately: int = 1
    explained: bool = False
    was_explained: bool = False

    @property
    def firing(self) -> bool:
        return self.state in (AlertState.FIRING, AlertState.RECOVERING)

    @property
    def said(self) -> str:
        """The state as people are told it: recovering is still firing."""
        return AlertState.FIRING.value if self.firing else self.state


def group_of(labels: Labels, group_by: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The key of an alert's group, and the labels that its members share."""
    shared = {name: labels.get(name, "") for name in group_by}
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:32], shared


def all_match(matchers: Iterable[Matcher], labels: Labels) -> bool:
    return all(matcher.matches(labels) for matcher in matchers)


def silenced_by(labels: Labels, silences: Iterable[Silence], now: dt.datetime) -> int | None:
    """The silence that holds an alert back, by its id."""
    for silence in silences:
        if silence.from_ts <= now < silence.to_ts and all_match(silence.matchers, labels):
            return silence.id
    return None


def muted_by(labels: Labels, policy: Policy, now: dt.datetime, timezone: ZoneInfo) -> str | None:
    """The mute that holds an alert back, by its name."""
    local = now.astimezone(timezone)
    return next((m.name for m in policy.mutes if m.holds(local) and all_match(m.matchers, labels)), None)


def has_news(member: Member, policy: Policy, now: dt.datetime) -> bool:
    """Whether there is something to tell: another state, or a firing one that nobody took note of for long."""
    if member.said != member.told_state:
        if member.was_explained and member.told_state is None and not member.firing:
            return False  # over together with what explained it
        return member.said != AlertState.WITHDRAWN or member.told_state is not None
    repeats = member.firing and not member.acknowledged and member.told_at is not None
    return repeats and member.told_at is not None and now - member.told_at >= policy.repeat_interval


def held(
    member: Member, policy: Policy, silences: Sequence[Silence], now: dt.datetime, timezone: ZoneInfo
) -> Held | None:
    """Why an alert is not told of now; None where it is."""
    if member.explained:
        return Held.INHIBITED
    if silenced_by(member.labels, silences, now) is not None:
        return Held.SILENCED
    if muted_by(member.labels, policy, now, timezone) is not None:
        return Held.MUTED
    return Held.FLAPPING if member.opened_lately > policy.flapping_times else None


def next_due(members: Iterable[Member], waiting: bool, policy: Policy, now: dt.datetime) -> dt.datetime | None:
    """When a group is to be looked at again, after it was; None: when a notice comes."""
    soon = now + policy.group_interval
    repeats = [
        max(member.told_at + policy.repeat_interval, soon)
        for member in members
        if member.firing and not member.acknowledged and member.told_at is not None
    ]
    return min([soon, *repeats] if waiting else repeats, default=None)


def due_after_notice(sent_at: dt.datetime | None, policy: Policy, now: dt.datetime) -> dt.datetime:
    """When a group with a new notice is due: after the wait, and the interval after its last message."""
    return max(now + policy.group_wait, sent_at + policy.group_interval if sent_at else now)
