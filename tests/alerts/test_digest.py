"""The daily digest on a real database: what it reads, and that it is told once, whatever dies and however many try."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from alerts.deliver import deliver
from alerts.digest.facts import Facts, Gap, Hours, Mark, MonthWindow, Restated
from alerts.digest.load import load
from alerts.digest.send import send_digests
from alerts.digest.windows import due_since, month_window, newest_due
from alerts.notify.channels import LogChannel
from parkwatch.jobs.drain_hours import drain
from schemas.errors import InvalidInput
from schemas.marks import MarkKind
from schemas.notifications import Policy, parse_policy
from storage.access import acting_as_enterprise
from storage.connect import Connection, OperationalError, open_connection
from storage.marks import Declaration, MarkTarget, declare_mark
from storage.notifications import replace_policy
from tests.alerts.bench import TIMEZONE, Bench

DAY = dt.date(2026, 10, 2)
MIDNIGHT = dt.datetime(2026, 10, 2, tzinfo=TIMEZONE)
EIGHT = dt.datetime(2026, 10, 3, 8, tzinfo=TIMEZONE)
MINUTE, HOUR, ONE_DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
Row = tuple[int, float, str]


@pytest.fixture
def outlet(bench: Bench) -> int:
    return bench.point("V01", outlet="DA001")


def minutes(hours: Iterator[int] | range, value: float = 20.0, flag: str = "N") -> list[Row]:
    """A reading a minute in these hours of the day."""
    first = round(MIDNIGHT.timestamp())
    return [((first + hour * 3600 + minute * 60) * 1_000_000, value, flag) for hour in hours for minute in range(60)]


def settle(connection: Connection) -> None:
    while drain(connection, EIGHT, timezone=TIMEZONE):
        pass


def read(connection: Connection, day: dt.date = DAY, now: dt.datetime = EIGHT) -> Facts:
    row = connection.execute("SELECT id FROM enterprises WHERE code = 'E'").fetchone()
    assert row
    with acting_as_enterprise(connection, row[0]) as rows:
        return load(rows, "E", day, now, TIMEZONE, 5)


def told(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT channel, payload FROM outbox WHERE payload ->> 'state' = 'digest' ORDER BY id"
    ).fetchall()
    return [(channel, payload["date"]) for channel, payload in rows]


def test_a_whole_day_of_readings_has_nothing_wrong(bench: Bench, connection: Connection, outlet: int) -> None:
    bench.send(outlet, minutes(range(24)), now=EIGHT)
    settle(connection)
    facts = read(connection)
    assert facts.of_day.hours == facts.of_month.hours == Hours(24, 24, 24)
    assert facts.of_day.transmission.transmission_effective_rate == 1
    assert send_digests(connection, EIGHT, TIMEZONE) == 1
    (text,) = connection.execute("SELECT payload ->> 'text' FROM outbox WHERE channel = 'log'").fetchone() or ("",)
    assert text.startswith("【每日简报】企业(E)2026-10-02:一切正常,传输有效率 100.0 %")
    assert "\n" not in text


def test_gaps_lost_hours_marks_and_refusals(bench: Bench, connection: Connection, outlet: int) -> None:
    bench.send(outlet, [*minutes(range(10)), *minutes(range(12, 20)), *minutes(range(20, 24), flag="D")], now=EIGHT)
    target = MarkTarget(_enterprise_id(connection), outlet="DA001")
    mark = Declaration(target, MarkKind.FAULT, MIDNIGHT + 20 * HOUR, MIDNIGHT + 22 * HOUR, "fault", "a", "b")
    declare_mark(connection, mark, EIGHT, TIMEZONE)
    late = Declaration(target, MarkKind.MAINTENANCE, MIDNIGHT + 5 * MINUTE, MIDNIGHT + HOUR, "late", "a", "b")
    declare_mark(connection, late, EIGHT + ONE_DAY, TIMEZONE)
    refused = "INSERT INTO ledger_reasons VALUES ('E', %s, 'bad_crc', 7), ('E', %s, 'too_old', 2)"
    connection.execute(refused, [DAY, DAY - ONE_DAY])
    settle(connection)
    facts = read(connection)
    assert facts.gaps.longest == (Gap("E/V01", "V01", MIDNIGHT + 9 * HOUR + 59 * MINUTE, MIDNIGHT + 12 * HOUR),)
    assert (facts.gaps.points, facts.gaps.count, facts.gaps.seconds) == (1, 1, 7260)
    assert facts.of_day.hours == Hours(24, 22, 18)
    assert facts.unmarked_hours == {"E/V01": 4}  # two without readings, two of the flag D that no mark touches
    assert facts.windows[-1] == MonthWindow(
        dt.date(2026, 10, 1), dt.datetime(2026, 11, 6, tzinfo=TIMEZONE), missing_hours=2
    )
    assert [(m.kind, m.state, m.waits_for) for m in facts.marks] == [
        ("maintenance", "waiting", "late"),
        ("fault", "in_force", None),
    ]
    assert isinstance(facts.marks[0], Mark)
    assert (facts.of_day.rejected, facts.of_month.rejected) == ({"bad_crc": 7}, {"bad_crc": 7, "too_old": 2})


def test_alerts_and_unexplained_steps(bench: Bench, connection: Connection, outlet: int) -> None:
    bench.rules({"above": 80})
    bench.send(outlet, [(minutes(range(1))[0][0], 20.0, "N"), *minutes(range(10, 11), value=90.0)], now=EIGHT)
    meter = bench.point("E01", unit="kWh", quantity="active_energy", role="grid_import", outlet=None)
    connection.execute(
        "INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, in_hours, rule)"
        " VALUES (%s, %s, %s, 'unexplained', false, 'x')",
        [meter, MIDNIGHT, MIDNIGHT + MINUTE],
    )
    settle(connection)
    facts = read(connection)
    assert (facts.of_day.alerts_opened, facts.alerts.open, facts.alerts.unacknowledged) == (1, 1, 1)
    assert [(a.point, a.acknowledged) for a in facts.alerts.first] == [("E/V01", False)]
    assert (facts.steps_waiting, facts.steps[0].point) == (1, "E/E01")
    connection.execute("UPDATE alerts SET acknowledged_by = 'x'")
    assert read(connection).alerts.unacknowledged == 0


def test_restatements_and_a_month_that_was_closed_early(connection: Connection, bench: Bench, outlet: int) -> None:
    closed = dt.datetime(2026, 10, 2, 9, tzinfo=TIMEZONE)
    connection.execute(
        "INSERT INTO period_closings (month, closed_at, closed_by, instruments, gaps)"
        " VALUES ('2026-09-01', %s, 'b', '[]', '[]')",
        [closed],
    )
    connection.execute(
        "INSERT INTO restatements (month, state, days, changed_rows) VALUES ('2026-09-01', 'pending', '{}', 4)"
    )
    for scope in ("enterprise:E", "enterprise:OTHER", "city"):
        connection.execute(
            "INSERT INTO restatement_lines SELECT id, 'green_power', %s, 'month', 'r', '{}', '{}' FROM restatements",
            [scope],
        )
    facts = read(connection)
    assert facts.restated == (Restated(dt.date(2026, 9, 1), "pending", 1),)
    assert [window.month for window in facts.windows] == [dt.date(2026, 10, 1)]
    assert [w.month for w in read(connection, now=closed - HOUR, day=dt.date(2026, 10, 2)).windows] == [
        dt.date(2026, 9, 1),
        dt.date(2026, 10, 1),
    ]


def test_nothing_of_another_enterprise_gets_in(bench: Bench, connection: Connection, outlet: int) -> None:
    connection.execute("INSERT INTO enterprises (code, name, park_id) SELECT 'OTHER', 'x', id FROM parks")
    bench.send(outlet, minutes(range(24)), now=EIGHT)
    connection.execute("INSERT INTO ledger_reasons VALUES ('E', %s, 'bad_crc', 7)", [DAY])
    settle(connection)
    row = connection.execute("SELECT id FROM enterprises WHERE code = 'OTHER'").fetchone()
    assert row
    with acting_as_enterprise(connection, row[0]) as rows:
        facts = load(rows, "E", DAY, EIGHT, TIMEZONE, 5)  # by mistake
    assert (facts.of_day.hours, facts.of_day.rejected, facts.gaps.count) == (Hours(0, 0, 0), {}, 0)


def test_each_day_is_told_once_on_each_channel(bench: Bench, connection: Connection) -> None:
    replace_policy(connection, {"digest": {"channels": ["log", "webhook:duty"]}})
    assert send_digests(connection, EIGHT - MINUTE, TIMEZONE) == 2  # of the day before: the newest that is due
    assert send_digests(connection, EIGHT, TIMEZONE) == 2
    for later in (0, 1, 60, 1439):
        assert send_digests(connection, EIGHT + later * MINUTE, TIMEZONE) == 0
    assert told(connection) == [
        ("log", "2026-10-01"), ("webhook:duty", "2026-10-01"), ("log", "2026-10-02"), ("webhook:duty", "2026-10-02"),
    ]  # fmt: skip


def test_after_ten_days_only_the_newest_is_told(bench: Bench, connection: Connection) -> None:
    send_digests(connection, EIGHT, TIMEZONE)
    assert send_digests(connection, EIGHT + 10 * ONE_DAY + 5 * HOUR, TIMEZONE) == 1
    assert told(connection) == [("log", "2026-10-02"), ("log", "2026-10-12")]


def test_a_clock_that_goes_back_tells_nothing_again(bench: Bench, connection: Connection) -> None:
    send_digests(connection, EIGHT, TIMEZONE)
    assert send_digests(connection, EIGHT - 3 * ONE_DAY, TIMEZONE) == 0


def test_none_where_the_registry_says_so(bench: Bench, connection: Connection) -> None:
    replace_policy(connection, {"digest": {"at": None}})
    assert send_digests(connection, EIGHT, TIMEZONE) == 0


def test_a_retired_enterprise_is_told_nothing(bench: Bench, connection: Connection) -> None:
    connection.execute("UPDATE enterprises SET retired_at = now()")
    assert send_digests(connection, EIGHT, TIMEZONE) == 0


@pytest.mark.parametrize("break_at", ["outbox", "told_digests"])
def test_killed_between_its_two_writes_it_is_told_once(
    bench: Bench, connection: Connection, database_url: str, break_at: str
) -> None:
    """The claim and the message are one transaction: a death at either takes both back."""
    connection.execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
    )
    trigger = sql.SQL("CREATE TRIGGER dies AFTER INSERT ON {} FOR EACH ROW EXECUTE FUNCTION die()")
    connection.execute(trigger.format(sql.Identifier(break_at)))
    with closing(open_connection(database_url)) as dying, pytest.raises(OperationalError):
        send_digests(dying, EIGHT, TIMEZONE)
    connection.execute(sql.SQL("DROP TRIGGER dies ON {}").format(sql.Identifier(break_at)))
    assert told(connection) == []
    assert send_digests(connection, EIGHT, TIMEZONE) == 1
    assert told(connection) == [("log", "2026-10-02")]


def test_eight_schedulers_at_once_tell_it_once(bench: Bench, connection: Connection, database_url: str) -> None:
    for n in range(5):
        connection.execute("INSERT INTO enterprises (code, name, park_id) SELECT %s, 'x', id FROM parks", [f"E{n}"])
    barrier, sent = threading.Barrier(8), []

    def run() -> None:
        with closing(open_connection(database_url)) as own:
            barrier.wait()
            sent.append(send_digests(own, EIGHT, TIMEZONE))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == len(told(connection)) == 6


def test_one_that_fails_stops_no_other(bench: Bench, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("D", "F"):
        connection.execute("INSERT INTO enterprises (code, name, park_id) SELECT %s, 'x', id FROM parks", [code])

    def load_but_e(rows: Connection, enterprise: str, *rest: Any) -> Facts:
        if enterprise == "E":
            rows.execute("SET LOCAL statement_timeout = 1")
            rows.execute("SELECT pg_sleep(10)")
        return load(rows, enterprise, *rest)

    monkeypatch.setattr("alerts.digest.send.load", load_but_e)
    with pytest.raises(OperationalError, match="statement timeout"):
        send_digests(connection, EIGHT, TIMEZONE)
    assert len(told(connection)) == 2
    monkeypatch.undo()
    assert send_digests(connection, EIGHT, TIMEZONE) == 1


def test_hours_that_wait_are_waited_for_but_not_for_ever(bench: Bench, connection: Connection, outlet: int) -> None:
    bench.send(outlet, minutes(range(24)), now=EIGHT)
    assert send_digests(connection, EIGHT + 59 * MINUTE, TIMEZONE) == 0
    assert send_digests(connection, EIGHT + HOUR, TIMEZONE) == 1
    (text,) = connection.execute("SELECT payload ->> 'text' FROM outbox WHERE channel = 'log'").fetchone() or ("",)
    assert "尚有 24 个点位小时待计算" in text


def test_a_full_channel_delays_no_other_and_is_told_when_there_is_room(bench: Bench, connection: Connection) -> None:
    replace_policy(connection, {"digest": {"channels": ["webhook:full", "log"]}})
    fill = "INSERT INTO outbox (channel, payload) SELECT 'webhook:full', '{}' FROM generate_series(1, 1000)"
    connection.execute(fill)
    assert send_digests(connection, EIGHT, TIMEZONE) == 1
    connection.execute("UPDATE outbox SET delivered_at = now() WHERE id IN (SELECT min(id) FROM outbox)")
    assert send_digests(connection, EIGHT + MINUTE, TIMEZONE) == 1
    assert told(connection) == [("log", "2026-10-02"), ("webhook:full", "2026-10-02")]


def test_the_log_takes_a_digest(bench: Bench, connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    send_digests(connection, EIGHT, TIMEZONE)
    assert deliver(connection, "log", LogChannel(), EIGHT) == 1
    assert "【每日简报】企业(E)2026-10-02; 尚未收到任何读数" in caplog.text


def test_when_a_digest_is_due() -> None:
    eight = dt.time(8)
    assert newest_due(EIGHT, eight, TIMEZONE) == DAY
    assert newest_due(EIGHT - MINUTE, eight, TIMEZONE) == DAY - ONE_DAY
    assert newest_due(EIGHT.astimezone(dt.UTC), eight, TIMEZONE) == DAY
    assert due_since(DAY, eight, TIMEZONE) == EIGHT


@given(at=st.times(), now=st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)))  # noqa: DTZ001
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_is_due_has_come_and_the_next_has_not(at: dt.time, now: dt.datetime) -> None:
    moment = now.replace(tzinfo=TIMEZONE)
    day = newest_due(moment, at, TIMEZONE)
    assert due_since(day, at, TIMEZONE) <= moment < due_since(day + ONE_DAY, at, TIMEZONE)


def test_a_month_can_be_corrected_for_some_days_or_until_it_is_closed() -> None:
    october = dt.date(2026, 10, 1)
    assert month_window(october, 5, None, TIMEZONE) == dt.datetime(2026, 11, 6, tzinfo=TIMEZONE)
    assert month_window(october, 0, None, TIMEZONE) == dt.datetime(2026, 11, 1, tzinfo=TIMEZONE)
    closed = dt.datetime(2026, 11, 2, tzinfo=TIMEZONE)
    assert month_window(october, 5, closed, TIMEZONE) == closed
    assert month_window(october, 5, closed + 30 * ONE_DAY, TIMEZONE) == dt.datetime(2026, 11, 6, tzinfo=TIMEZONE)


@pytest.mark.parametrize(("body", "said"), [({"correction_days": 40}, "<= 27"), ({"at": "8:00"}, "digest.at")])
def test_a_wrong_policy_names_its_field(body: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_policy({"digest": body})
    assert parse_policy({"digest": {"correction_days": 10}}).correction_days == 10
    assert Policy().correction_days == 5


def _enterprise_id(connection: Connection) -> int:
    row = connection.execute("SELECT id FROM enterprises").fetchone()
    assert row
    return int(row[0])
