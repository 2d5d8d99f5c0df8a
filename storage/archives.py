"""What a database says of itself before it is dumped and after it is restored, and the swap of one for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from schemas.errors import Conflict
from storage.access import ensure_enterprise_role
from storage.connect import Connection, open_connection
from storage.queries import fetch_dicts


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds at one instant.

    Attributes:
        engine_version: of PostgreSQL, as ``SHOW server_version`` says.
        migrations: that were applied, in order.
        rows: of every table.
    """

    engine_version: str
    migrations: list[str]
    rows: dict[str, int]


@contextmanager
def frozen(connection: Connection) -> Iterator[str]:
    """A transaction that sees one instant; the snapshot's name, by which ``pg_dump`` sees the same."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield str(row[0]) if row else ""


def contents(connection: Connection) -> Contents:
    """What the database holds; exact, so every table is read once."""
    tables = [row["name"] for row in fetch_dicts(connection, "list_tables")]
    if "migrations" not in tables:
        return Contents(_version(connection), [], {})
    names = connection.execute("SELECT name FROM migrations ORDER BY name").fetchall()
    return Contents(_version(connection), [name for (name,) in names], {t: _count(connection, t) for t in tables})


def settle(connection: Connection) -> None:
    """Make a restored database at home on this server: roles of enterprises, and transaction numbers.

    A row says in which transaction it changed, and the live stream asks for what is newer than that. Numbers that this
    server has not reached yet are replaced by one that it has.
    """
    for row in fetch_dicts(connection, "list_scoped_enterprises"):
        ensure_enterprise_role(connection, row["enterprise_id"])
    for row in fetch_dicts(connection, "list_transaction_columns"):
        statement = sql.SQL("UPDATE {0} SET {1} = pg_current_xact_id() WHERE {1} > pg_current_xact_id()")
        connection.execute(statement.format(sql.Identifier(row["table"]), sql.Identifier(row["column"])))
    connection.execute("ANALYZE")


def swap_in(server_url: str, restored: str, name: str, aside: str) -> bool:
    """Give ``restored`` the name ``name``; whatever had it before is called ``aside``. All or nothing.

    Returns:
        whether there was one before.

    Raises:
        Conflict: somebody is connected to the database that is to step aside.
    """
    with closing(open_connection(server_url)) as connection, connection.transaction():
        present = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        users = _users(connection, name)
        if users:
            raise Conflict(f"the database {name} is in use by {', '.join(users)}: stop ParkWatch and Grafana first")
        if present:
            _rename(connection, name, aside)
        _rename(connection, restored, name)
    return present


def _rename(connection: Connection, name: str, new: str) -> None:
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new)))


def _users(connection: Connection, database: str) -> list[str]:
    statement = (
        "SELECT DISTINCT coalesce(nullif(application_name, ''), usename, '?') FROM pg_stat_activity "
        "WHERE datname = %s AND backend_type = 'client backend'"
    )
    return sorted(str(name) for (name,) in connection.execute(statement, [database]).fetchall())


def _version(connection: Connection) -> str:
    row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else "?"


def _count(connection: Connection, table: str) -> int:
    row: Any = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0])
