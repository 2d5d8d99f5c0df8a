"""The expander answers as Grafana does, its oddities included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.dashboards.macros import UnknownMacro, Window, expand, interpolate

WINDOW = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, 3, 4, 5, 600_000, UTC), "2m", timescaledb=True)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("$__timeFilter(r.ts)", "r.ts BETWEEN '2026-10-01T00:00:00Z' AND '2026-10-02T03:04:05.6Z'"),
        ("$__timeTo()", "'2026-10-02T03:04:05.6Z'"),
        ("$__timeGroupAlias(ts, $__interval, NULL)", "time_bucket('120.000s',ts) AS \"time\""),
        ("SELECT $__timeGroup(ts,1h), 1", "SELECT time_bucket('3600.000s',ts) AS \"time\", 1"),
        ("$__interval_ms", "120000"),
        ("a -- not $__sent()\nb", "a \nb"),
    ],
)
def test_macros(written: str, sent: str) -> None:
    assert expand(written, WINDOW) == sent


def test_a_nested_call_is_broken_as_it_is_in_grafana() -> None:
    assert expand("$__timeFilter(date_trunc('hour', ts))", WINDOW).startswith("date_trunc('hour' BETWEEN")


def test_variables_are_quoted() -> None:
    variables: dict[str, str | list[str]] = {"one": "O'Hara", "all": ["a", "b"], "none": []}
    written = "${one:sqlstring} (${all:sqlstring}) [${none:sqlstring}]"
    assert interpolate(written, variables) == "'O''Hara' ('a','b') []"


@pytest.mark.parametrize("sql", ["$__month(ts)", "$__timeGroup(ts,1M)"])
def test_what_grafana_refuses(sql: str) -> None:
    with pytest.raises(UnknownMacro):
        expand(sql, WINDOW)
