"""Back-tests by API: by those who may, at their own points, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from parkwatch.cli import cli
from storage.connect import Connection
from tests.api.park import T0, put_readings

Headers = dict[str, str]
RANGE = {"from": "2026-10-05T00:00:00+08:00", "to": "2026-10-05T01:00:00+08:00"}
RULE = {"code": "try", "kind": "warning", "points": {"role": "stack"}, "statistic": "reading", "above": 80}


@pytest.fixture
def readings(park: Connection) -> Connection:
    for enterprise, value in (("ENT01", 85.0), ("ENT02", 95.0)):
        put_readings(park, f"{enterprise}/V01", T0, [50.0, value, value, 50.0])
    return park


def test_an_enterprise_tries_a_rule_at_its_own_points(
    client: httpx.Client, readings: Connection, ent01: Headers, token: Callable[..., Headers]
) -> None:
    mine = client.post("/rules/backtest", params=RANGE, json=RULE, headers=ent01).json()
    assert [(p["point"], p["observations"]) for p in mine["points"]] == [("ENT01/V01", 4)]
    (item,) = mine["items"]
    assert (item["value"], item["seconds"], item["opened_at"]) == (85.0, 120.0, "2026-10-05T00:01:00+08:00")
    every = client.post("/rules/backtest", params=RANGE, json=RULE, headers=token("environment")).json()
    assert [p["point"] for p in every["points"]] == ["ENT01/V01", "ENT02/V01"]
    foreign = RULE | {"points": {"point": "ENT02/V01"}}
    refused = client.post("/rules/backtest", params=RANGE, json=foreign, headers=ent01)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "points")
    assert readings.execute("SELECT count(*) FROM rules").fetchone() == (0,)


def test_who_may_and_what_is_refused(client: httpx.Client, ent01: Headers, token: Callable[..., Headers]) -> None:
    assert client.post("/rules/backtest", json=RULE).status_code == 401
    for role in ("wall", "energy"):
        assert client.post("/rules/backtest", json=RULE, headers=token(role)).status_code == 403
    long = RANGE | {"from": "2020-10-05T00:00:00+08:00"}
    assert "400 days" in client.post("/rules/backtest", params=long, json=RULE, headers=ent01).text
    wrong = client.post("/rules/backtest", params=RANGE, json=RULE | {"abvoe": 3}, headers=ent01)
    assert wrong.status_code == 422
    assert "abvoe" in wrong.text


def test_on_the_command_line(
    readings: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKWATCH_DATABASE_URL", database_url)
    file = tmp_path / "try.yaml"
    file.write_text(json.dumps({"rules": [RULE, RULE | {"code": "higher", "above": 90}]}), encoding="utf-8")
    command = ["rules", "backtest", str(file), "--from", "2026-10-05", "--to", "2026-10-06"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["rule"], line["episodes"]) for line in told] == [("try", 2), ("higher", 1)]
    file.write_text("rules: []", encoding="utf-8")
    assert "holds no rule" in CliRunner().invoke(cli, command).output
