"""Migrations: SQL files in order, each once, under a lock, each in its own transaction.

A file ``NNNN_name.sql`` serves both engines; ``NNNN_name.<engine>.sql`` serves one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from schemas.errors import Conflict, Unavailable
from storage.connect import Connection, DatabaseError
from storage.engine import Engine, engine_of, offered_engine, prepare

FOLDER = Path(__file__).parent / "sql" / "migrations"
LOCK = 7_275_900_001  # any number of ours; two migrations at once wait for each other

_HISTORY = """
CREATE TABLE IF NOT EXISTS migrations (
    name        text PRIMARY KEY,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    sql: LiteralString

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_for(engine: Engine) -> list[Migration]:
    """The migrations of an engine, in order."""
    found = []
    for path in sorted(FOLDER.glob("*.sql")):
        number_and_name, *engines = path.stem.split(".")
        if not engines or engines[0] in engine.layouts:
            found.append(Migration(number_and_name, path.read_text(encoding="utf-8")))
    return found


def migrate(connection: Connection) -> list[str]:
    """Bring the database to the newest schema; the names of what was applied now.

    Raises:
        Conflict: an applied migration's file has changed since.
        Unavailable: a migration failed; those before it stay applied, of it nothing does.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        connection.execute(_HISTORY)
        applied: dict[str, str] = dict(connection.execute("SELECT name, sha256 FROM migrations").fetchall())
        engine = engine_of(connection) if applied else offered_engine(connection)
        prepare(connection, engine)
        return [m.name for m in migrations_for(engine) if _apply(connection, m, applied.get(m.name))]
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def missing_migrations(connection: Connection) -> list[str]:
    """The names of migrations that this program needs and the database lacks."""
    row = connection.execute("SELECT to_regclass('migrations')").fetchone()
    if row is None or row[0] is None:
        return [migration.name for migration in migrations_for(offered_engine(connection))]
    applied = {name for (name,) in connection.execute("SELECT name FROM migrations")}
    return [m.name for m in migrations_for(engine_of(connection)) if m.name not in applied]


def unknown_migrations(names: list[str]) -> list[str]:
    """Those of ``names`` that this program does not have: a newer one made them."""
    known = {migration.name for engine in Engine for migration in migrations_for(engine)}
    return [name for name in names if name not in known]


def _apply(connection: Connection, migration: Migration, applied_sha256: str | None) -> bool:
    if applied_sha256 == migration.sha256:
        return False
    if applied_sha256 is not None:
        raise Conflict(
            f"migration {migration.name} was applied with another text (sha256 {applied_sha256[:12]}): "
            "this database and this program do not belong together; run the program version that made it"
        )
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO migrations (name, sha256) VALUES (%s, %s)", [migration.name, migration.sha256]
            )
    except DatabaseError as error:
        raise Unavailable(
            f"migration {migration.name} failed and left nothing behind: {str(error).strip()}; "
            "mend the cause, the next start goes on from there"
        ) from error
    return True
