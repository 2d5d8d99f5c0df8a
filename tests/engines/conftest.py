"""The same days on two engines, and a TimescaleDB or Citus of a module's own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from parkwatch.postgres import Postgres
from storage.connect import Connection, open_connection
from storage.engine import Engine, engine_of
from storage.migrate import migrate
from tests.conftest import TEST_SETTINGS
from tests.engines.citus import empty_citus
from tests.engines.days import fill
from tests.engines.timescaledb import empty_timescaledb

Engines = dict[Engine, Connection]


@pytest.fixture(scope="module")
def timescaledb() -> Iterator[Connection]:
    """A connection to a migrated TimescaleDB that nothing runs in on its own."""
    with empty_timescaledb() as url, closing(open_connection(url)) as connection:
        migrate(connection)
        assert engine_of(connection) is Engine.TIMESCALEDB
        connection.execute("SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs")
        yield connection


@pytest.fixture(scope="module")
def citus() -> Iterator[Connection]:
    """A connection to a migrated database of a Citus cluster."""
    with empty_citus() as url, closing(open_connection(url)) as connection:
        migrate(connection)
        assert engine_of(connection) is Engine.CITUS
        yield connection


@pytest.fixture(params=["timescaledb", "citus"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Another engine's database for one test: what it does is undone."""
    connection: Connection = request.getfixturevalue(request.param)
    with connection.transaction() as transaction:
        yield connection
        raise psycopg.Rollback(transaction)


@pytest.fixture(scope="module")
def engines(timescaledb: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Plain PostgreSQL and TimescaleDB with the same days."""
    with beside_plain(Engine.TIMESCALEDB, timescaledb, tmp_path_factory.mktemp("plain")) as both:
        yield both


@contextmanager
def beside_plain(engine: Engine, other: Connection, folder: Path) -> Iterator[Engines]:
    """A plain PostgreSQL beside another engine, the same days in both."""
    with ExitStack() as stack:
        server = stack.enter_context(Postgres(folder / "postgres", settings=TEST_SETTINGS))
        plain = stack.enter_context(closing(open_connection(server.url)))
        migrate(plain)
        both = {Engine.POSTGRESQL: plain, engine: other}
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(fill, both.values()))
        yield both
