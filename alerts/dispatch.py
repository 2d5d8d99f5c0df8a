"""From notices to messages: grouped, silenced, muted, told once, repeated, escalated; one transaction a round.

Judges only append notices. One dispatcher at a time takes them, puts each alert into its group on each of its channels,
and writes the messages of groups that are due into the outbox. What it decides rests on rows alone, so that a
dispatcher that dies in the middle has done nothing, and the next one does the same again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.holding import (
    LATE,
    Held,
    Member,
    all_match,
    due_after_notice,
    group_of,
    has_news,
    held,
    next_due,
)
from alerts.notify.messages import escalated_text, message_of
from schemas.alerts import AlertState
from schemas.notifications import Policy, Silence
from storage import notifications as stored
from storage.connect import Connection

QUEUE_BOUND = 1000  # messages that wait on a channel before more of them are put together
_NOTICES = 20_000  # taken at once
_LATE_QUIET = dt.timedelta(minutes=1)
_LATE_LONGEST = dt.timedelta(hours=1)


def dispatch(connection: Connection, now: dt.datetime, timezone: ZoneInfo, queue_bound: int = QUEUE_BOUND) -> int:
    """One round; how many messages it wrote."""
    with connection.transaction():
        if not stored.lock_dispatch(connection):
            return 0
        policy = stored.read_policy(connection)
        _place(connection, stored.take_notices(connection, _NOTICES), policy, now)
        messages = _escalate(connection, policy, now)
        if stored.is_group_due(connection, now):
            silences, waiting = stored.list_silences(connection, now), stored.count_waiting(connection)
            full_channels = [channel for channel, n in waiting.items() if n >= queue_bound]
            for group in stored.list_due_groups(connection, now, full_channels):
                full = waiting.get(group.channel, 0) >= queue_bound
                sent = _Round(connection, policy, silences, now, timezone).flush(group, full)
                waiting[group.channel] = waiting.get(group.channel, 0) + sent
                messages += sent
        return messages


def _place(connection: Connection, notices: Iterable[stored.TakenNotice], policy: Policy, now: dt.datetime) -> None:
    """Put the alerts of notices into their groups; what is long past goes into one group of its own."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    pending: dict[tuple[str, int], str] = {}
    for notice in notices:
        late = now - notice.event_at > policy.late_after
        key, labels = (LATE, {}) if late else group_of(notice.labels, policy.group_by)
        for channel in notice.channels:
            groups[channel, key] = labels
            pending[channel, notice.alert_id] = key
    if not groups:
        return
    known = stored.sent_at_of(connection, [c for c, _ in groups], [k for _, k in groups])
    rows = []
    for (channel, key), labels in sorted(groups.items()):
        before = known.get((channel, key), {})
        waits = before.get("due_at") is not None and before["due_at"] <= now + _LATE_LONGEST
        first = before["first_at"] if waits and key == LATE else now
        due = _due(key, first, before, policy, now)
        rows.append((channel, key, labels, first, due))
    stored.put_groups(connection, rows)
    stored.put_pending(connection, [(channel, alert, key) for (channel, alert), key in sorted(pending.items())])


def _due(
    key: str, first: dt.datetime, before: dict[str, dt.datetime | None], policy: Policy, now: dt.datetime
) -> dt.datetime:
    if key == LATE:  # when nothing more of it has come for a while
        return min(now + _LATE_QUIET, max(first + _LATE_LONGEST, now))
    due = due_after_notice(before.get("sent_at"), policy, now)
    sooner = before.get("due_at")
    return min(due, sooner) if sooner is not None and sooner > now else due


def _escalate(connection: Connection, policy: Policy, now: dt.datetime) -> int:
    """Tell more people of what nobody has acknowledged."""
    messages = 0
    for step, escalation in enumerate(policy.escalation):
        found = stored.list_unacknowledged(connection, step, now - escalation.after, 500)
        matching = [notice for notice in found if all_match(escalation.matchers, notice.labels)]
        stored.note_escalations(connection, step, [notice.alert_id for notice in found], now)
        if not matching:
            continue
        payload = escalated_text(matching, escalation.after)
        alerts = [(notice.alert_id, notice.state) for notice in matching]
        key = f"escalation:{step}:{alerts[0][0]}-{alerts[-1][0]}"
        for channel in escalation.channels:
            stored.put_message(connection, channel, key, payload, alerts, now)
            messages += 1
    return messages


@dataclass(frozen=True, slots=True)
class _Round:
    """What a round decides with."""

    connection: Connection
    policy: Policy
    silences: list[Silence]
    now: dt.datetime
    timezone: ZoneInfo

    def flush(self, group: stored.Group, full: bool) -> int:
        """Tell what a group has to tell; the number of messages, 0 or 1."""
        rows = stored.list_members(self.connection, group, self.now - self.policy.flapping_within)
        members = [_member(row) for row in rows]
        news = [member for member in members if has_news(member, self.policy, self.now)]
        reasons = {m.alert_id: self._reason(m, full) for m in news}
        told = [m for m in news if reasons[m.alert_id] is None]
        self._hold([m for m in members if m not in told], reasons, group.channel)
        if told:
            self._tell(group, told, {row.alert_id: row for row in rows})
        waiting = any(self._waits(m, reasons.get(m.alert_id)) for m in members)
        after = [_told_now(m, self.now) if m in told else m for m in members]
        due = self.now if len(rows) >= stored.MOST_MEMBERS else next_due(after, waiting, self.policy, self.now)
        stored.close_group(self.connection, group, due, self.now if told else None)
        return 1 if told else 0

    def _reason(self, member: Member, full: bool) -> Held | None:
        if full:
            return Held.QUEUE_FULL
        return held(member, self.policy, self.silences, self.now, self.timezone)

    def _waits(self, member: Member, reason: Held | None) -> bool:
        """Whether what is held back is to be told later: not what is over, or will be seen in the next opening."""
        if reason is Held.QUEUE_FULL:
            return True
        return reason in (Held.SILENCED, Held.MUTED, Held.INHIBITED) and (
            member.firing or member.told_state == AlertState.FIRING
        )

    def _hold(self, members: list[Member], reasons: dict[int, Held | None], channel: str) -> None:
        if members:
            stored.mark_held(
                self.connection,
                channel,
                [m.alert_id for m in members],
                [reasons.get(m.alert_id) for m in members],
                [self._waits(m, reasons.get(m.alert_id)) for m in members],
            )

    def _tell(self, group: stored.Group, told: list[Member], rows: dict[int, stored.GroupMember]) -> None:
        payloads = [rows[m.alert_id].told | {"state": m.said} for m in told]
        flapping = {m.alert_id for m in told if m.opened_lately == self.policy.flapping_times}
        payload = message_of(payloads, late=group.key == LATE, labels=group.labels, flapping=flapping)
        alerts = [(m.alert_id, m.said) for m in told]
        stored.put_message(self.connection, group.channel, _key(group, told), payload, alerts, self.now)
        ids, states = [alert_id for alert_id, _ in alerts], [state for _, state in alerts]
        stored.mark_told(self.connection, group.channel, ids, states, self.now)


def _key(group: stored.Group, told: list[Member]) -> str:
    """The same for the same news: alerts, their states, and what was told before."""
    parts = [f"{m.alert_id}:{m.said}:{m.told_at.isoformat() if m.told_at else ''}" for m in told]
    return hashlib.sha256("|".join([group.key, *parts]).encode()).hexdigest()


def _member(row: stored.GroupMember) -> Member:
    return Member(
        row.alert_id,
        row.state,
        row.labels,
        row.pending,
        row.told_state,
        row.told_at,
        row.acknowledged,
        row.opened_lately,
        row.explained,
        row.held == Held.INHIBITED,
    )


def _told_now(member: Member, now: dt.datetime) -> Member:
    return Member(
        member.alert_id,
        member.state,
        member.labels,
        pending=False,
        told_state=member.said,
        told_at=now,
        acknowledged=member.acknowledged,
        opened_lately=member.opened_lately,
        explained=member.explained,
        was_explained=member.was_explained,
    )
