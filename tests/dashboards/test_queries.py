"""Every query of every dashboard, on a real database, through the login and the rights that Grafana has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg.abc import Query
from psycopg.rows import dict_row

from storage.connect import Connection
from storage.engine import Engine, engine_of
from storage.readers import put_reader
from tests.dashboards.boards import PlacedQuery, queries
from tests.dashboards.macros import Window, expand, interpolate

QUERIES = list(queries())
PASSWORD = uuid.uuid4().hex
VARIABLES: dict[str, str | list[str]] = {
    "scope": "city",
    "green_rule": "policy/1",
    "carbon_rule": "mee/1",
    "enterprise": ["A", "B"],
    "quantity": "a24088",
}
NOTHING_CHOSEN: dict[str, str | list[str]] = dict.fromkeys(VARIABLES, "") | {"enterprise": []}
START, END = datetime(2026, 10, 3, 16, tzinfo=UTC), datetime(2026, 10, 5, 16, tzinfo=UTC)

Row = dict[str, Any]


def login_url(database_url: str, name: str) -> str:
    """The same database with the reader's login."""
    parts = urlsplit(database_url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return parts._replace(netloc=f"{quote(name)}:{PASSWORD}@{host}").geturl()


@pytest.fixture
def reader(connection: Connection, database_url: str) -> Iterator[psycopg.Connection[Row]]:
    """Grafana's session: a login that sees everything through the views, on a seeded database."""
    seed(connection)
    with closing(reading_as(connection, database_url, None)) as opened:
        yield opened
        drop(opened, connection)


@pytest.fixture
def reader_of_a(connection: Connection, database_url: str) -> Iterator[psycopg.Connection[Row]]:
    """The session of a login that sees enterprise A only."""
    seed(connection)
    with closing(reading_as(connection, database_url, "A")) as opened:
        yield opened
        drop(opened, connection)


def seed(connection: Connection) -> None:
    if engine_of(connection) is Engine.POSTGRESQL:
        connection.execute(
            "CREATE TABLE readings_seed PARTITION OF readings FOR VALUES FROM ('2026-10-05') TO ('2026-10-06')"
        )
    connection.execute(cast("Query", (Path(__file__).parent / "seed.sql").read_text(encoding="utf-8")))


def reading_as(connection: Connection, database_url: str, enterprise: str | None) -> psycopg.Connection[Row]:
    name = f"reader_{uuid.uuid4().hex[:8]}"
    put_reader(connection, name, PASSWORD, enterprise=enterprise)
    return psycopg.connect(login_url(database_url, name), autocommit=True, row_factory=dict_row)


def drop(opened: psycopg.Connection[Row], connection: Connection) -> None:
    """Roles belong to the whole server and would outlive the test's database."""
    name = psycopg.sql.Identifier(opened.info.user)
    opened.close()
    connection.execute(psycopg.sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(name, name))


def run(
    reader: psycopg.Connection[Row], query: PlacedQuery, *, window: Window | None = None,
    variables: dict[str, str | list[str]] = VARIABLES,
) -> tuple[list[Row], dict[str, int]]:  # fmt: skip
    """The rows, and the type of each column, as Grafana would get them."""
    sql = expand(interpolate(query.sql, variables), window or Window(START, END, "1h"))
    cursor = reader.execute(cast("Query", sql))
    assert cursor.description is not None
    return cursor.fetchall(), {column.name: column.type_code for column in cursor.description}


def oids(*names: str) -> set[int]:
    return {psycopg.adapters.types[name].oid for name in names}


NUMBERS = oids("int4", "int8", "float8", "numeric")
TIMES, TEXTS = oids("timestamptz"), oids("text")
EPOCHS = oids("float8", "numeric")  # $__timeGroup without TimescaleDB


@pytest.mark.parametrize("query", [q for q in QUERIES if q.shape == "time_series"], ids=lambda query: query.place)
def test_series(reader: psycopg.Connection[Row], query: PlacedQuery) -> None:
    rows, columns = run(reader, query)
    assert rows, "the seeded park shows in every chart"
    assert columns.pop("time") in TIMES | EPOCHS
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    long = columns.pop("metric", None) in TEXTS
    assert columns
    assert all(code in NUMBERS for code in columns.values()), "any other text would become a label"
    assert len(columns) == 1 or not long


@pytest.mark.parametrize("query", [q for q in QUERIES if q.shape == "table"], ids=lambda query: query.place)
def test_tables(reader: psycopg.Connection[Row], query: PlacedQuery) -> None:
    rows, columns = run(reader, query)
    assert rows
    if query.kind in ("stat", "gauge"):
        assert len(rows) == 1
        assert all(code in NUMBERS for code in columns.values())


@pytest.mark.parametrize("query", [q for q in QUERIES if q.shape == "variable"], ids=lambda query: query.place)
def test_variables(reader: psycopg.Connection[Row], query: PlacedQuery) -> None:
    rows, columns = run(reader, query, variables={})
    assert rows
    assert len(columns) == 1 or {"__text", "__value"} <= set(columns)
    first = next(iter(rows[0].values())) if len(columns) == 1 else rows[0]["__value"]
    expected = VARIABLES[query.place.partition("$")[2]]
    assert first == (expected[0] if isinstance(expected, list) else expected)


@pytest.mark.parametrize("query", [q for q in QUERIES if q.shape == "annotation"], ids=lambda query: query.place)
def test_annotations(reader: psycopg.Connection[Row], query: PlacedQuery) -> None:
    rows, columns = run(reader, query)
    assert [row["text"] for row in rows] == ["A/V01 nmhc-hour", "B/V01 nmhc-hour"]
    assert set(columns) == {"time", "timeend", "text", "tags"}


@pytest.mark.parametrize("interval", ["10s", "15s", "2m", "20m", "1h", "6h", "12h"])
@pytest.mark.parametrize("query", [q for q in QUERIES if "$__interval" in q.sql], ids=lambda query: query.place)
def test_every_width_and_range(reader: psycopg.Connection[Row], query: PlacedQuery, interval: str) -> None:
    rows, _ = run(reader, query, window=Window(START, END, interval))
    assert rows


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_nothing_chosen_is_no_error(reader: psycopg.Connection[Row], query: PlacedQuery) -> None:
    run(reader, query, variables=NOTHING_CHOSEN)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_an_enterprise_sees_nothing_of_another(reader_of_a: psycopg.Connection[Row], query: PlacedQuery) -> None:
    rows, _ = run(reader_of_a, query)
    texts = [str(value) for row in rows for value in row.values()]
    assert not [text for text in texts if "乙企业" in text or text == "B" or "B/V01" in text or "P2" in text]


def test_the_books_are_shown_balanced(reader: psycopg.Connection[Row]) -> None:
    (books,) = [query for query in QUERIES if "The books" in query.place]
    rows, _ = run(reader, books)
    assert [int(value) for value in rows[0].values()] == [20, 12, 2, 2, 4, 0]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM public.tokens",
        "SELECT * FROM public.readings",
        "CREATE TEMP TABLE t (i int)",
        "SET ROLE parkwatch_all",
    ],
)
def test_the_login_can_do_nothing_else(reader_of_a: psycopg.Connection[Row], sql: str) -> None:
    with pytest.raises(psycopg.Error):
        reader_of_a.execute(cast("Query", sql))


def test_a_setting_that_anyone_can_change_changes_nothing(reader_of_a: psycopg.Connection[Row]) -> None:
    reader_of_a.execute("SET default_transaction_read_only = off")
    reader_of_a.execute("SET search_path = public")
    assert [row["code"] for row in reader_of_a.execute("SELECT code FROM visible.enterprises")] == ["A"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader_of_a.execute("INSERT INTO public.role_scopes VALUES (current_user, NULL)")
