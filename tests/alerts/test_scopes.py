"""Alerts on shares and budgets on a real database: kills, gaps, notifications, texts, evidence, and figures to date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounting.periods import start_of
from alerts.dispatch import dispatch
from alerts.seal import bundle_of
from ingest.outbox import topic_of
from parkwatch.jobs import compute_accounts
from storage.connect import Connection
from tests.alerts.account_bench import HOUR, ZONE, AccountBench, clock, day_of

BUDGET: dict[str, Any] = {"statistic": "budget", "above": 100, "unit": "MWh"}
SHARE: dict[str, Any] = {"statistic": "share", "below": 34, "unit": "%"}
IMPORT, SOLAR = {"role": "grid_import", "capacity": 5000}, {"role": "onsite_solar", "capacity": 5000}


@pytest.fixture
def bench(connection: Connection) -> AccountBench:
    """Two enterprises of a park, with grid import and solar."""
    made = AccountBench(connection)
    made.park({"A": "P", "B": "P"}, {"A/E01": IMPORT, "A/S01": SOLAR, "B/E01": IMPORT})
    return made


def test_a_kill_in_the_middle_leaves_nothing_and_the_next_run_leaves_the_same(
    bench: AccountBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.rules(BUDGET)
    bench.facts("A/E01", "10-01..10-05", 1000)
    judge = bench.judge

    def killed(*arguments: Any) -> None:
        judge(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "judge", killed)
    with pytest.raises(KeyboardInterrupt):
        bench.compute(clock("10-06"))
    assert bench.alerts() == []
    assert bench.notices() == []
    assert bench.connection.execute("SELECT count(*) FROM green_power").fetchone() == (0,)
    monkeypatch.setattr(bench, "judge", judge)
    bench.compute(clock("10-06"))
    assert [alert["state"] for alert in bench.alerts()] == ["firing"]
    assert bench.notices() == [("enterprise:A", "firing")]


def test_a_restatement_that_is_not_applied_judges_nothing(bench: AccountBench) -> None:
    """The accounts of a closed month are made in a transaction that is undone."""
    bench.rules(BUDGET)
    bench.facts("A/E01", "10-01..11-01", 100)
    bench.compute(clock("11-02"))
    bench.close("2026-10", clock("11-02"))
    bench.facts("A/E01", "10-05", 4000)
    bench.compute(clock("11-02 09:00"))
    assert bench.alerts() == []
    bench.restate("2026-10")
    bench.compute(clock("11-02 10:00"))
    (alert,) = bench.alerts()
    assert (alert["state"], alert["period"], alert["late"]) == ("resolved", "2026-10", True)


@pytest.mark.parametrize("span", ["month", "year"])
def test_a_figure_to_date_is_the_account_at_the_end_of_its_period(bench: AccountBench, span: str) -> None:
    """With gaps inside the month and the year, papers, export of hours: bit by bit but for the order of sums."""
    amounts = ("policy_share", "physical_share", "hourly_matched_share")
    bench.rules(
        *({"code": name, **SHARE, "span": span, "amount": name, "scope": ["city", "enterprise:A"]} for name in amounts),
        {"code": "consumption_kwh", "statistic": "budget", "above": 1, "span": span, "scope": ["city", "enterprise:A"]},
    )
    bench.facts("A/E01", "09-01..10-31", 700)
    bench.facts("A/S01", "09-01..10-31", 250)
    bench.facts("B/E01", "09-01..10-31", 300)
    gap(bench, "A/E01", "09-10 06:00", "09-12 06:00", 30_000)
    gap(bench, "B/E01", "09-30 06:00", "10-01 06:00", 7_000)
    bench.certificate("GEC-1", "A", 50, "2026-10-03")
    bench.compute(clock("11-01"))
    period, grain = ("2026-10", "month") if span == "month" else ("2026", "year")
    for scope in ("city", "enterprise:A"):
        for name in (*amounts, "consumption_kwh"):
            value, low, high, coverage = figure(bench, scope, period, name)
            row = account(bench, scope, grain)
            scale = 1 if name == "consumption_kwh" else 100
            assert value == pytest.approx(row[name] * scale, rel=1e-12), (scope, name)
            assert coverage == pytest.approx(row["coverage"])
            assert low <= value <= high
            if name == "policy_share":
                assert (low, high) == pytest.approx((row["share_low"] * 100, row["share_high"] * 100), rel=1e-9)


def test_a_day_that_ends_inside_a_gap_is_open_to_what_the_gap_may_hold(bench: AccountBench) -> None:
    """Energy that only a later register tells is in no earlier day: the share there is not certain."""
    bench.rules(SHARE | {"below": 22})
    bench.facts("A/E01", "10-01..10-06", 800)
    bench.facts("A/S01", "10-01..10-06", 200)
    gap(bench, "A/S01", "10-01 12:00", "10-03 12:00", 48 * 200)
    bench.compute(clock("10-07"))
    (alert,) = bench.alerts()
    assert alert["opened_at"] == start_of(day_of("10-04"), ZONE).astimezone(dt.UTC).isoformat()


def test_what_people_are_told(bench: AccountBench) -> None:
    bench.rules(
        {"code": "green", **SHARE, "scope": ["city", "park:P", "enterprise:A"], "clause": "plan 3"},
        {"code": "budget", **BUDGET},
    )
    bench.facts("A/E01", "10-01..10-06", 800)
    bench.facts("A/S01", "10-01..10-06", 200)
    bench.facts("B/E01", "10-01..10-06", 1000)
    bench.compute(clock("10-07"))
    texts = {text.split(",")[0]: text for text in bench.texts()}
    assert texts["【报警】全市 2026年10月累计绿电占比低于目标"] == (
        "【报警】全市 2026年10月累计绿电占比低于目标,10%(区间 10% 至 10%,数据覆盖率 100.0%),限值 34%,"
        "截至 2026-10-06 24:00,核算规则 wuhai-plan@1,依据 plan 3,按规则核算,未经核查"
    )
    assert texts["【报警】企业A 2026年10月累计用电量超过预算"] == (
        "【报警】企业A 2026年10月累计用电量超过预算,144 MWh(缺数未计入,数据覆盖率 100.0%),预算 100 MWh,"
        "截至 2026-10-06 24:00,核算规则 wuhai-plan@1,按规则核算,未经核查"
    )
    payloads = [row[0] for row in bench.connection.execute("SELECT payload FROM outbox").fetchall()]
    topics = {payload["scope"]: topic_of("pw/v1", payload) for payload in payloads}
    assert topics["enterprise:A"] == "pw/v1/alerts/P/A"
    assert topics["park:P"] == "pw/v1/alerts/P/-"
    assert topics["city"] == "pw/v1/alerts/-/-"
    assert {payload["point"] for payload in payloads} == {None}
    labels = {row[0]["scope"]: row[0] for row in bench.connection.execute("SELECT labels FROM alert_labels").fetchall()}
    assert labels["enterprise:A"]["enterprise"] == "A"
    assert labels["enterprise:A"]["park"] == labels["park:P"]["park"] == "P"
    assert "park" not in labels["city"]
    for wait in (0, 120):
        dispatch(bench.connection, clock("10-07") + dt.timedelta(seconds=wait), ZONE)
    messages = bench.connection.execute("SELECT payload ->> 'late' FROM outbox WHERE channel = 'log'").fetchall()
    assert messages
    assert {late for (late,) in messages} == {"false"}, "a figure of yesterday that is made today is no old news"


def test_the_evidence_names_figures_rule_factors_and_papers(bench: AccountBench) -> None:
    bench.rules(
        {"code": "green", **SHARE, "accounting": "physical-only"},
        {"code": "carbon", "statistic": "budget", "amount": "scope2_location_kg", "above": 20, "unit": "t"},
    )
    bench.facts("A/E01", "10-01..10-06", 800)
    bench.facts("A/S01", "10-01..10-06", 200)
    bench.certificate("GEC-1", "A", 1, "2026-10-02")
    bench.compute(clock("10-07"))
    carbon, green = (bundle_of(bench.connection, alert["id"]) for alert in bench.alerts())
    assert green["judgement"]["account"]["accounting_rule"] == "physical-only@1"
    assert green["judgement"]["account"]["newest"]["coverage"] == 1
    (account,) = green["accounts"]
    assert (account["subject"], account["scope"], account["grain"]) == ("green_power", "enterprise:A", "month")
    assert account["used"]["instruments"][0]["id"] == "GEC-1"
    (account,) = carbon["accounts"]
    assert account["lines"][0]["factor_id"]
    assert carbon["alert"]["value"] == pytest.approx(account["scope2_location_kg"] / 1000)


def test_another_process_that_judges_at_once_leaves_one_alert(bench: AccountBench) -> None:
    """A recomputation by hand beside the schedule: each period and scope has one alert that stands."""
    bench.rules(BUDGET)
    bench.facts("A/E01", "10-01..10-05", 1000)
    bench.compute(clock("10-06"))
    other = AccountBench(bench.connection)
    compute_accounts.recompute(
        bench.connection, "city", day_of("10-01"), day_of("10-01"), clock("10-06 01:00"), ZONE.key, judge=other.judge
    )
    assert len(bench.alerts()) == 1
    assert bench.notices() == [("enterprise:A", "firing")]


def gap(bench: AccountBench, address: str, begin: str, end: str, amount: float) -> None:
    """A counter that was not heard for a while: its hours are empty, and the energy is known across them."""
    point_id, first, last = bench.points[address], clock(begin), clock(end)
    bench.connection.execute(
        "DELETE FROM hourly_facts WHERE point_id = %s AND hour >= %s AND hour < %s", [point_id, first, last]
    )
    bench.connection.execute(
        "INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, amount, in_hours, rule)"
        " VALUES (%s, %s, %s, 'gap', %s, false, 'gap')",
        [point_id, first, last, amount],
    )
    for i in range((last - first) // HOUR + 1):
        bench.mark((first + i * HOUR).astimezone(ZONE).date())


def figure(bench: AccountBench, scope: str, period: str, rule: str) -> tuple[float, float, float, float]:
    row = bench.connection.execute(
        "SELECT detail -> 'figure' FROM scope_states WHERE rule = %s AND scope = %s AND period = %s",
        [rule, scope, period],
    ).fetchone()
    assert row is not None
    return row[0]["value"], row[0]["low"], row[0]["high"], row[0]["coverage"]


def account(bench: AccountBench, scope: str, grain: str) -> dict[str, Any]:
    row = bench.connection.execute(
        "SELECT to_jsonb(g) FROM green_power g WHERE scope = %s AND grain = %s AND rule = 'wuhai-plan@1'"
        " ORDER BY starts_at DESC LIMIT 1",
        [scope, grain],
    ).fetchone()
    assert row is not None
    return dict(row[0])
