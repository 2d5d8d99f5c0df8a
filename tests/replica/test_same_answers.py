"""Whatever reads, reads the same from the standby as from the primary, and nothing of it tries to write."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from psycopg.abc import Query

from api.access import ACCESS
from schemas.access import AccessRole, Caller
from storage.access import SEES_ALL, acting_as, ensure_enterprise_role, enterprise_role
from storage.connect import Connection, open_connection
from storage.queries import FOLDER
from storage.readers import put_reader
from tests.api.park import serving, wait_until
from tests.dashboards.boards import queries
from tests.dashboards.macros import Window, expand, interpolate
from tests.dashboards.test_queries import PASSWORD, login_url
from tests.engines.answers import CARBON_RULE, GREEN_RULE, depends_on_the_moment, parameters_of, reads_views
from tests.engines.days import NOW, START
from tests.replica.conftest import PATIENT_S, reads
from tests.standby import Pair

SPAN = {"from": START.isoformat(), "to": NOW.isoformat()}
MONTH = {"period": "2026-10"}
DAY = {"from": START.isoformat(), "to": (START + dt.timedelta(days=1)).isoformat()}
QUERIES: dict[str, dict[str, str]] = {
    "/readings": {"point": "ENT01/E01", "step": "15m"} | SPAN,
    "/hours": {"point": "ENT01/E01"} | SPAN,
    "/hours/compared": SPAN,
    "/treatment": SPAN,
    "/wind-rose": {"point": "ENT08/V01"} | SPAN,
    "/green-power": MONTH | {"by": "day"},
    "/carbon": MONTH,
    "/energy-use": MONTH,
    "/ledger": {"day": "2026-10-02"},
    "/rejected": {"from": "2026-09-01T00:00:00Z", "to": "2027-09-01T00:00:00Z"},
    "/enterprises/{enterprise}/transmission": {"month": "2026-10"},
    "/exports": DAY,
    "/reports/{month}": {"scope": "city"},
}
PLACES = {"enterprise": "ENT01", "month": "2026-10"}
NOT_HERE = {"/alerts/{alert_id}/evidence/verify", "/alerts/{alert_id}/sources"}  # no seal yet, no fence
NOTHING_YET = {"/silences/{silence_id}", "/marks/{mark_id}", "/imports/{import_id}", "/periods/{month}"}
GETS = sorted(path for method, path in ACCESS if method == "GET" and path not in {"/live", *NOTHING_YET})
READING = [file for file in sorted(FOLDER.glob("*.sql")) if reads_views(file.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def ends(filled: Pair, headers: dict[str, str]) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """The API over the primary alone, and over both."""
    url, standby = filled.primary.url, filled.standby.url
    with (
        serving(url) as alone,
        serving(url, read_url=standby, read_wait_s=PATIENT_S) as both,
        httpx.Client(base_url=f"{alone}/api/v1", headers=headers, timeout=60) as first,
        httpx.Client(base_url=f"{both}/api/v1", headers=headers, timeout=60) as second,
    ):
        yield first, second


@pytest.fixture(scope="module")
def standby(filled: Pair) -> Iterator[Connection]:
    with closing(open_connection(filled.standby.url)) as connection:
        yield connection


def place(client: httpx.Client, path: str) -> str:
    """A path with its blanks filled by something that is there."""
    found = dict(PLACES)
    if "{alert_id}" in path:
        found["alert_id"] = str(client.get("/exceedances").json()["items"][0]["id"])
    if "{code}" in path:
        found["code"] = client.get("/rules").json()["items"][0]["code"]
    return re.sub(r"\{(\w+)\}", lambda blank: found[blank[1]], path)


@pytest.mark.parametrize("path", GETS)
def test_every_route(ends: tuple[httpx.Client, httpx.Client], path: str) -> None:
    before = reads(ends[1])
    target = place(ends[0], path)
    alone, both = (client.get(target, params=QUERIES.get(path, {})) for client in ends)
    after = reads(ends[1])
    assert alone.status_code == both.status_code
    assert (alone.status_code == 200) == (path not in NOT_HERE), alone.text
    assert after["current"] - before["current"] == (path != "/me"), "the replica answered"
    assert {**after, "current": 0} == {**before, "current": 0}
    if both.headers["Content-Type"].startswith("application/json"):
        assert without_the_clock(both.json()) == without_the_clock(alone.json())
    else:
        assert len(both.content) == len(alone.content)


def without_the_clock(answer: Any) -> Any:
    return {key: value for key, value in answer.items() if key != "now"}


@pytest.mark.parametrize("kind", ["readings", "hours"])
def test_exports_are_the_same_bytes(ends: tuple[httpx.Client, httpx.Client], kind: str) -> None:
    alone, both = (client.get("/exports", params=DAY | {"kind": kind}).content for client in ends)
    assert len(alone) > 10_000
    assert alone == both


def test_a_back_test_runs_on_the_replica(ends: tuple[httpx.Client, httpx.Client]) -> None:
    rule = {
        "code": "trial", "kind": "warning", "points": {"role": "stack"}, "statistic": "reading", "above": 1,
        "severity": "warning",
    }  # fmt: skip
    before = reads(ends[1])["current"]
    alone, both = (client.post("/rules/backtest", params=SPAN, json=rule) for client in ends)
    assert alone.status_code == both.status_code == 200, alone.text
    assert {**alone.json(), "took_s": 0} == {**both.json(), "took_s": 0}
    assert reads(ends[1])["current"] == before + 1


@pytest.mark.parametrize("file", READING, ids=lambda file: file.stem)
def test_every_query_of_the_visible_views(filled: Pair, standby: Connection, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    caller = Caller(0, AccessRole.ADMIN, None, SEES_ALL)
    with closing(open_connection(filled.primary.url)) as primary:
        answers = []
        for connection in (primary, standby):
            with acting_as(connection, caller) as rows:
                answers.append(rows.execute(text, parameters_of(file)).fetchall())
    assert depends_on_the_moment(text) or answers[0] == answers[1]


def test_an_enterprise_sees_its_own_rows_only(filled: Pair, standby: Connection) -> None:
    with closing(open_connection(filled.primary.url)) as primary:
        row = primary.execute("SELECT id FROM enterprises WHERE code = 'ENT02'").fetchone()
        assert row is not None
        role = ensure_enterprise_role(primary, row[0])
    known = "SELECT FROM role_scopes WHERE role_name = %s"
    wait_until(lambda: standby.execute(known, [role]).fetchone() is not None)
    caller = Caller(0, AccessRole.ENTERPRISE, "ENT02", enterprise_role(row[0]))
    with acting_as(standby, caller) as rows:
        assert rows.execute("SELECT DISTINCT enterprise FROM visible.points").fetchall() == [("ENT02",)]
        counted = rows.execute("SELECT count(*) FROM visible.readings").fetchone()
        assert counted is not None
        assert counted[0] > 1000
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows.execute("SELECT FROM public.readings")


VARIABLES: dict[str, str | list[str]] = {
    "scope": "city", "green_rule": GREEN_RULE, "carbon_rule": CARBON_RULE, "enterprise": ["ENT01", "ENT08"],
    "quantity": "a24088",
}  # fmt: skip


def test_every_dashboard_with_grafanas_login(filled: Pair, standby: Connection) -> None:
    with closing(open_connection(filled.primary.url)) as primary:
        put_reader(primary, "grafana", PASSWORD)
        known = "SELECT FROM role_scopes WHERE role_name = 'grafana'"
        wait_until(lambda: standby.execute(known).fetchone() is not None)
        urls = [login_url(url, "grafana") for url in (filled.primary.url, filled.standby.url)]
        with psycopg.connect(urls[0], autocommit=True) as first, psycopg.connect(urls[1], autocommit=True) as second:
            for query in queries():
                sql = expand(interpolate(query.sql, VARIABLES), Window(START, NOW, "1h"))
                alone, both = (end.execute(cast("Query", sql)).fetchall() for end in (first, second))
                assert depends_on_the_moment(sql) or alone == both, query.place
