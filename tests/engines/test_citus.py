"""What only a Citus cluster does: commits that span servers, rights, growing from a plain database, another worker."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from parkwatch.backup import back_up
from parkwatch.balance import ledger_differences
from parkwatch.doctor.upkeep import examine
from parkwatch.settings import Settings
from schemas.access import AccessRole, Caller
from schemas.errors import InvalidInput, Unavailable
from storage.access import acting_as, ensure_enterprise_role
from storage.connect import Connection, open_connection
from storage.engine import Engine, ailing_workers, engine_of, settle_commits
from storage.migrate import migrate, missing_migrations
from storage.readers import put_reader
from storage.write_batch import BatchWriter
from tests.engines.citus import at, empty_citus, join, workers
from tests.storage.test_facts import SHANGHAI, Park, minutes, test_many_workers_and_a_writer_at_once

__all__ = ["test_many_workers_and_a_writer_at_once"]  # marks of commits that the workers finish a moment later

PASSWORD = uuid.uuid4().hex


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with empty_citus() as url:
        with closing(open_connection(url)) as connection:
            migrate(connection)
        yield url


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[Connection]:
    with closing(open_connection(database_url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def park(connection: Connection) -> Park:
    """One for all tests; each adds points of its own."""
    return Park(connection)


def code() -> str:
    return f"E{uuid.uuid4().hex[:8]}"


def one(connection: Connection, statement: str) -> object:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def test_claiming_waits_for_what_the_workers_have_not_finished(database_url: str, connection: Connection) -> None:
    place = urlsplit(workers(database_url)[0])
    gid = f"pw_{uuid.uuid4().hex}"
    with closing(open_connection(at(database_url, str(place.hostname), place.port or 5432))) as worker:
        worker.execute("BEGIN; CREATE TABLE under_way (i int)")
        worker.execute(psycopg.sql.SQL("PREPARE TRANSACTION {}").format(psycopg.sql.Literal(gid)))
        with pytest.raises(Unavailable, match=gid):
            settle_commits(connection, 0.1)
        finished = threading.Timer(0.3, worker.execute, [f"ROLLBACK PREPARED '{gid}'"])
        finished.start()
        started = time.monotonic()
        settle_commits(connection)
        assert time.monotonic() - started > 0.2
        finished.join()


def test_a_correction_alone_commits_in_two_phases(connection: Connection, park: Park) -> None:
    point = park.add_point(code())
    park.send(point, minutes(0, 10))
    with connection.transaction():
        park.send(point, [(5, 99.0)])
        prepared = "SELECT count(*) FROM pg_dist_transaction"
        before = one(connection, prepared)
    assert one(connection, prepared) == 1 + int(str(before))
    assert one(connection, f"SELECT count(*) FROM reading_revisions WHERE point_id = {point}") == 1  # noqa: S608


def test_a_caller_sees_its_own_readings(connection: Connection, park: Park) -> None:
    own, foreign = park.add_point(code()), park.add_point(code())
    for point in (own, foreign):
        park.send(point, minutes(0, 20))
    other = "INSERT INTO enterprises (code, name, park_id) SELECT 'ENT02', 'Two', id FROM parks RETURNING id"
    enterprise = int(str(one(connection, other)))
    connection.execute("UPDATE points SET enterprise_id = %s WHERE id = %s", [enterprise, own])
    role = ensure_enterprise_role(connection, enterprise)
    with acting_as(connection, Caller(0, AccessRole.ENTERPRISE, "x", role)) as rows:
        seen = rows.execute("SELECT DISTINCT point_id FROM visible.readings").fetchall()
        assert seen == [(own,)]
        asked = "SELECT count(*) FROM visible.readings WHERE point_id = %s"
        assert rows.execute(asked, [own]).fetchone() == (21,)
        assert rows.execute(asked, [foreign]).fetchone() == (0,)


def test_who_types_sql_sees_everything_or_gets_no_login(database_url: str, connection: Connection, park: Park) -> None:
    point = park.add_point(code())
    park.send(point, minutes(0, 20))
    with pytest.raises(InvalidInput, match="sees every enterprise"):
        put_reader(connection, f"one_{uuid.uuid4().hex[:6]}", PASSWORD, enterprise="ENT01")
    name = f"all_{uuid.uuid4().hex[:6]}"
    put_reader(connection, name, PASSWORD)
    try:
        parts = urlsplit(database_url)
        login = parts._replace(netloc=f"{name}:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()
        with closing(psycopg.connect(login, autocommit=True)) as reader:
            counted = "SELECT count(*) FROM readings WHERE point_id = %s"
            assert reader.execute(counted, [point]).fetchone() == (21,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("SELECT FROM public.tokens")
            with pytest.raises(psycopg.Error):
                reader.execute("SET default_transaction_read_only = off; DELETE FROM public.readings")
    finally:
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}".encode())


def test_no_dump_is_made_that_would_not_be_of_one_instant(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not of one instant"):
        back_up(database_url, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_the_doctor_looks_at_the_cluster(database_url: str, connection: Connection, tmp_path: Path) -> None:
    assert "laid out for citus" in {finding.what for finding in examine(Settings(tmp_path, database_url))}
    assert ailing_workers(connection) == []
    with connection.transaction() as undone:
        connection.execute("UPDATE pg_dist_node SET nodeport = 1 WHERE nodeid = (SELECT max(nodeid) FROM pg_dist_node)")
        assert "127.0.0.1:1" in ailing_workers(connection)[0]
        raise psycopg.Rollback(undone)


def test_a_plain_database_grows_into_a_cluster_and_the_cluster_grows() -> None:
    with empty_citus(joined=False) as url, closing(open_connection(url)) as connection:
        migrate(connection)
        assert engine_of(connection) is Engine.POSTGRESQL
        park = Park(connection)
        points = [park.add_point(f"E{i}") for i in range(12)]
        for point in points:
            park.send(point, minutes(0, 200))
        park.drain()
        before = [park.contents(point) for point in points]
        reader = f"one_{uuid.uuid4().hex[:6]}"
        put_reader(connection, reader, PASSWORD, enterprise="ENT01")
        join(url, most=1)
        assert missing_migrations(connection) == ["0029_spread_readings"]
        with pytest.raises(Unavailable, match=f"DROP ROLE {reader}"):
            migrate(connection)
        connection.execute(f"DROP OWNED BY {reader}; DROP ROLE {reader}".encode())
        connection.execute(f"DELETE FROM role_scopes WHERE role_name = '{reader}'".encode())  # noqa: S608
        assert migrate(connection) == ["0029_spread_readings"]
        assert engine_of(connection) is Engine.CITUS
        connection.execute("SELECT truncate_local_data_after_distributing_table('readings')")
        park.writer = BatchWriter(connection, SHANGHAI)  # of a service that was started after that
        for point in points:
            park.send(point, minutes(100, 2000, start=100))  # known ones, new ones, and a day that has no partition yet
        park.drain()
        assert [park.contents(point)[:2] for point in points] == [known[:2] for known in before]
        join(url)
        connection.execute("SELECT rebalance_table_shards('readings', shard_transfer_mode => 'block_writes')")
        spread = "SELECT count(DISTINCT nodeport) FROM citus_shards WHERE table_name = 'readings_20261005'::regclass"
        assert one(connection, spread) == 2
        assert one(connection, "SELECT count(*) FROM readings") == 12 * 2001
        assert ledger_differences(connection) == []
