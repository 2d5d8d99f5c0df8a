"""Two days of the park with every fault, judged as they come: the alerts are those that the simulator asks for."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.arrivals import FactsJudge, ReadingsJudge
from alerts.backtest import backtest
from alerts.grains import GRAINS, MINUTE_US, us
from alerts.history import Span
from alerts.periods import PeriodJudge
from alerts.remarked import judge_remarked
from alerts.state import Episode
from alerts.watch import SilenceJudge
from ingest.assemble import Message, assemble
from ingest.directory import read_directory
from parkwatch.alert_balance import AlertComparison, compare_alerts
from parkwatch.jobs.drain_hours import drain
from schemas.marks import MarkKind
from schemas.rules import AVERAGING, Statistic
from simulators.faults import letters
from simulators.letters import Dice, Fault, Letter, rates
from simulators.marks import Marked
from simulators.month_rules import month_rules
from simulators.park import Park, first_of_last_month
from simulators.plants import PLANTS
from simulators.points import AIR_GATEWAY
from simulators.registry import demo_registry
from simulators.sent import Sent, Truth
from simulators.streams import LOCAL
from storage.access import acting_as_all, read_as_visible
from storage.alerts import instant
from storage.connect import Connection
from storage.marks import Declaration, MarkTarget, declare_mark
from storage.registry import apply_registry
from storage.rules import list_visible_rules, list_visible_watched_points
from storage.write_batch import BatchWriter

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 2
SENDING = PLANTS[:5]
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)  # how much exceeds hangs on the day
END = int(NOW.timestamp()) // 300 * 5 - 10
MINUTES = range(END - DAYS * 1440, END)
RULES = month_rules(dt.datetime.fromtimestamp(MINUTES[len(MINUTES) // 2] * 60, dt.UTC))
MARKS = [
    Marked(plant.code, None, kind, start * MINUTE_US, (start + 90) * MINUTE_US, automatic=kind == "calibration")
    for plant, kind, start in zip(
        SENDING, ("fault", "calibration", "start_up", "maintenance") * 3, MINUTES[60::200], strict=False
    )
]
FAULTS = rates(0.03, {Fault.LATE: 0.05, Fault.GAP: 0.02})


def sent(truth: Sent) -> Iterator[tuple[dt.datetime, Message]]:
    """What all gateways send, with the time at which it comes; now and then something comes twice."""
    chance = random.Random(11)
    park = Park(7, first_of_last_month(NOW.astimezone(LOCAL).date()))
    now_ms = round(NOW.timestamp() * 1000)
    flows = [letters(park, p, AIR_GATEWAY, MINUTES, Dice(f"11-{p.code}", FAULTS), now_ms) for p in SENDING]
    clock = dt.datetime.fromtimestamp(MINUTES.start * 60, dt.UTC)
    for step in zip_longest(*flows):
        for plant, letter in zip(SENDING, step, strict=True):
            if letter is None:
                continue
            clock = max(clock, _written_at(letter, clock))
            truth.book(plant.code, letter, clock.timestamp())
            topic = f"pw/v1/{plant.code}/{AIR_GATEWAY}/telemetry"
            message = Message(plant.code, AIR_GATEWAY, topic, "telemetry", letter.message.payload)
            for _ in range(1 + (chance.random() < 0.01)):
                yield clock, message


def _written_at(letter: Letter, clock: dt.datetime) -> dt.datetime:
    stamps = [row.ts for row in letter.accepted if isinstance(row.ts, int)]
    return dt.datetime.fromtimestamp(max(stamps) / 1000, dt.UTC) if stamps else clock


@pytest.fixture
def judged(connection: Connection, tmp_path: Path) -> Iterator[Truth]:
    today = NOW.astimezone(LOCAL).date()
    apply_registry(connection, demo_registry(today, first_of_last_month(today), 7, rules=RULES))
    writer, directory = BatchWriter(connection, ZONE, ReadingsJudge(ZONE)), read_directory(connection, None)
    judges = [PeriodJudge(grain, ZONE) for grain in GRAINS.values()]
    remarked, silence, chance = ReadingsJudge(ZONE), SilenceJudge(ZONE), random.Random(5)
    marks = list(MARKS)
    batch: list[Message] = []
    clock = NOW
    with closing(Sent(tmp_path / "truth")) as truth:
        for clock, message in sent(truth):
            batch.append(message)
            if chance.random() < 0.03:
                writer.write(assemble(batch, directory, clock), clock)
                batch = []
            if chance.random() < 0.01:
                drain(connection, clock, timezone=ZONE, judge=FactsJudge(ZONE))
                for judge in judges:
                    judge.judge_ended(connection, clock)
                silence.watch_missing(connection, clock)
                judge_remarked(connection, remarked, clock)
            if marks and chance.random() < 0.02:
                _declare(connection, marks[-1], clock)
                truth.book_mark(marks.pop())
        writer.write(assemble(batch, directory, clock), clock)
    assert not marks
    while judge_remarked(connection, remarked, clock):
        pass
    while drain(connection, clock, timezone=ZONE, judge=FactsJudge(ZONE)):
        pass
    while any(judge.judge_ended(connection, NOW) for judge in judges):
        pass
    with closing(Truth(tmp_path / "truth")) as found:
        yield found


def _declare(connection: Connection, mark: Marked, now: dt.datetime) -> None:
    row = connection.execute("SELECT id FROM enterprises WHERE code = %s", [mark.enterprise]).fetchone()
    assert row
    target, span = MarkTarget(row[0], "DA001"), (instant(mark.from_us), instant(mark.to_us))
    told = Declaration(target, MarkKind(mark.kind), *span, "r", "a", "b", automatic=mark.automatic, by_bureau=True)
    declare_mark(connection, told, now, ZONE)


def compared(connection: Connection, truth: Truth) -> AlertComparison:
    return compare_alerts(connection, truth, RULES)


def test_no_exceedance_is_missed_and_none_invented(connection: Connection, judged: Truth) -> None:
    found = compared(connection, judged)
    assert found.differences == []
    assert (found.missed, found.invented) == (0, 0)
    assert found.alerts > 80
    assert found.exceedances > 12
    _check_that_back_tests_find_the_same(connection)
    _check_that_harm_is_found(connection, judged)


def _check_that_back_tests_find_the_same(connection: Connection) -> None:
    """Every rule of the park over the two days: silences apart, which late readings may have filled since."""
    span = Span((MINUTES.start - 1440) * MINUTE_US, us(NOW), NOW, ZONE)
    rows = connection.execute(
        "SELECT rule, point_id, opened_at, resolved_at, value FROM alerts WHERE state <> 'withdrawn'"
    ).fetchall()
    with acting_as_all(connection):
        rules, points = list_visible_rules(connection), list_visible_watched_points(connection)
        read_as_visible(connection)
        for rule in (r for r in rules if r.statistic in AVERAGING | {Statistic.READING} and r.valid_from is None):
            found = backtest(connection, rule, rules, points, span)
            told = {
                (o.track.point.id, instant(e.opened_us), _ended(e), round(e.peak * o.track.scale, 9))
                for o in found.outcomes
                for e in o.episodes
            }
            kept = {(*row[1:4], round(row[4], 9)) for row in rows if row[0] == rule.code}
            assert told == kept, rule.code


def _ended(episode: Episode) -> dt.datetime | None:
    return None if episode.resolved_us is None else instant(episode.resolved_us)


def _check_that_harm_is_found(connection: Connection, truth: Truth) -> None:
    connection.execute(
        "UPDATE alerts SET state = 'withdrawn'"
        " WHERE id = (SELECT min(id) FROM alerts WHERE kind = 'exceedance' AND state <> 'withdrawn')"
    )
    connection.execute(
        'INSERT INTO alerts (rule, kind, point_id, state, severity, statistic, value, "limit", unit, clause, verified,'
        " opened_at, last_at, rule_body) SELECT 'nmhc-spike', kind, point_id, state, severity, 'reading', value,"
        " \"limit\", unit, clause, verified, opened_at + interval '7 s', last_at, rule_body FROM alerts LIMIT 1"
    )
    found = compared(connection, truth)
    assert (found.missed, found.invented, len(found.differences)) == (1, 1, 2)
