"""What is dropped and what is kept, as tested on plain PostgreSQL, on TimescaleDB and Citus."""

from __future__ import annotations

import pytest

from storage.connect import Connection
from tests.storage import test_retention

LEFT_OUT = {"test_a_day_somebody_writes_to_is_dropped_later"}  # locks

globals().update({name: it for name, it in vars(test_retention).items() if name[0] != "_" and name not in LEFT_OUT})


@pytest.fixture
def connection(elsewhere: Connection) -> Connection:
    return elsewhere
