"""Login roles that read the ``visible`` views and nothing else, for Grafana and other tools that type SQL."""

from __future__ import annotations

from psycopg import sql

from schemas.errors import InvalidInput, NotFound
from storage.connect import Connection
from storage.engine import prepare_reader
from storage.queries import execute

CONNECTION_LIMIT = 15  # above Grafana's own pool of 10; a dashboard must never take the connections of ingest
STATEMENT_TIMEOUT = "30s"
RESERVED = ("pg_", "parkwatch")


def put_reader(connection: Connection, name: str, password: str, *, enterprise: str | None = None) -> None:
    """Make or renew a login role that sees one enterprise, or all of them.

    What it sees hangs on the role itself: anyone who can type SQL can change a setting, but not who they are. The
    password leaves this process as a SCRAM verifier, so that no server log can hold it.

    Raises:
        InvalidInput: the name is reserved, the password too short to keep anyone out, or the engine cannot hold a login
            to one enterprise.
        NotFound: no such enterprise.
    """
    if name.startswith(RESERVED):
        raise InvalidInput(f"the name {name!r} is reserved: choose one that does not start with {RESERVED}")
    if len(password) < 12:
        raise InvalidInput("the password of a reader is too short: 12 characters or more", field=name)
    role = sql.Identifier(name)
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    with connection.transaction():
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT {} PASSWORD {}").format(
                role, sql.Literal(CONNECTION_LIMIT), sql.Literal(verifier)
            )
        )
        prepare_reader(connection, name, sees_all=enterprise is None)
        for setting, value in _settings():
            connection.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(setting), value))
        connection.execute(sql.SQL("GRANT parkwatch_reader TO {}").format(role))
        execute(connection, "delete_role_scopes", role=name)
        if enterprise is None:
            execute(connection, "insert_full_scope", role=name)
        elif not execute(connection, "insert_scope_of_enterprise", role=name, enterprise=enterprise):
            raise NotFound(f"enterprise {enterprise!r} is not in the registry")


def _settings() -> list[tuple[str, sql.Composable]]:
    """Behind ``visible`` comes ``public``, where TimescaleDB has the functions that Grafana's macros call."""
    values = {"default_transaction_read_only": "on", "statement_timeout": STATEMENT_TIMEOUT, "timezone": "UTC"}
    path = sql.SQL(", ").join(sql.Identifier(schema) for schema in ("visible", "public"))
    return [("search_path", path), *((setting, sql.Literal(value)) for setting, value in values.items())]
