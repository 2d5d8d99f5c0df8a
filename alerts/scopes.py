"""Rules on shares and budgets against the accounts, inside the transaction that writes them.

What a period's figures tell is derived whole each time, from the accounts of its days alone: which alerts there are
does not depend on how often, or when, the accounts were computed. A period is derived again when a day of it that has
ended was made again, when another day has ended, or when its rule is another one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from accounting.periods import start_of
from alerts.reconcile import Change
from alerts.record import AlertIds, Recorder
from alerts.scope_tracks import (
    ScopePeriod,
    ScopeTrack,
    episode_of,
    judged_by,
    period_named,
    period_of,
    scope_evidence,
    scope_track,
    scopes_of,
    shown,
)
from alerts.state import Episode
from alerts.verdict import Verdict
from schemas.alerts import StoredAlert, TrackState
from schemas.rule_bodies import parse_rule
from schemas.rules import OF_SCOPES, Rule, Span
from schemas.scopes import FigureToDate, Measure, ScopeAlert, ScopePlace, ScopeState
from storage import scope_alerts as stored
from storage.alerts import announce
from storage.connect import Connection
from storage.rules import list_rules, watch_version

Figures = Callable[[Span, dt.date, Sequence[Measure]], Mapping[Measure, list[FigureToDate]]]


class ScopeJudge:
    """Called by whoever writes accounts; keeps the rules until they change."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._version: tuple[int | None, ...] | None = None
        self._rules: list[Rule] = []

    def __call__(
        self, connection: Connection, changed: Sequence[dt.date], through: dt.date, figures: Figures, now: dt.datetime
    ) -> None:
        """Judge the figures of days that have ended.

        Args:
            changed: local days whose accounts were made again.
            through: the last day that has ended and is in the accounts.
            figures: of the period that begins on a day, to the end of each day until ``through``.
        """
        version = watch_version(connection)
        if version != self._version:
            rules = list_rules(connection)
            self._rules = [rule for rule in rules if rule.enabled and rule.statistic in OF_SCOPES]
            self._version = version
        if not self._rules and not stored.list_alerts(connection):
            return
        stored.lock_scopes(connection)
        ended = [day for day in changed if day <= through]
        look = _Look(connection, self._rules, through, now, self._timezone)
        look.judge(ended, figures)


@dataclass(slots=True)
class _Look:
    """One transaction's judging."""

    connection: Connection
    rules: Sequence[Rule]
    through: dt.date
    now: dt.datetime
    timezone: ZoneInfo
    places: dict[str, ScopePlace] = field(init=False)
    end_us: int = field(init=False)
    alerts: dict[tuple[str, str, str], list[ScopeAlert]] = field(init=False)
    states: dict[tuple[str, str, str], ScopeState] = field(init=False)
    progress: dict[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {place.code: place for place in stored.list_places(self.connection)}
        self.end_us = round(start_of(self.through + dt.timedelta(days=1), self.timezone).timestamp()) * 1_000_000

    def judge(self, ended: Sequence[dt.date], figures: Figures) -> None:
        """Derive the periods of these days, what is new, and what is over; write what came out other."""
        periods = self._periods([*ended, self.through])
        found = stored.list_alerts(self.connection, periods)
        periods |= {alert.period: period_named(alert.period, self.timezone) for alert in found if alert.alert.open}
        self.alerts = defaultdict(list)
        for alert in found:
            self.alerts[alert.alert.rule, alert.scope, alert.period].append(alert)
        rows = stored.list_states(self.connection, periods)
        self.states = {(row.rule, row.scope, row.period): row for row in rows}
        self.progress = stored.list_progress(self.connection)
        touched = self._periods(ended)
        recorder = Recorder(self.connection, self.now, self.timezone)
        standing = []
        known: set[tuple[str, str, str]] = set()
        for name, period in sorted(periods.items()):
            tracks = self._tracks(period)
            known |= {_place(track) for track in tracks}
            due = [track for track in tracks if name in touched or self._is_due(track)]
            told = figures(period.span, period.first, [t.measure for t in due]) if due else {}
            standing += [self._derive(track, told.get(track.measure, []), recorder) for track in due]
        self._withdraw([alert for alert in found if alert.alert.open and _key(alert) not in known], recorder)
        self._write(standing, recorder)

    def _periods(self, days: Iterable[dt.date]) -> dict[str, ScopePeriod]:
        spans = {rule.span for rule in self.rules}
        periods = [period_of(span, day, self.timezone) for day in days for span in spans]
        return {period.name: period for period in periods}

    def _tracks(self, period: ScopePeriod) -> list[ScopeTrack]:
        return [
            scope_track(rule, scope, period, self.places)
            for rule in self.rules
            if rule.span is period.span
            for scope in scopes_of(rule, self.places.values(), period)
        ]

    def _is_due(self, track: ScopeTrack) -> bool:
        """Whether a period that no changed day touches is to be derived: another day or period has ended."""
        state = self.states.get(_place(track))
        if track.period.end_us < self.end_us:  # over: only what is still open in it
            return any(alert.alert.open for alert in self.alerts[_place(track)])
        return state is None or state.last_us < self.end_us or state.detail.get("judged_by") != track.judged_by

    def _derive(
        self, track: ScopeTrack, figures: list[FigureToDate], recorder: Recorder
    ) -> tuple[ScopeTrack, Episode | None, list[FigureToDate]]:
        over = track.period.end_us < self.end_us
        episode = episode_of(track, figures, over, self.timezone) if figures else None
        here = self.alerts[_place(track)]
        mine = [alert for alert in here if judged_by(alert.rule_body) == track.judged_by]
        same = next((a for a in mine if not a.alert.withdrawn), mine[-1] if mine else None)
        changes = [Change(a.alert, None) for a in here if a is not same and not a.alert.withdrawn]
        evidence = partial(scope_evidence, track, figures=figures)
        changes += self._change(track, same, episode, evidence(episode) if episode else {})
        recorder.add(track, changes, [a.alert for a in (*(a for a in here if a is not same), same) if a], evidence)
        return track, episode, figures

    def _change(
        self, track: ScopeTrack, same: ScopeAlert | None, episode: Episode | None, evidence: dict[str, object]
    ) -> list[Change]:
        alert = same.alert if same else None
        if episode is None:
            return [Change(alert, None)] if alert is not None and not alert.withdrawn else []
        change = Change(alert, episode, self._is_late(track, alert, episode))
        if alert is None or same is None:
            return [change]
        told = (alert.state, alert.opened_us, alert.resolved_us, alert.last_us, alert.value, same.evidence)
        value = episode.peak * track.scale
        now = (change.state, episode.opened_us, episode.resolved_us, episode.last_us, value, evidence)
        return [change] if told != now else []

    def _is_late(self, track: ScopeTrack, alert: StoredAlert | None, episode: Episode) -> bool:
        """Whether days that had been judged before now tell something else; not where the rule is another one."""
        state = self.states.get(_place(track))
        judged_us = self.progress.get((track.code, track.scope))
        if judged_us is None or (state is not None and state.detail.get("judged_by") != track.judged_by):
            return False
        if alert is None or alert.withdrawn:
            return episode.opened_us <= judged_us
        ends = None if episode.resolved_us == track.period.end_us else episode.resolved_us
        moved = [(alert.opened_us, episode.opened_us), (alert.resolved_us, ends)]
        return any(new is not None and new != old and new <= judged_us for old, new in moved)

    def _withdraw(self, orphans: Iterable[ScopeAlert], recorder: Recorder) -> None:
        """Alerts that no rule asks for any more: the rule has other scopes, another period, or is none on accounts."""
        for orphan in orphans:
            period = period_named(orphan.period, self.timezone)
            track = scope_track(parse_rule(orphan.rule_body), orphan.scope, period, self.places)
            nothing = partial(scope_evidence, track, figures=[])
            recorder.add(track, [Change(orphan.alert, None)], [orphan.alert], nothing)

    def _write(
        self, standing: Sequence[tuple[ScopeTrack, Episode | None, list[FigureToDate]]], recorder: Recorder
    ) -> None:
        ids = recorder.write()
        rows = [self._state(*stand, ids.get(stand[0].key, {})) for stand in standing]
        changed = [row for row in rows if row != self.states.get((row.rule, row.scope, row.period))]
        stored.set_states(self.connection, changed)
        if changed:
            announce(self.connection)

    def _state(
        self, track: ScopeTrack, episode: Episode | None, figures: Sequence[FigureToDate], ids: AlertIds
    ) -> ScopeState:
        newest = figures[-1] if figures else None
        verdict = track.verdict(newest, self.timezone) if newest else Verdict.NO_ACCOUNTS
        state = episode.state if episode else TrackState.INACTIVE
        if not verdict.judged:
            state = TrackState.NOT_JUDGED
        last_us = newest.ends_us if newest else min(self.end_us, track.period.end_us)
        before = self.states.get(_place(track))
        since_us = before.since_us if before is not None and before.state == state else last_us
        detail = {
            "verdict": verdict.value,
            "judged_by": track.judged_by,
            "accounting_rule": newest.rule if newest else None,
            "figure": shown(track, newest) if newest else None,
        }
        open_id = ids.get(episode.opened_us) if episode and episode.resolved_us is None else None
        return ScopeState(*_place(track), state.value, since_us, last_us, open_id, detail)


def _place(track: ScopeTrack) -> tuple[str, str, str]:
    return track.code, track.scope, track.period.name


def _key(alert: ScopeAlert) -> tuple[str, str, str]:
    return alert.alert.rule, alert.scope, alert.period
