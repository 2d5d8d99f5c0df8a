"""A primary with a park's days in it, the standby that follows it, and the API over one and over both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from schemas.access import AccessRole
from storage.connect import Connection, open_connection
from storage.migrate import migrate
from storage.tokens import create_token
from tests.api.park import serving
from tests.engines.days import fill
from tests.standby import Pair, replicated

PATIENT_S = 10.0  # a busy machine must not turn a test of the replica into one of the primary


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Servers of the module's own, since some tests harm them."""
    with replicated(tmp_path_factory.mktemp("pair")) as servers:
        with closing(open_connection(servers.primary.url)) as connection:
            migrate(connection)
        yield servers


@pytest.fixture
def primary(pair: Pair) -> Iterator[Connection]:
    with closing(open_connection(pair.primary.url)) as connection:
        yield connection


@pytest.fixture(scope="module")
def filled(pair: Pair) -> Pair:
    """Two days of three enterprises, computed and judged."""
    with closing(open_connection(pair.primary.url)) as connection:
        fill(connection)
    return pair


@pytest.fixture(scope="module")
def headers(pair: Pair) -> dict[str, str]:
    with closing(open_connection(pair.primary.url)) as connection:
        return {"Authorization": f"Bearer {create_token(connection, AccessRole.ADMIN)}"}


@pytest.fixture
def client(pair: Pair, headers: dict[str, str]) -> Iterator[httpx.Client]:
    """The API, reading from the replica."""
    with (
        serving(pair.primary.url, read_url=pair.standby.url, read_wait_s=PATIENT_S) as url,
        httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as opened,
    ):
        yield opened


def reads(client: httpx.Client) -> dict[str, int]:
    """How many reads the API counted, by how the replica stood."""
    found = {}
    for line in client.get("/metrics").text.splitlines():
        if line.startswith("parkwatch_reads_total{"):
            name, _, value = line.partition('replica="')[2].partition('"} ')
            found[name] = int(float(value))
    return found
