"""The same days on both engines, and a TimescaleDB of a module's own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from parkwatch.postgres import Postgres
from storage.connect import Connection, open_connection
from storage.engine import Engine, engine_of
from storage.migrate import migrate
from tests.conftest import TEST_SETTINGS
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
def engines(timescaledb: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Both engines with the same days."""
    with ExitStack() as stack:
        server = stack.enter_context(Postgres(tmp_path_factory.mktemp("plain") / "postgres", settings=TEST_SETTINGS))
        plain = stack.enter_context(closing(open_connection(server.url)))
        migrate(plain)
        both = {Engine.POSTGRESQL: plain, Engine.TIMESCALEDB: timescaledb}
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(fill, both.values()))
        yield both
