"""Plain PostgreSQL and Citus, one answer: what test_same_answers compares, with the readings spread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.connect import Connection
from storage.engine import Engine
from tests.engines import test_same_answers
from tests.engines.conftest import Engines, beside_plain

LEFT_OUT = {
    "test_they_are_two_engines",
    "test_time_bucket_of_grafana_groups_as_plain_sql_does",
    "test_the_login_of_grafana_finds_what_its_switch_writes",
}

globals().update({n: it for n, it in vars(test_same_answers).items() if n[0] != "_" and n not in LEFT_OUT})


@pytest.fixture(scope="module")
def engines(citus: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Plain PostgreSQL and Citus with the same days."""
    with beside_plain(Engine.CITUS, citus, tmp_path_factory.mktemp("plain")) as both:
        yield both


def test_the_readings_are_spread_and_nothing_else(engines: Engines) -> None:
    citus = engines[Engine.CITUS]
    other = "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid::text !~ '^readings(_before|_[0-9]{8})?$'"
    assert citus.execute(other).fetchone() == (0,)
    busy = "SELECT count(DISTINCT nodeport) FROM citus_shards WHERE table_name::text = 'readings_20261001'"
    assert citus.execute(busy).fetchone() == (2,)
