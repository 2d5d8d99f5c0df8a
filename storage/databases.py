"""Whole databases on a server: made for the embedded service, cloned and dropped for tests."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import urlsplit

from psycopg import errors, sql

from storage.connect import open_connection


def with_database(url: str, name: str) -> str:
    """The same server and login, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def create_database(server_url: str, name: str, *, template: str | None = None) -> bool:
    """Make a database, as a copy of ``template`` if one is named; False if it exists already."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with closing(open_connection(server_url)) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
            return False
        try:
            connection.execute(statement)
        except errors.DuplicateDatabase:
            return False
    return True


def seal_database(server_url: str, name: str) -> None:
    """Keep everybody out, TimescaleDB's own scheduler included, so that the database can be a template."""
    with closing(open_connection(server_url)) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def drop_database(server_url: str, name: str) -> None:
    """Remove a database and end the sessions in it."""
    with closing(open_connection(server_url)) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
