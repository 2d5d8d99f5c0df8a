"""From notices to messages: groups, silences, mutes, flapping, repeats, escalation, late episodes, full queues."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from alerts.dispatch import dispatch
from alerts.holding import Held
from schemas.errors import InvalidInput
from schemas.notifications import Mute, parse_matchers, parse_policy
from storage.connect import Connection
from storage.notifications import replace_policy
from tests.alerts.bench import DAY, TIMEZONE, Bench, at

T = DAY + dt.timedelta(hours=10)  # of the first reading
SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


def messages(bench: Bench, channel: str = "log") -> list[dict[str, Any]]:
    rows = bench.connection.execute("SELECT payload FROM outbox WHERE channel = %s ORDER BY id", [channel]).fetchall()
    return [dict(payload) for (payload,) in rows]


def told(bench: Bench, channel: str = "log") -> list[tuple[str, int]]:
    return [(message["state"], len(message["alerts"])) for message in messages(bench, channel)]


def policy(bench: Bench, **body: Any) -> None:
    parse_policy(body)
    replace_policy(bench.connection, body)


def silence(bench: Bench, *matchers: str, until: dt.datetime = T + HOUR) -> None:
    bench.connection.execute(
        "INSERT INTO silences (matchers, from_ts, to_ts, author, comment, declared_by)"
        " VALUES (%s, %s, %s, 'a', 'c', 'd')",
        [list(matchers), T - HOUR, until],
    )


def held_of(bench: Bench) -> list[str | None]:
    return [held for (held,) in bench.connection.execute("SELECT held FROM notifications ORDER BY alert_id").fetchall()]


def fire(bench: Bench, points: int = 1, minute: int = 0, now: dt.datetime = T) -> list[int]:
    ids = [bench.point(f"V{n}") for n in range(points)]
    for point_id in ids:
        bench.send(point_id, [(at("10:00") + minute * 60_000_000, 90.0, "N")], now=now)
    return ids


def test_alerts_of_a_group_go_out_together_after_the_wait(bench: Bench) -> None:
    bench.rules({"above": 80})
    fire(bench, 3)
    assert bench.dispatch(T) == 0
    assert bench.dispatch(T + 4 * SECOND) == 0
    assert bench.dispatch(T + 5 * SECOND) == 1
    assert told(bench) == [("firing", 3)]
    assert messages(bench)[0]["group"] == {"rule": "r", "enterprise": "E"}
    assert bench.dispatch(T + HOUR) == 0


def test_another_label_makes_another_group(bench: Bench) -> None:
    policy(bench, group_by=["point"])
    bench.rules({"above": 80})
    fire(bench, 3)
    bench.dispatch(T)
    assert bench.dispatch(T + 5 * SECOND) == 3


def test_more_of_a_group_waits_for_the_interval(bench: Bench) -> None:
    bench.rules({"above": 80})
    (point_id,) = fire(bench)
    bench.dispatch(T)
    bench.dispatch(T + 5 * SECOND)
    bench.send(point_id, [(at("10:00:10"), 50.0, "N")], now=T + 10 * SECOND)
    bench.dispatch(T + 10 * SECOND)
    assert bench.dispatch(T + 60 * SECOND) == 0
    assert bench.dispatch(T + 65 * SECOND) == 1
    assert told(bench) == [("firing", 1), ("resolved", 1)]


def test_what_was_over_before_it_could_be_told_is_told_once(bench: Bench) -> None:
    bench.rules({"above": 80})
    point_id = bench.point("V01")
    bench.send(point_id, [(at("10:00"), 90.0, "N"), (at("10:01"), 50.0, "N")], now=T)
    bench.dispatch(T)
    bench.dispatch(T + 5 * SECOND)
    assert told(bench) == [("resolved", 1)]


def test_what_was_withdrawn_before_it_could_be_told_is_not_told(bench: Bench) -> None:
    bench.rules({"above": 80})
    (point_id,) = fire(bench)
    bench.send(point_id, [(at("10:00"), 50.0, "N")], now=T)
    bench.dispatch(T)
    assert bench.dispatch(T + 5 * SECOND) == 0
    assert bench.dispatch(T + HOUR) == 0


def test_firing_repeats_until_somebody_takes_note(bench: Bench) -> None:
    bench.rules({"above": 80})
    fire(bench)
    bench.dispatch(T)
    bench.dispatch(T + 5 * SECOND)
    assert bench.dispatch(T + 3 * HOUR) == 0
    assert bench.dispatch(T + 4 * HOUR + 5 * SECOND) == 1
    bench.connection.execute("UPDATE alerts SET acknowledged_by = 'x'")
    assert bench.dispatch(T + 9 * HOUR) == 0
    assert told(bench) == [("firing", 1), ("firing", 1)]


def test_a_silence_holds_back_what_it_matches_and_no_more(bench: Bench) -> None:
    policy(bench, group_by=["point"])
    bench.rules({"above": 80})
    silence(bench, "rule=r", "point=~E/V[01]")
    fire(bench, 3)
    bench.dispatch(T)
    bench.dispatch(T + 5 * SECOND)
    assert [message["point"] for message in messages(bench)] == ["E/V2"]
    assert held_of(bench) == [Held.SILENCED, Held.SILENCED, None]


def test_what_still_fires_when_a_silence_ends_is_told(bench: Bench) -> None:
    bench.rules({"above": 80})
    silence(bench, "enterprise=E", until=T + 10 * MINUTE)
    fire(bench)
    for minute in range(10):
        assert bench.dispatch(T + minute * MINUTE + 6 * SECOND) == 0
    assert bench.dispatch(T + 11 * MINUTE + 6 * SECOND) == 1


def test_what_ended_during_a_silence_is_not_told(bench: Bench) -> None:
    bench.rules({"above": 80})
    silence(bench, "enterprise=E", until=T + 10 * MINUTE)
    (point_id,) = fire(bench)
    bench.dispatch(T)
    bench.dispatch(T + 5 * SECOND)
    bench.send(point_id, [(at("10:05"), 50.0, "N")], now=T + 5 * MINUTE)
    bench.dispatch(T + 5 * MINUTE)
    for minute in range(6, 20):
        assert bench.dispatch(T + minute * MINUTE) == 0


def test_mutes_hold_back_by_the_time_of_the_week(bench: Bench) -> None:
    policy(bench, mutes=[{"name": "evening", "active": "18:00-19:00", "matchers": ["severity=warning"]}])
    bench.rules({"above": 80})  # 10:00 UTC is 18:00 in Shanghai
    fire(bench)
    bench.dispatch(T)
    assert bench.dispatch(T + 5 * SECOND) == 0
    assert held_of(bench) == [Held.MUTED]
    assert bench.dispatch(T + HOUR + MINUTE) == 1


@pytest.mark.parametrize(
    ("day", "hour", "holds"), [(2, 23, True), (3, 5, True), (3, 6, False), (3, 23, False), (2, 21, False)]
)
def test_a_mute_over_midnight_belongs_to_the_day_it_begins(day: int, hour: int, *, holds: bool) -> None:
    (mute,) = parse_policy({"mutes": [{"name": "n", "active": "22:00-06:00", "days": ["fri"]}]}).mutes
    assert isinstance(mute, Mute)
    assert mute.holds(dt.datetime(2026, 10, day, hour, tzinfo=TIMEZONE)) is holds  # the second is a Friday


def test_flapping_is_told_a_few_times_and_then_held_back(bench: Bench) -> None:
    policy(bench, group_interval="1s", flapping={"times": 3, "within": "1h"})
    bench.rules({"above": 80})
    point_id = bench.point("V01")
    for n in range(6):
        for minute, value in ((2 * n, 90.0), (2 * n + 1, 50.0)):
            now = T + minute * MINUTE
            bench.send(point_id, [(at("10:00") + minute * 60_000_000, value, "N")], now=now)
            bench.dispatch(now)
            bench.dispatch(now + 6 * SECOND)
    assert told(bench) == [("firing", 1), ("resolved", 1)] * 3
    assert "反复报警" in messages(bench)[4]["text"]
    assert held_of(bench)[3:] == [Held.FLAPPING] * 3


def test_old_episodes_are_summed_up_in_one_line(bench: Bench) -> None:
    bench.rules({"above": 80})
    for n in range(40):
        point_id = bench.point(f"V{n}")
        rows = [(at("10:00") + m * 60_000_000, 90.0 if m % 2 else 50.0, "N") for m in range(20)]
        bench.send(point_id, rows, now=T + 5 * HOUR)
        bench.dispatch(T + 5 * HOUR + n * SECOND)
    assert len(bench.alerts()) == 400
    assert bench.dispatch(T + 5 * HOUR + 90 * SECOND) == 0
    assert bench.dispatch(T + 5 * HOUR + 100 * SECOND) == 1
    assert bench.dispatch(T + 9 * HOUR) == 0
    (message,) = messages(bench)
    assert (message["count"], message["late"]) == (400, True)
    assert "\n" not in message["text"]
    assert "400 条往期报警(40 条仍未结束)" in message["text"]


def test_an_old_episode_that_still_goes_on_is_told_at_once(bench: Bench) -> None:
    bench.rules({"above": 80})
    point_id = bench.point("V01")
    bench.send(point_id, [(at("10:00"), 90.0, "N"), (at("15:00"), 90.0, "N")], now=T + 5 * HOUR)
    bench.dispatch(T + 5 * HOUR)
    assert bench.dispatch(T + 5 * HOUR + 5 * SECOND) == 1


def test_nobody_acknowledges_and_more_people_are_told(bench: Bench) -> None:
    steps = [{"after": "30min", "channels": ["webhook:chief"], "matchers": ["rule=r"]}]
    policy(bench, escalation=steps)
    bench.rules({"above": 80}, {"code": "other", "above": 80})
    fire(bench)
    bench.connection.execute("UPDATE alerts SET created_at = %s", [T])
    bench.dispatch(T + 29 * MINUTE)
    assert messages(bench, "webhook:chief") == []
    bench.dispatch(T + 30 * MINUTE)
    bench.dispatch(T + 31 * MINUTE)
    (message,) = messages(bench, "webhook:chief")
    assert "1 条报警 30 分钟内无人确认" in message["text"]


def test_an_acknowledged_alert_is_not_escalated(bench: Bench) -> None:
    policy(bench, escalation=[{"after": "30min", "channels": ["webhook:chief"]}])
    bench.rules({"above": 80})
    fire(bench)
    bench.connection.execute("UPDATE alerts SET created_at = %s, acknowledged_by = 'x'", [T])
    bench.dispatch(T + HOUR)
    assert messages(bench, "webhook:chief") == []


def test_a_full_queue_puts_more_together_and_leaves_other_channels_alone(bench: Bench) -> None:
    policy(bench, group_by=["point"])
    bench.rules({"above": 80, "channels": ["webhook:dead", "log"]})
    fire(bench, 10)
    bench.dispatch(T)
    bench.connection.execute(
        "INSERT INTO outbox (channel, payload) SELECT 'webhook:dead', '{}' FROM generate_series(1, 7)"
    )
    bench.dispatch(T + 5 * SECOND, queue_bound=10)
    assert len(messages(bench, "webhook:dead")) == 10
    assert len(messages(bench)) == 10
    assert held_of(bench).count(Held.QUEUE_FULL) == 7
    bench.connection.execute("UPDATE outbox SET delivered_at = now() WHERE channel = 'webhook:dead'")
    bench.dispatch(T + 2 * MINUTE, queue_bound=10)
    assert len(messages(bench, "webhook:dead")) == 17


def test_a_round_that_dies_has_done_nothing_and_is_done_again(bench: Bench, connection: Connection) -> None:
    bench.rules({"above": 80})
    fire(bench, 2)
    bench.dispatch(T)
    with connection.transaction(force_rollback=True):
        assert dispatch(connection, T + 5 * SECOND, TIMEZONE) == 1
    assert told(bench) == []
    assert bench.dispatch(T + 5 * SECOND) == 1
    assert told(bench) == [("firing", 2)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"group_bye": []}, "notifications: .*group_bye"),
        ({"group_by": ["colour"]}, r"notifications.group_by.0.: 'colour' is no label"),
        ({"group_wait": "soon"}, "notifications.group_wait: 'soon' is not a duration"),
        ({"mutes": [{"name": "n", "days": ["monday"]}]}, r"notifications.mutes.0..days.0.: 'monday' is none of"),
        ({"mutes": [{"name": "n", "matchers": ["rule"]}]}, r"mutes.0..matchers.0.: 'rule' is no matcher"),
        ({"escalation": [{"after": "1h", "channels": ["sms"]}]}, r"escalation.0..channels.0.: 'sms' is no channel"),
        ({"flapping": {"times": 1}}, r"notifications.flapping.times: Expected `int` >= 2"),
    ],
)
def test_a_wrong_policy_names_its_field(body: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_policy(body)


def test_matchers() -> None:
    labels = {"rule": "nmhc-hour", "severity": "critical"}
    right = ["rule=nmhc-hour", "severity!=info", "rule=~nmhc-.*", "severity!~info|warning", "park=", "rule =~ n.*r "]
    assert all(matcher.matches(labels) for matcher in parse_matchers(right))
    wrong = ["rule=nmhc", "severity!=critical", "rule=~nmhc", "severity!~critical|info", "park=P"]
    assert not any(matcher.matches(labels) for matcher in parse_matchers(wrong))
    with pytest.raises(InvalidInput, match=r"matchers.0.: '\(' is no regular expression"):
        parse_matchers(["rule=~("])


def test_groups_of_a_full_channel_stand_behind_those_of_others(bench: Bench) -> None:
    """However many of them are due, the others are told in the same round."""
    policy(bench, group_by=["point"])
    bench.rules({"above": 80})
    fire(bench)
    bench.dispatch(T)
    bench.connection.execute(
        "INSERT INTO notification_groups (channel, key, labels, first_at, due_at)"
        " SELECT 'webhook:dead', n::text, '{}', %(at)s, %(at)s FROM generate_series(1, 2000) n",
        {"at": T - HOUR},
    )
    bench.connection.execute(
        "INSERT INTO outbox (channel, payload) SELECT 'webhook:dead', '{}' FROM generate_series(1, 10)"
    )
    assert bench.dispatch(T + 5 * SECOND, queue_bound=10) == 1
    assert told(bench) == [("firing", 1)]
    looked_at = "SELECT count(*) FROM notification_groups WHERE channel = 'webhook:dead' AND due_at IS DISTINCT FROM %s"
    assert bench.connection.execute(looked_at, [T - HOUR]).fetchone() == (50,)
