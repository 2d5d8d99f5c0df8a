"""Logins that only read: made, and made again with another password."""

from __future__ import annotations

import uuid
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from schemas.errors import Unavailable
from storage.connect import Connection, open_connection
from storage.readers import put_reader
from tests.api.park import PARK


def test_a_login_is_renewed(connection: Connection, database_url: str) -> None:
    connection.execute(PARK)
    name = f"reader_{uuid.uuid4().hex[:8]}"
    try:
        put_reader(connection, name, "the first password", enterprise="ENT01")
        put_reader(connection, name, "the second password", enterprise=None)
        with closing(open_connection(login(database_url, name, "the second password"))) as reader:
            assert reader.execute("SELECT count(*) FROM visible.enterprises").fetchone() == (2,)
        with pytest.raises(Unavailable, match="password authentication failed"):
            open_connection(login(database_url, name, "the first password"))
    finally:
        connection.execute("DELETE FROM role_scopes WHERE role_name = %s", [name])
        connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def login(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{name}:{password.replace(' ', '%20')}@{parts.netloc.rpartition('@')[2]}").geturl()
