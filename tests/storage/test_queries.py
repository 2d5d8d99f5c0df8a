"""Every query file is understood by a migrated database, and says what it is for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from storage.connect import Connection, open_connection
from storage.databases import create_database, drop_database, with_database
from storage.queries import FOLDER, execute

FILES = sorted(FOLDER.glob("*.sql"))


@pytest.fixture(scope="module")
def shared(database_server: str, template_database: str) -> Iterator[Connection]:
    """One database for all files: each is undone."""
    name = f"parkwatch_test_{uuid.uuid4().hex[:12]}"
    create_database(database_server, name, template=template_database)
    with closing(open_connection(with_database(database_server, name))) as connection:
        for staging in ("create_incoming", "stage_evidence", "stage_balances", "stage_green_power", "stage_emissions"):
            execute(connection, staging)
        yield connection
    drop_database(database_server, name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_database_understands_it(file: Path, shared: Connection) -> None:
    text = file.read_text(encoding="utf-8")
    names = re.findall(r"%\((\w+)\)s", text)
    body = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE).strip().upper()
    plan = "EXPLAIN " if body.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")) else ""
    with shared.transaction() as transaction:
        shared.execute(plan + text, dict.fromkeys(names))
        raise psycopg.Rollback(transaction)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_its_first_line_says_what_it_is_for_and_every_parameter_has_a_type(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert re.findall(r"%\(\w+\)s(?!::)", text) == []
