"""Every route for every role: 401 before 403 before 404 before 422."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.access import ACCESS
from api.app import create_app
from schemas.access import AccessRole
from storage.connect import Connection
from tests.api.park import T0, put_readings

Headers = dict[str, str]
Make = Callable[..., Headers]
QUERIES = {
    "/readings": {"point": "ENT01/V01"},
    "/hours": {"point": "ENT01/V01"},
    "/wind-rose": {"point": "ENT01/V01"},
    "/green-power": {"period": "2026-10"},
    "/carbon": {"period": "2026-10"},
    "/energy-use": {"period": "2026-10"},
}
FOREIGN = {
    "/readings": {"point": "ENT02/V01", "from": "nonsense", "step": "9m"},
    "/hours": {"point": "ENT02/V01", "limit": "0"},
    "/wind-rose": {"point": "ENT02/V01", "from": "nonsense"},
    "/exports": {"enterprise": "ENT02", "kind": "nonsense"},
    "/green-power": {"scope": "enterprise:ENT02", "period": "nonsense"},
    "/carbon": {"scope": "enterprise:ENT02"},
    "/energy-use": {"scope": "enterprise:ENT02", "period": "nonsense"},
    "/reports/2026-10": {"scope": "enterprise:ENT02", "language": "fr"},
    "/meters": {"enterprise": "ENT02", "limit": "0"},
    "/invoices": {"enterprise": "ENT02"},
    "/points": {"enterprise": "ENT02", "limit": "none"},
    "/receipts": {"enterprise": "ENT02"},
    "/instruments": {"enterprise": "ENT02"},
    "/alerts": {"enterprise": "ENT02", "state": "nonsense"},
    "/exceedances": {"enterprise": "ENT02"},
    "/ledger": {"enterprise": "ENT02", "day": "nonsense"},
    "/rejected": {"enterprise": "ENT02"},
    "/marks": {"enterprise": "ENT02", "state": "nonsense"},
    "/hours/compared": {"enterprise": "ENT02", "limit": "0"},
    "/treatment": {"enterprise": "ENT02", "minutes": "none"},
    "/logbook": {"enterprise": "ENT02"},
    "/enterprises/ENT02/transmission": {"month": "nonsense"},
    "/enterprises/ENT02/digest": {"day": "nonsense"},
}


def call(client: httpx.Client, method: str, path: str, headers: Headers, query: dict[str, str] | None = None) -> int:
    """The status of a call; of a stream only its beginning is read."""
    path = re.sub(r"\{\w+\}", "1", path)
    with client.stream(method, path, headers=headers, params=query or {}) as response:
        return response.status_code


@pytest.mark.parametrize(("method", "path"), sorted(ACCESS))
def test_without_token_401(client: httpx.Client, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        target = re.sub(r"\{\w+\}", "x", path)
        response = client.request(method, target, headers=headers, params={"limit": "nonsense"}, content=b"{")
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", AccessRole)
def test_role_matrix(client: httpx.Client, token: Make, role: AccessRole) -> None:
    headers = token(role.value, "ENT01" if role is AccessRole.ENTERPRISE else None)
    for (method, path), roles in sorted(ACCESS.items()):
        status = call(client, method, path, headers, QUERIES.get(path))
        expected = {404} if "{" in path else {422} if method == "POST" else {200}
        assert status in (expected if role in roles else {403}), (method, path)


@pytest.mark.parametrize("path", sorted(FOREIGN))
def test_foreign_is_not_found(client: httpx.Client, ent01: Headers, path: str) -> None:
    assert call(client, "GET", path, ent01, FOREIGN[path]) == 404


def test_wall_sees_sums_only(client: httpx.Client, token: Make) -> None:
    wall = token("wall")
    assert call(client, "GET", "/green-power", wall, {"scope": "park:HBW", "period": "2026"}) == 200
    assert call(client, "GET", "/green-power", wall, {"scope": "enterprise:ENT01", "period": "2026"}) == 404
    assert call(client, "GET", "/green-power", token("energy"), {"scope": "enterprise:ENT01", "period": "2026"}) == 200


def test_enterprise_sees_its_own_rows_only(client: httpx.Client, park: Connection, ent01: Headers) -> None:
    put_readings(park, "ENT01/V01", T0, [1.0])
    put_readings(park, "ENT02/V01", T0, [2.0])
    park.execute(
        "INSERT INTO ledger VALUES ('ENT01', '2026-10-05', 1, 1, 0, 0, 0), ('ENT02', '2026-10-05', 1, 1, 0, 0, 0)"
    )
    park.execute(
        "INSERT INTO green_power (scope, grain, starts_at, rule, direct_line_kwh, self_used_kwh) "
        "VALUES ('city', 'month', '2026-09-30T16:00Z', 'x', 0, 0)"
    )

    def get(path: str, **query: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = client.get(path, params=query, headers=ent01).json()["items"]
        return found

    assert [e["code"] for e in get("/enterprises")] == ["ENT01"]
    assert {p["enterprise"] for p in get("/points")} == {"ENT01"}
    assert [row["enterprise"] for row in get("/ledger", day="2026-10-05")] == ["ENT01"]
    assert call(client, "GET", "/green-power", ent01, {"scope": "city", "period": "2026-10"}) == 404


def test_revoked_and_expired_tokens_end(client: httpx.Client, park: Connection, admin: Headers) -> None:
    assert call(client, "GET", "/me", admin) == 200
    park.execute("UPDATE tokens SET expires_at = now() - interval '1 s'")
    assert call(client, "GET", "/me", admin) == 401


def test_table_is_documented() -> None:
    """docs/reference/api.md shows the access table as it is."""
    text = (Path(__file__).parents[2] / "docs/reference/api.md").read_text(encoding="utf-8")
    for (method, path), roles in ACCESS.items():
        marks = " | ".join("yes" if role in roles else "-" for role in AccessRole)
        assert f"| {method} {path} | {marks} |" in text, (method, path)


def test_every_route_is_in_the_table() -> None:
    """And the contract shows no route that is not meant to be there."""
    schema = create_app("postgresql://nowhere/none").openapi()
    shown = {(m.upper(), path) for path, methods in schema["paths"].items() for m in methods}
    open_routes = {("GET", path) for path in ("/health/live", "/health/ready", "/metrics")}
    assert shown == {(method, f"/api/v1{path}") for method, path in ACCESS} | open_routes
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == path.startswith("/api/v1"), path
