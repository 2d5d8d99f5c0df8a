"""What tests share: a real PostgreSQL, migrated once and cloned for each test, and a real broker.

``PARKWATCH_TEST_DATABASE_URL`` names a server to use instead of the embedded one; its login must be allowed to make
databases and roles.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from parkwatch.broker import Broker, Choice, embedded_broker
from parkwatch.postgres import Postgres
from storage.connect import Connection, open_connection
from storage.databases import create_database, drop_database, seal_database, with_database
from storage.migrate import migrate

# A test's data may be lost in a crash; a small cache starts faster.
TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "1h",
}


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with a superuser's login; one a worker."""
    offered = os.environ.get("PARKWATCH_TEST_DATABASE_URL")
    if offered:
        yield offered
        return
    bindir = os.environ.get("PARKWATCH_POSTGRES_BINDIR")
    folder = tmp_path_factory.mktemp("server") / "postgres"
    with Postgres(folder, bindir=Path(bindir) if bindir else None, settings=TEST_SETTINGS) as server:
        yield server.url


@pytest.fixture(scope="session")
def template_database(database_server: str) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to."""
    name = f"parkwatch_template_{uuid.uuid4().hex[:12]}"
    create_database(database_server, name)
    with closing(open_connection(with_database(database_server, name))) as connection:
        migrate(connection)
    seal_database(database_server, name)
    yield name
    drop_database(database_server, name)


@pytest.fixture
def empty_database_url(database_server: str) -> Iterator[str]:
    """A database of the test's own, with nothing in it."""
    name = f"parkwatch_test_{uuid.uuid4().hex[:12]}"
    create_database(database_server, name)
    yield with_database(database_server, name)
    drop_database(database_server, name)


@pytest.fixture
def database_url(database_server: str, template_database: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    name = f"parkwatch_test_{uuid.uuid4().hex[:12]}"
    create_database(database_server, name, template=template_database)
    yield with_database(database_server, name)
    drop_database(database_server, name)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A connection to ``database_url``, autocommit."""
    with closing(open_connection(database_url)) as opened:
        yield opened


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running broker of the test's own: ``broker.ingest_url`` may do all, ``broker.issue`` makes gateway logins."""
    started = embedded_broker(tmp_path / "broker", Choice(os.environ.get("PARKWATCH_BROKER", "auto")))
    started.start()
    yield started
    started.stop()
