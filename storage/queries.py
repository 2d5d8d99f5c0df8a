"""SQL in files: ``storage/sql/queries/<name>.sql``, one query each, called by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, LiteralString, TypeVar

from psycopg.rows import class_row, dict_row

from storage.connect import Connection

FOLDER = Path(__file__).parent / "sql" / "queries"

Row = TypeVar("Row")


@cache
def query(name: str) -> LiteralString:
    """The text of a query file.

    Raises:
        FileNotFoundError: no such query.
    """
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def fetch_dicts(connection: Connection, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
    """Run a query file; each row a dict by column name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(name), parameters).fetchall()


def fetch(connection: Connection, shape: type[Row], name: str, /, **parameters: Any) -> list[Row]:
    """Run a query file; each row an instance of ``shape``, a dataclass whose fields are the columns."""
    with connection.cursor(row_factory=class_row(shape)) as cursor:
        return cursor.execute(query(name), parameters).fetchall()


def fetch_value(connection: Connection, name: str, /, **parameters: Any) -> Any:
    """Run a query file; the first column of its first row, or None."""
    row = connection.execute(query(name), parameters).fetchone()
    return None if row is None else row[0]


def execute(connection: Connection, name: str, /, **parameters: Any) -> int:
    """Run a query file that returns no rows; the number of rows it touched."""
    return connection.execute(query(name), parameters).rowcount


def execute_many(connection: Connection, name: str, rows: list[dict[str, Any]]) -> None:
    """Run a query file once for each row of parameters, pipelined."""
    with connection.cursor() as cursor:
        cursor.executemany(query(name), rows)
