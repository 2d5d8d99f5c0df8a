"""Rules and silences by API: validation that names the field, versions that stay, and what the registry owns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from schemas.rule_bodies import parse_rule
from storage.connect import Connection
from storage.rules import replace_registry_rules
from tests.api.test_lists import put_alert

Headers = dict[str, str]
RULE: dict[str, Any] = {
    "code": "benzene-spike",
    "kind": "warning",
    "points": {"quantity": "a25002"},
    "statistic": "reading",
    "above": 8,
}
SHARE = {"code": "green", "kind": "warning", "statistic": "share", "scope": "enterprise:*", "below": 35, "unit": "%"}


@pytest.fixture
def bureau(token: Callable[..., Headers]) -> Headers:
    return token("environment")


def test_a_rule_lives_and_its_versions_stay(client: httpx.Client, park: Connection, bureau: Headers) -> None:
    made = client.post("/rules", headers=bureau, json=RULE)
    assert (made.status_code, made.json()["version"], made.json()["source"]) == (201, 1, "api")
    assert client.post("/rules", headers=bureau, json=RULE).status_code == 409
    changed = client.put("/rules/benzene-spike", headers=bureau, json=RULE | {"above": 6})
    assert (changed.status_code, changed.json()["body"]["above"]) == (200, 6)
    put_alert(park)
    park.execute("UPDATE alerts SET rule = 'benzene-spike', state = 'firing', resolved_at = NULL")
    gone = client.delete("/rules/benzene-spike", headers=bureau).json()
    assert (gone["version"], gone["removed"], gone["changed_by"].split(":")[0]) == (3, True, "environment")
    assert park.execute("SELECT state FROM alerts").fetchall() == [("withdrawn",)]
    assert client.delete("/rules/benzene-spike", headers=bureau).status_code == 404
    versions = client.get("/rules/benzene-spike/versions", headers=bureau).json()["items"]
    assert [(v["version"], v["body"]["above"]) for v in versions] == [(3, 6), (2, 6), (1, 8)]
    assert "benzene-spike" not in [rule["code"] for rule in client.get("/rules", headers=bureau).json()["items"]]
    assert client.post("/rules", headers=bureau, json=RULE).json()["version"] == 4


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"kind": "exceedance"}, "statistic", "an exceedance exists only"),
        ({"above": None}, "above", "needs exactly one"),
        ({"limit": 3}, "", "unknown field `limit`"),
        ({"points": {"colour": "red"}}, "points", "unknown field `colour`"),
        ({"channels": ["sms"]}, "channels[0]", "is no channel"),
        ({"for": "soon"}, "for", "not a duration"),
    ],
)
def test_a_wrong_rule_names_its_field(
    client: httpx.Client, bureau: Headers, change: dict[str, Any], field: str, said: str
) -> None:
    assert client.post("/rules", headers=bureau, json=RULE | {"code": "known"}).status_code == 201
    for answer in (
        client.post("/rules", headers=bureau, json=RULE | change),
        client.put("/rules/known", headers=bureau, json=RULE | {"code": "known"} | change),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
        assert said in answer.json()["errors"][0]["reason"]


def test_the_path_and_the_body_agree(client: httpx.Client, bureau: Headers) -> None:
    assert client.put("/rules/benzene-spike", headers=bureau, json=RULE).status_code == 404
    client.post("/rules", headers=bureau, json=RULE)
    answer = client.put("/rules/benzene-spike", headers=bureau, json=RULE | {"code": "other"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "code")


def test_the_registry_owns_its_rules(client: httpx.Client, park: Connection, bureau: Headers) -> None:
    with park.transaction():
        replace_registry_rules(park, [parse_rule(RULE)])
    for answer in (
        client.post("/rules", headers=bureau, json=RULE),
        client.put("/rules/benzene-spike", headers=bureau, json=RULE),
        client.delete("/rules/benzene-spike", headers=bureau),
    ):
        assert answer.status_code == 409
        assert "the registry owns it; change its file" in answer.json()["detail"]
    with park.transaction():
        replace_registry_rules(park, [])
    assert client.get("/rules/benzene-spike", headers=bureau).json()["removed"]


def test_the_energy_bureau_writes_rules_of_energy(client: httpx.Client, token: Callable[..., Headers]) -> None:
    energy = token("energy")
    assert client.post("/rules", headers=energy, json=SHARE).status_code == 201
    assert client.post("/rules", headers=energy, json=RULE).status_code == 403
    assert client.post("/rules", headers=token("enterprise", "ENT01"), json=SHARE).status_code == 403


def test_a_silence_lives_and_stays_on_record(client: httpx.Client, bureau: Headers) -> None:
    to = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)).isoformat()
    body = {"matchers": ["rule=nmhc-hour", "point=~ENT01/.*"], "to": to, "comment": "RTO 检修", "author": "王工"}
    made = client.post("/silences", headers=bureau, json=body)
    assert (made.status_code, made.json()["state"], made.json()["author"]) == (201, "active", "王工")
    path = f"/silences/{made.json()['id']}"
    assert client.get("/silences", headers=bureau, params={"state": "active"}).json()["items"] == [made.json()]
    ended = client.delete(path, headers=bureau).json()
    assert (ended["state"], ended["ended_by"]) == ("expired", made.json()["declared_by"])
    assert client.delete(path, headers=bureau).json() == ended
    assert client.get(path, headers=bureau).json() == ended
    assert client.get("/silences", headers=bureau, params={"state": "active"}).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"matchers": []}, "matchers"),
        ({"matchers": ["colour=red"]}, "matchers[0]"),
        ({"to": "2026-01-01T00:00:00Z"}, "to"),
        ({"comment": ""}, "comment"),
    ],
)
def test_a_wrong_silence_names_its_field(
    client: httpx.Client, bureau: Headers, change: dict[str, Any], field: str
) -> None:
    to = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)).isoformat()
    body = {"matchers": ["rule=x"], "to": to, "comment": "c"} | change
    answer = client.post("/silences", headers=bureau, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
