"""Every committed reading against the rules on readings, inside the transaction that stores it.

Readings by the thousand are screened as columns. Only a track that a reading exceeds, that is not inactive, or that
has an alert where the readings fall, costs more. Such a track either goes on from its stored state (all readings are
newer), or is derived anew from the stored readings around the changed ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.evidence import evidence_of
from alerts.marking import as_marked, readings_as_marked
from alerts.plan import Plan, Watch, Window
from alerts.reconcile import reconcile
from alerts.record import Recorder, Standing, state_row
from alerts.replay import replay, window_start
from alerts.select import Track
from alerts.state import Episode, Observation, from_detail, run
from schemas.alerts import StoredAlert, StoredState
from schemas.blocks import ReadingBlock
from schemas.rules import Statistic
from storage.alerts import (
    STREAMING_LOCK,
    StoredReading,
    TrackKey,
    find_alerts,
    find_states,
    find_touched_tracks,
    list_readings_around,
    list_readings_from,
    lock_watched,
    set_states,
)
from storage.connect import Connection

_FIRST_PAGE, _LARGEST_PAGE = 40, 5_000  # stored readings to fetch: most replays end soon


class Seen(NamedTuple):
    """Observations of a track that changed or may have, in order, the first at a changed reading; what changed."""

    observations: list[Observation]
    changed_us: frozenset[int]

    @property
    def first_us(self) -> int:
        return self.observations[0].ts_us

    @property
    def last_us(self) -> int:
        return self.observations[-1].ts_us


Observed = dict[TrackKey, Seen]


def is_streaming(track: Track) -> bool:
    """Whether a track is judged on readings; the warnings of possible exceedances are."""
    return track.refusal is None and (track.statistic is Statistic.READING or track.pairwise)


class StreamingJudge:
    """Called by the writer of readings inside its transaction; see ``schemas.batches.Judge``."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._watch = Watch(is_streaming)

    def __call__(self, connection: Connection, block: ReadingBlock, now: dt.datetime) -> None:
        """Judge readings that were stored or corrected, sorted by point and time, one for each instant."""
        plan = self._watch.plan(connection)
        windows = plan.windows(block) if len(block) else []
        if not windows:
            return
        lock_watched(connection, STREAMING_LOCK, plan.enterprises(window.point_id for window in windows))
        observed = _observe(connection, plan, as_marked(connection, block), windows, self._timezone)
        if observed:
            recorder = Recorder(connection, now, self._timezone)
            _Pass(connection, plan, self._timezone, observed, recorder).judge()


def _observe(
    connection: Connection, plan: Plan, block: ReadingBlock, windows: list[Window], timezone: ZoneInfo
) -> Observed:
    """The observations of each track that the block can change."""
    first = block.ts_us[[w.start for w in windows]].tolist()
    last = block.ts_us[[w.stop - 1 for w in windows]].tolist()
    reach = [ts + plan.pair_gap_us.get(w.point_id, 0) for ts, w in zip(last, windows, strict=True)]
    touched = find_touched_tracks(connection, [w.point_id for w in windows], first, reach)
    hot = set(plan.screen(block)) | {point_id for _, point_id in touched}
    chosen = [window for window in windows if window.point_id in hot or window.point_id in plan.pair_gap_us]
    stretches = _stretches(connection, plan, block, chosen)
    observed: Observed = {}
    for window in chosen:
        rows = _rows(block, window)
        for track in plan.by_point[window.point_id]:
            if track.pairwise:
                pairs = track.observe_pairs(stretches[window.point_id], timezone)
                seen = [observation for observation in pairs if observation.ts_us >= rows[0][0]]
            elif window.point_id in hot:
                seen = [track.observe(*row, timezone) for row in rows]
            else:
                continue
            if track.key in touched or any(track.may_begin(o.verdict) for o in seen):
                observed[track.key] = Seen(seen, frozenset(ts for ts, _, _ in rows))
    return observed


def _stretches(
    connection: Connection, plan: Plan, block: ReadingBlock, windows: list[Window]
) -> dict[int, list[tuple[int, float, str]]]:
    """What is stored around the block's readings of points with a rule on pairs."""
    ours = [window for window in windows if window.point_id in plan.pair_gap_us]
    spans = {
        w.point_id: (
            int(block.ts_us[w.start]) - plan.pair_gap_us[w.point_id],
            int(block.ts_us[w.stop - 1]) + plan.pair_gap_us[w.point_id],
        )
        for w in ours
    }
    found: dict[int, list[tuple[int, float, str]]] = {point_id: [] for point_id in spans}
    stored = list_readings_around(connection, spans) if spans else []
    for reading in readings_as_marked(connection, stored):
        found[reading.point_id].append((reading.ts_us, reading.value, reading.flag))
    return found


def _rows(block: ReadingBlock, window: Window) -> list[tuple[int, float, str]]:
    rows = slice(window.start, window.stop)
    flags = [flag.decode() for flag in block.flag[rows].tolist()]
    return list(zip(block.ts_us[rows].tolist(), block.value[rows].tolist(), flags, strict=True))


@dataclass(frozen=True, slots=True)
class _Pass:
    """One block's tracks, judged."""

    connection: Connection
    plan: Plan
    timezone: ZoneInfo
    observed: Observed
    recorder: Recorder

    def judge(self) -> None:
        keys = sorted(self.observed)
        states = find_states(self.connection, keys)
        alerts = find_alerts(self.connection, {key: self._since(key, states.get(key)) for key in keys})
        late = {key: self._start(key, alerts[key]) for key in keys if self._newer_than(states.get(key), key) is None}
        pages = _Pages(self.connection, self._first_pages(late))
        told = [self._go_on(self.plan.by_key[key], states[key], alerts[key]) for key in keys if key not in late]
        for key, start_us in late.items():
            told += self._replay(self.plan.by_key[key], start_us, alerts[key], states.get(key), pages)
        ids = self.recorder.write()
        set_states(self.connection, [state_row(t.track, t.episode, t.last_us, ids[t.track.key]) for t in told])

    def _since(self, key: TrackKey, state: StoredState | None) -> int:
        """Alerts that ended before this cannot change."""
        since_us = self.observed[key].first_us - self.plan.by_key[key].terms.lookback_us
        episode = from_detail(state.detail) if state else None
        return min(since_us, episode.opened_us) if episode else since_us

    def _newer_than(self, state: StoredState | None, key: TrackKey) -> Episode | None:
        """The episode to go on with, where one is open and all its readings are older than the block's."""
        if state is None or self.observed[key].first_us <= state.last_us:
            return None
        return from_detail(state.detail)

    def _start(self, key: TrackKey, alerts: list[StoredAlert]) -> int:
        return window_start(self.observed[key].first_us, alerts, self.plan.by_key[key].terms)

    def _first_pages(self, starts: dict[TrackKey, int]) -> dict[int, int]:
        since: dict[int, int] = {}
        for key, start_us in starts.items():
            from_us = start_us - _reach_us(self.plan.by_key[key])
            since[key[1]] = min(from_us, since.get(key[1], from_us))
        return since

    def _go_on(self, track: Track, state: StoredState, alerts: list[StoredAlert]) -> Standing:
        observations = self.observed[track.key].observations
        resolved, episode = run(from_detail(state.detail), observations, track.terms)
        fired = [*resolved, *([episode] if episode and episode.fired_us is not None else [])]
        mine = [alert for alert in alerts if alert.id == state.alert_id or alert.withdrawn]
        self.recorder.add(track, reconcile(mine, fired, track.scale), mine, partial(evidence_of, track))
        return Standing(track, episode, observations[-1].ts_us)

    def _replay(
        self, track: Track, start_us: int, alerts: list[StoredAlert], state: StoredState | None, pages: _Pages
    ) -> list[Standing]:
        seen = self.observed[track.key]
        rows = ((r.ts_us, r.value, r.flag) for r in pages.read(track.point.id, start_us - _reach_us(track)))
        pairs = track.observe_pairs(rows, self.timezone) if track.pairwise else None
        observations = pairs or (track.observe(*row, self.timezone) for row in rows)
        before = from_detail(state.detail) if state else None
        found = replay(
            (observation for observation in observations if observation.ts_us >= start_us),
            seen.changed_us,
            alerts,
            track.terms,
            start_us,
            track.scale,
            before.opened_us if before else None,
            seen.last_us,
        )
        self.recorder.add(track, found.changes, alerts, partial(evidence_of, track))
        if not found.at_end or found.seen_us is None or (found.episode is None and state is None):
            return []
        return [Standing(track, found.episode, found.seen_us)]


def _reach_us(track: Track) -> int:
    """How far before a stamp the reading can stand that it is compared with."""
    return track.terms.gap_us if track.pairwise else 0


class _Pages:
    """Stored readings of many points: the first page of all in one query, more of one point as it is needed."""

    def __init__(self, connection: Connection, since_us: dict[int, int]) -> None:
        self._connection = connection
        self._first: dict[int, list[StoredReading]] = {point_id: [] for point_id in since_us}
        first = list_readings_from(connection, since_us, _FIRST_PAGE) if since_us else []
        for reading in readings_as_marked(connection, first):
            self._first[reading.point_id].append(reading)

    def read(self, point_id: int, since_us: int) -> Iterator[StoredReading]:
        page, size = self._first[point_id], _FIRST_PAGE
        while page:
            yield from (reading for reading in page if reading.ts_us >= since_us)
            if len(page) < size:
                return
            size = min(10 * size, _LARGEST_PAGE)
            more = list_readings_from(self._connection, {point_id: page[-1].ts_us + 1}, size)
            page = readings_as_marked(self._connection, more)
