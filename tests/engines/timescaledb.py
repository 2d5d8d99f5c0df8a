"""A TimescaleDB to test on: the server that was offered, else real TimescaleDB code in WebAssembly behind a bridge."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.connect import open_connection
from storage.databases import create_database, drop_database, with_database
from storage.engine import Engine, offered_engine

FOLDER = Path(__file__).parent
HOW = "TimescaleDB for the tests needs node and `npm ci --prefix tests/engines`, or PARKWATCH_TEST_DATABASE_URL"


@contextmanager
def empty_timescaledb() -> Iterator[str]:
    """The URL of an empty database. Without any TimescaleDB the test is skipped, or fails where services must be."""
    server = os.environ.get("PARKWATCH_TEST_DATABASE_URL")
    if server and _has_timescaledb(server):
        name = f"parkwatch_test_{uuid.uuid4().hex[:12]}"
        create_database(server, name)
        yield with_database(server, name)
        drop_database(server, name)
        return
    if shutil.which("node") is None or not (FOLDER / "node_modules").exists():
        missing = pytest.fail if _must_be_there() else pytest.skip
        missing(HOW)
    with _bridge() as url:
        yield url


def _has_timescaledb(server: str) -> bool:
    with closing(open_connection(server)) as connection:
        return offered_engine(connection) is Engine.TIMESCALEDB


def _must_be_there() -> bool:
    return os.environ.get("CI") == "true" or os.environ.get("PARKWATCH_REQUIRE_SERVICES") == "1"


@contextmanager
def _bridge() -> Iterator[str]:
    """The bridge on a free port; it ends with its input."""
    command = ["node", str(FOLDER / "bridge.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the bridge did not start; its words are above"
        yield f"postgresql://postgres@127.0.0.1:{json.loads(line)['port']}/postgres"
