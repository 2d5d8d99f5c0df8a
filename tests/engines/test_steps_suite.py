"""Steps and facts of days, as tested on plain PostgreSQL, on TimescaleDB."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from storage.connect import Connection
from tests.storage import test_steps

LEFT_OUT = {"test_a_point_in_work_is_left_to_its_worker"}  # the bridge has one backend

globals().update({name: it for name, it in vars(test_steps).items() if name[0] != "_" and name not in LEFT_OUT})


@pytest.fixture
def connection(timescaledb: Connection) -> Iterator[Connection]:
    """The database for one test: what it does is undone."""
    with timescaledb.transaction() as transaction:
        yield timescaledb
        raise psycopg.Rollback(transaction)
