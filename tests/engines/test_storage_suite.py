"""Tests of storage written for plain PostgreSQL, on TimescaleDB and Citus: writer, hourly facts, every query file."""

from __future__ import annotations

import importlib

import pytest

from storage.connect import Connection
from storage.queries import execute

SUITES = ("test_write_batch", "test_facts", "test_queries")
LEFT_OUT = {
    # the bridge has one backend: it cannot hold a lock against itself
    "test_a_point_in_work_is_left_to_its_worker",
    "test_many_workers_and_a_writer_at_once",
    # long, and a matter of arithmetic
    "test_any_order_of_arrival_gives_the_same_facts",
}

for suite in SUITES:
    found = vars(importlib.import_module(f"tests.storage.{suite}"))
    globals().update({name: it for name, it in found.items() if name[0] != "_" and name not in LEFT_OUT})


@pytest.fixture
def connection(elsewhere: Connection) -> Connection:
    return elsewhere


@pytest.fixture
def shared(connection: Connection, request: pytest.FixtureRequest) -> Connection:
    """The staging tables too, which belong to the session."""
    if "[citus-find_existing_readings]" in request.node.name:
        pytest.skip("Citus explains no plan of several steps inside a transaction; the tests of the writer run it")
    for staging in ("create_incoming", "stage_evidence", "stage_balances", "stage_green_power", "stage_emissions"):
        execute(connection, staging)
    return connection
