"""What the tests of the API share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from schemas.access import AccessRole
from storage.connect import Connection
from storage.tokens import create_token
from tests.api.park import PARK, serving


@pytest.fixture
def park(connection: Connection) -> Connection:
    """Two enterprises of one park, three points each."""
    connection.execute(PARK)
    return connection


@pytest.fixture
def server(database_url: str, park: Connection) -> Iterator[str]:
    with serving(database_url, heartbeat_s=0.2, metrics_token="scrape-me", version="1.2.3") as url:
        yield url


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server}/api/v1", timeout=30) as opened:
        yield opened


@pytest.fixture
def token(park: Connection) -> Callable[..., dict[str, str]]:
    """Headers of a new token of a role."""

    def make(role: str, enterprise: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {create_token(park, AccessRole(role), enterprise)}"}

    return make


@pytest.fixture
def admin(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    return token("admin")


@pytest.fixture
def ent01(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    return token("enterprise", "ENT01")
