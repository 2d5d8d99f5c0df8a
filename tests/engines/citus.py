"""A Citus cluster to test on, where one is offered."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from storage.connect import open_connection
from storage.databases import create_database, drop_database, with_database

HOW = "Citus for the tests needs PARKWATCH_TEST_CITUS_URL: a superuser's URL of a coordinator that has workers"
FEW_SHARDS = 4  # a test spreads little


@contextmanager
def empty_citus(*, joined: bool = True) -> Iterator[str]:
    """The URL of an empty database of a cluster's coordinator.

    Args:
        joined: with the extension and its workers, as an operator prepares one; else a plain database of that server.
    """
    coordinator = os.environ.get("PARKWATCH_TEST_CITUS_URL")
    if not coordinator:
        pytest.skip(HOW)
    name = f"parkwatch_test_{uuid.uuid4().hex[:12]}"
    servers = [coordinator, *workers(coordinator)]
    for server in servers:
        create_database(server, name)
    url = with_database(coordinator, name)
    try:
        if joined:
            join(url)
        yield url
    finally:
        for server in servers:
            drop_database(server, name)


def workers(coordinator: str) -> list[str]:
    """The URLs of the workers: the coordinator's login at other places."""
    with closing(open_connection(coordinator)) as connection:
        statement = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid > 0 ORDER BY nodeid"
        return [at(coordinator, host, port) for host, port in connection.execute(statement).fetchall()]


def at(url: str, host: str, port: int) -> str:
    """The same login and database on another server."""
    parts = urlsplit(url)
    login, separator, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login}{separator}{host}:{port}").geturl()


def join(url: str, most: int = 99) -> None:
    """Make a database part of the cluster, as docs/how-to/grow-to-a-province.md says."""
    name = urlsplit(url).path.lstrip("/")
    coordinator = os.environ["PARKWATCH_TEST_CITUS_URL"]
    places = [urlsplit(worker) for worker in workers(coordinator)][:most]
    for server in (url, *(at(url, str(place.hostname), place.port or 5432) for place in places)):
        with closing(open_connection(server)) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS citus")
    own = urlsplit(url)
    with closing(open_connection(url)) as connection:
        few = sql.SQL("ALTER DATABASE {} SET citus.shard_count = {}")
        connection.execute(few.format(sql.Identifier(name), sql.Literal(FEW_SHARDS)))
        connection.execute("SELECT citus_set_coordinator_host(%s, %s)", [own.hostname, own.port])
        for place in places:
            connection.execute("SELECT citus_add_node(%s, %s)", [place.hostname, place.port])
