"""Which rows a caller sees: a database role for each scope, and transactions that act in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors, sql

from schemas.access import Caller
from storage.connect import Connection, Pool
from storage.engine import admit_role
from storage.queries import execute

SEES_ALL = "parkwatch_all"


def enterprise_role(enterprise_id: int) -> str:
    """The database role that sees one enterprise."""
    return f"parkwatch_enterprise_{enterprise_id}"


def ensure_enterprise_role(connection: Connection, enterprise_id: int) -> str:
    """Make the role that sees one enterprise, and its scope in this database; the role's name.

    Roles belong to the whole server: another database of it, or another process, may have made the role already.
    """
    role = enterprise_role(enterprise_id)
    _create_role(connection, role)
    admit_role(connection, role)
    execute(connection, "insert_role_scope", role=role, enterprise_id=enterprise_id)
    return role


def ensure_shared_roles(connection: Connection) -> None:
    """The roles that the migrations grant rights to; a dump names them and does not hold them."""
    if not _role_exists(connection, "parkwatch_reader"):
        connection.execute("CREATE ROLE parkwatch_reader NOLOGIN")
    _create_role(connection, SEES_ALL)


@contextmanager
def acting_as(connection: Connection, caller: Caller) -> Iterator[Connection]:
    """One read-only transaction in the caller's database role: the ``visible`` views show its rows only."""
    with _reading_as(connection, caller.database_role):
        yield connection


@contextmanager
def acting_as_enterprise(connection: Connection, enterprise_id: int) -> Iterator[Connection]:
    """The same in the role of an enterprise, for what the service writes to it of its own accord."""
    with _reading_as(connection, ensure_enterprise_role(connection, enterprise_id)):
        yield connection


@contextmanager
def acting_as_all(connection: Connection) -> Iterator[Connection]:
    """A transaction in the role that sees every enterprise, for the operator."""
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(SEES_ALL)))
        yield connection


def read_as_visible(connection: Connection) -> None:
    """For the rest of the transaction a table's bare name means its ``visible`` view: the watch's own queries then read
    no row that the caller may not see."""
    connection.execute("SET LOCAL search_path = visible")


@contextmanager
def seen_by(pool: Pool, caller: Caller) -> Iterator[Connection]:
    """`acting_as` on a connection of the pool."""
    with pool.connection() as connection, acting_as(connection, caller):
        yield connection


@contextmanager
def _reading_as(connection: Connection, role: str) -> Iterator[None]:
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("SET LOCAL statement_timeout = '30s'")
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        yield


def _create_role(connection: Connection, role: str) -> None:
    if _role_exists(connection, role):
        return
    name = sql.Identifier(role)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN IN ROLE parkwatch_reader").format(name))
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
    except (errors.DuplicateObject, errors.UniqueViolation):
        return


def _role_exists(connection: Connection, role: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
