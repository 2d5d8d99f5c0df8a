"""Migrations forward from every schema that was in use, on a database with something in every table."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from parkwatch.balance import ledger_differences
from parkwatch.jobs.drain_hours import drain
from storage import migrate as migrations
from storage.archives import contents
from storage.connect import Connection, open_connection
from storage.migrate import migrate
from storage.partitions import Partitions

SCHEMAS = sorted((Path(__file__).parents[1] / "cases/schemas").glob("*.sql"))
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(params=SCHEMAS, ids=lambda file: file.stem)
def old_database(
    request: pytest.FixtureRequest, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A filled database of the schema that the case's name tells."""
    for file in migrations.FOLDER.glob("*.sql"):
        if file.name.partition(".")[0] <= request.param.stem:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with closing(open_connection(empty_database_url)) as connection, monkeypatch.context() as patch:
        patch.setattr(migrations, "FOLDER", tmp_path)
        assert migrate(connection)[-1] == request.param.stem
        october = [int(dt.datetime(2026, 10, day, tzinfo=dt.UTC).timestamp() * 1e6) for day in range(1, 10)]
        Partitions(connection).ensure(np.array(october))
        connection.execute(request.param.read_bytes())
    return empty_database_url


def rows(connection: Connection, tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every row of the tables, as JSON of the named columns."""
    found = {}
    for table, columns in tables.items():
        words = ", ".join(f"'{column}', {column}" for column in map(quoted, columns))
        statement = f"SELECT jsonb_build_object({words})::text FROM {table} ORDER BY 1"  # noqa: S608
        found[table] = [str(row) for (row,) in connection.execute(statement).fetchall()]
    return found


def quoted(column: str) -> str:
    return f'"{column}"' if column == "limit" else column


def columns_of(connection: Connection) -> dict[str, list[str]]:
    statement = (
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = ANY(%s) GROUP BY 1"
    )
    return dict(connection.execute(statement, [list(contents(connection).rows)]).fetchall())


def test_nothing_is_lost_and_work_goes_on(old_database: str) -> None:
    with closing(open_connection(old_database)) as connection:
        held = contents(connection).rows
        empty = {table for table, count in held.items() if not count} - {"watch_changes"}
        assert empty == set(), "the case fills every table"
        columns = columns_of(connection)
        before = rows(connection, columns)
        for table in ("migrations", "judged_hours"):  # the one grows, the other became judged_periods
            before.pop(table, None)
            columns.pop(table, None)
        migrate(connection)
        assert migrations.missing_migrations(connection) == []
        assert rows(connection, columns) == before
        hours = drain(connection, dt.datetime(2026, 10, 6, tzinfo=dt.UTC), timezone=SHANGHAI)
        assert hours > 0
        assert {row.place for row in ledger_differences(connection)} == {"A", "B"}, "as the case has it"
