"""Acknowledge, assign, comment, close: who may, what becomes of the alert, and the trail of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from storage.connect import Connection
from tests.api.test_lists import put_alert

Headers = dict[str, str]
Make = Callable[..., Headers]
CLOSING = {"cause": "treatment_fault", "explanation": "RTO 熄火", "measure": "已停产检修并复检"}


@pytest.fixture
def bureau(token: Make) -> Headers:
    return token("environment")


def post(client: httpx.Client, alert: int, step: str, headers: Headers, body: Any = None) -> httpx.Response:
    return client.post(f"/alerts/{alert}/{step}", headers=headers, json=body)


def test_every_step_is_in_the_trail(
    client: httpx.Client, park: Connection, bureau: Headers, ent01: Headers, token: Make
) -> None:
    alert = put_alert(park)
    assert post(client, alert, "acknowledge", bureau, {"comment": "已电话核实"}).status_code == 200
    assert post(client, alert, "assign", bureau, {"to": "王工"}).json()["assigned_to"] == "王工"
    assert post(client, alert, "assign", bureau, {"to": "李工", "comment": "换班"}).status_code == 200
    assert post(client, alert, "comments", ent01, {"comment": "正在检修"}).status_code == 201
    assert post(client, alert, "close", bureau, CLOSING).status_code == 409, "it still exceeds"
    park.execute("UPDATE alerts SET state = 'resolved', resolved_at = opened_at + interval '1 hour'")
    closed = post(client, alert, "close", bureau, CLOSING).json()
    assert {name: closed[name] for name in CLOSING} == CLOSING
    assert closed["closed_at"] is not None
    assert closed["state"] == "resolved"
    assert post(client, alert, "close", bureau, CLOSING).status_code == 409, "once"
    reopened = post(client, alert, "reopen", token("admin"), {"comment": "原因有误"}).json()
    assert (reopened["closed_at"], reopened["cause"]) == (None, None)
    trail = client.get(f"/alerts/{alert}", headers=ent01).json()["events"]
    steps = [(e["event"], e["actor"].split(":")[0], e["was"], e["becomes"]) for e in trail]
    actor = trail[0]["actor"]
    assert steps == [
        ("acknowledged", "environment", None, actor),
        ("assigned", "environment", None, "王工"),
        ("assigned", "environment", "王工", "李工"),
        ("comment", "enterprise", None, None),
        ("closed", "environment", "open", "closed"),
        ("reopened", "admin", "closed", "open"),
    ]
    assert trail[4]["detail"] == CLOSING


def test_silence_that_never_resolves_can_be_closed(client: httpx.Client, park: Connection, bureau: Headers) -> None:
    alert = put_alert(park)
    park.execute("UPDATE alerts SET no_data = true")
    assert post(client, alert, "close", bureau, CLOSING).json()["state"] == "firing"


def test_who_may(client: httpx.Client, park: Connection, ent01: Headers, token: Make) -> None:
    air, energy, foreign = put_alert(park), put_alert(park, "ENT01/E01"), put_alert(park, "ENT02/V01")
    assert post(client, air, "assign", ent01, {"to": "x"}).status_code == 403
    assert post(client, foreign, "comments", ent01, {"comment": "x"}).status_code == 404
    assert post(client, foreign, "comments", ent01, {"nonsense": 1}).status_code == 404, "404 before 422"
    bureau = token("energy")
    assert post(client, air, "acknowledge", bureau).status_code == 403
    assert post(client, energy, "acknowledge", bureau).status_code == 200
    assert post(client, air, "comments", bureau, {"comment": "x"}).status_code == 201
    assert post(client, air, "comments", token("wall"), {"comment": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("comments", {"comment": "  "}),
        ("comments", {"comment": "a\x00b"}),
        ("assign", {}),
        ("assign", {"to": ""}),
        ("close", CLOSING | {"cause": "weather"}),
        ("close", {"cause": "other", "explanation": "x"}),
        ("close", CLOSING | {"extra": 1}),
    ],
)
def test_what_is_said_is_checked(
    client: httpx.Client, park: Connection, bureau: Headers, step: str, body: dict[str, Any]
) -> None:
    assert post(client, put_alert(park), step, bureau, body).status_code == 422
