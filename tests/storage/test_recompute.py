"""A recomputation, by the code of live, of unchanged data leaves every row as it was, to the version."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import closing
from typing import Any

import pytest

from parkwatch.jobs.compute_accounts import compute, recompute
from parkwatch.jobs.drain_hours import drain
from parkwatch.jobs.recompute import recompute_hours
from parkwatch.seed import seed_shipped
from storage.connect import Connection, open_connection
from tests.storage.test_facts import SHANGHAI, Park, minutes

MONTH = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)


@pytest.fixture
def park(connection: Connection) -> Park:
    """A counter with a fall, a wrap and a gap, an interval meter, both computed."""
    seed_shipped(connection)
    found = Park(connection)
    counter, interval = found.add_point(), found.add_point("S01", kind="interval", role="onsite_solar")
    found.add_epoch(counter, 0, width=1000.0, first_register=0.0)
    rows = [(minute, register % 1000) for minute, register in minutes(0, 1500)]
    found.send(counter, [*rows, *minutes(1800, 2400, start=5.0), *minutes(2401, 2900, start=1.0)])
    found.send(interval, [(minute, 0.5) for minute in range(1, 2900)])
    found.drain()
    compute(connection, NOW, SHANGHAI.key)
    recompute(connection, "city", MONTH, MONTH, NOW, SHANGHAI.key)
    return found


def everything(connection: Connection) -> list[list[tuple[Any, ...]]]:
    """Every computed row with the transaction that wrote it."""
    tables = ("hourly_facts", "meter_steps", "energy_balances", "green_power", "emissions")
    return [
        connection.execute(f"SELECT xmin::text, t::text FROM {table} t ORDER BY 2").fetchall()  # noqa: S608
        for table in tables
    ]


def test_unchanged_data_give_the_same_rows(park: Park) -> None:
    before = everything(park.connection)
    assert all(before)
    shown = list[tuple[int, int]]()
    hours = recompute_hours(
        park.connection, "city", MONTH, MONTH, SHANGHAI, show=lambda done, total: shown.append((done, total))
    )
    assert hours > 80
    assert shown[-1] == (hours, hours)
    recompute(park.connection, "enterprise:ENT01", MONTH, MONTH, NOW, SHANGHAI.key)
    assert everything(park.connection) == before


def test_while_another_drains(park: Park, database_url: str) -> None:
    before = everything(park.connection)
    over = threading.Event()

    def live() -> None:
        with closing(open_connection(database_url)) as own:
            while not over.is_set():
                drain(own, NOW, timezone=SHANGHAI, limit=5)

    worker = threading.Thread(target=live)
    worker.start()
    try:
        recompute_hours(park.connection, "enterprise:ENT01", MONTH, MONTH, SHANGHAI)
    finally:
        over.set()
        worker.join()
    assert everything(park.connection) == before


def test_what_was_lost_comes_back_from_the_readings(park: Park) -> None:
    before = [row[1:] for row in park.contents(1)[:5]]  # type: ignore[index]
    park.connection.execute("UPDATE hourly_facts SET delta = 0 WHERE point_id = 1")
    recompute_hours(park.connection, "city", MONTH, MONTH, SHANGHAI)
    assert [row[1:] for row in park.contents(1)[:5]] == before  # type: ignore[index]


def test_other_scopes_are_left_alone(park: Park) -> None:
    assert recompute_hours(park.connection, "enterprise:NONE", MONTH, MONTH, SHANGHAI) == 0
