"""What the server can do: the only module that knows TimescaleDB from plain PostgreSQL."""

from __future__ import annotations

from enum import StrEnum

from storage.connect import Connection


class Engine(StrEnum):
    POSTGRESQL = "postgresql"
    TIMESCALEDB = "timescaledb"


def offered_engine(connection: Connection) -> Engine:
    """TimescaleDB where the server has it installed or can create it, else plain PostgreSQL."""
    row = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'").fetchone()
    return Engine.POSTGRESQL if row is None else Engine.TIMESCALEDB


def engine_of(connection: Connection) -> Engine:
    """The engine that a migrated database was laid out for."""
    row = connection.execute("SELECT relkind FROM pg_class WHERE oid = 'readings'::regclass").fetchone()
    return Engine.POSTGRESQL if row == ("p",) else Engine.TIMESCALEDB


def prepare(connection: Connection, engine: Engine) -> None:
    """Make the server ready for the migrations of an engine."""
    if engine is Engine.TIMESCALEDB:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")


def before_restore(connection: Connection) -> None:
    """Make the server ready for a dump."""
    if offered_engine(connection) is Engine.TIMESCALEDB:
        connection.execute("SELECT timescaledb_pre_restore()")


def after_restore(connection: Connection) -> None:
    """Undo ``before_restore``."""
    if offered_engine(connection) is Engine.TIMESCALEDB:
        connection.execute("SELECT timescaledb_post_restore()")
