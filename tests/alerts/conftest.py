from __future__ import annotations

import pytest

from storage.connect import Connection
from tests.alerts.bench import Bench


@pytest.fixture
def bench(connection: Connection) -> Bench:
    made = Bench(connection)
    made.park()
    return made
