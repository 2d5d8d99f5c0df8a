"""A backup of one instant, restored on a server that never saw the original, with its books balanced."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest

from parkwatch import backup
from parkwatch.backup import back_up, read_manifest, restore
from parkwatch.balance import ledger_differences
from parkwatch.postgres import Postgres
from schemas.access import AccessRole
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.errors import Conflict, InvalidInput, Unavailable
from storage.access import acting_as_all, ensure_enterprise_role
from storage.archives import contents
from storage.connect import Connection, open_connection
from storage.databases import with_database
from storage.tokens import create_token
from storage.write_batch import BatchWriter
from tests.api.park import PARK, point_id, serving
from tests.conftest import TEST_SETTINGS

NOW = dt.datetime(2026, 10, 6, tzinfo=dt.UTC)
T0_US = 1_791_129_600_000_000  # 2026-10-04T16:00Z
MINUTE_US = 60_000_000


def deliver(connection: Connection, first: int, readings: int, value: float = 1.0) -> None:
    """One message of minute readings of ENT01/V01, as ingest commits it."""
    stamps = T0_US + MINUTE_US * np.arange(first, first + readings, dtype=np.int64)
    point = np.full(readings, point_id(connection, "ENT01/V01"), np.int32)
    block = ReadingBlock(point, stamps, np.full(readings, value), np.full(readings, b"N"))
    digest = f"{first:032x}{readings:032x}"
    delivery = Delivery("ENT01", "gw1", "pw/v1/ENT01/gw1/telemetry", b"bytes", digest)
    arrivals = np.repeat(stamps[:, None], 3, axis=1)
    BatchWriter(connection, ZoneInfo("Asia/Shanghai")).write(
        Batch([delivery], block, np.zeros(readings, np.int32), arrivals), NOW
    )


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """Two days of one point, a hundred of its readings corrected, a token, a role of an enterprise."""
    connection.execute(PARK)
    deliver(connection, 0, 2880)
    deliver(connection, 500, 100, value=2.0)
    create_token(connection, AccessRole.ADMIN, None)
    ensure_enterprise_role(connection, 1)
    return connection


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[str]:
    """A server of its own, empty, without any of our roles."""
    with Postgres(tmp_path / "other", settings=TEST_SETTINGS) as server:
        yield server.url


def everything(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for numbers of transactions."""
    found = {}
    for table in contents(connection).rows:
        names = connection.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND atttypid <> 'xid8'::regtype",
            [table],
        ).fetchall()
        columns = ", ".join(name for (name,) in names)
        found[table] = connection.execute(f"SELECT {columns} FROM {table} t ORDER BY t::text").fetchall()  # noqa: S608
    return found


def test_restored_on_another_server_it_is_the_same(
    filled: Connection, database_url: str, other_server: str, tmp_path: Path
) -> None:
    manifest = back_up(database_url, tmp_path / "backup")
    assert manifest.contents.rows["readings"] == 2880
    assert manifest.contents.rows["reading_revisions"] == 100
    assert restore(other_server, tmp_path / "backup") == {"readings": 2880, "migrations": [], "kept": None}
    with closing(open_connection(other_server)) as restored:
        assert everything(restored) == everything(filled)
        assert ledger_differences(restored) == []
        deliver(restored, 2880, 60)
        assert ledger_differences(restored) == []
        with acting_as_all(restored):
            assert restored.execute("SELECT count(*) FROM visible.readings").fetchone() == (2940,)
        restored.execute("SET ROLE parkwatch_enterprise_1")
        assert restored.execute("SELECT count(*) FROM visible.readings").fetchone() == (2940,)
    with serving(other_server) as url:
        assert httpx.get(f"{url}/health/ready").status_code == 200


def test_the_live_stream_goes_on_after_a_restore(
    filled: Connection, database_url: str, other_server: str, tmp_path: Path
) -> None:
    """Rows of a server that has counted further must not look as if they came from the future."""
    filled.execute("UPDATE latest_readings SET changed_in = '900000000000'")
    back_up(database_url, tmp_path / "backup")
    restore(other_server, tmp_path / "backup")
    with closing(open_connection(other_server)) as restored:
        ahead = "SELECT count(*) FROM latest_readings WHERE changed_in > pg_current_xact_id()"
        assert restored.execute(ahead).fetchone() == (0,)


def test_it_is_of_one_instant_while_readings_come_in(filled: Connection, database_url: str, tmp_path: Path) -> None:
    begun, stop = threading.Event(), threading.Event()

    def feed() -> None:
        with closing(open_connection(database_url)) as connection:
            first = 2880
            while not stop.is_set():
                deliver(connection, first, 10)
                first += 10
                begun.set()

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        assert begun.wait(30)
        manifest = back_up(database_url, tmp_path / "backup")
    finally:
        stop.set()
        thread.join()
    server = with_database(database_url, f"restored_{tmp_path.name.replace('-', '_')}")
    assert restore(server, tmp_path / "backup")["readings"] == manifest.contents.rows["readings"]
    with closing(open_connection(server)) as restored:
        assert ledger_differences(restored) == []
    row = filled.execute("SELECT count(*) FROM readings").fetchone()
    assert row is not None
    assert row[0] >= manifest.contents.rows["readings"]


def test_a_database_with_readings_is_set_aside_only_when_told(
    filled: Connection, database_url: str, tmp_path: Path
) -> None:
    back_up(database_url, tmp_path / "backup")
    deliver(filled, 5000, 7)
    with pytest.raises(Conflict, match="holds 2887 readings: add --replace"):
        restore(database_url, tmp_path / "backup")
    with pytest.raises(Conflict, match="in use by parkwatch"):
        restore(database_url, tmp_path / "backup", replace=True)
    filled.close()
    kept = restore(database_url, tmp_path / "backup", replace=True)["kept"]
    for url, readings in ((database_url, 2880), (with_database(database_url, kept), 2887)):
        with closing(open_connection(url)) as connection:
            assert connection.execute("SELECT count(*) FROM readings").fetchone() == (readings,)


def test_damage_is_named_and_nothing_is_touched(filled: Connection, database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(database_url, folder)
    with pytest.raises(Conflict, match="never written over another"):
        back_up(database_url, folder)
    (folder / backup.DUMP / "toc.dat").write_bytes(b"damaged")
    with pytest.raises(InvalidInput, match=r"toc\.dat: .*changed since"):
        restore(database_url, folder, replace=True)
    manifest = json.loads((folder / backup.MANIFEST).read_text())
    manifest["contents"]["migrations"].append("9999_from_the_future")
    (folder / backup.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InvalidInput, match=r"newer ParkWatch .9999_from_the_future."):
        read_manifest(folder)
    with pytest.raises(InvalidInput, match=r"is not a backup"):
        read_manifest(tmp_path)
    assert filled.execute("SELECT count(*) FROM readings").fetchone() == (2880,)


def test_what_was_restored_is_counted(filled: Connection, database_url: str, other_server: str, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(database_url, folder)
    manifest = json.loads((folder / backup.MANIFEST).read_text())
    manifest["contents"]["rows"]["readings"] += 1
    (folder / backup.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(Unavailable, match="table readings has 2880 rows after restoring and had 2881"):
        restore(other_server, folder)
    with closing(open_connection(other_server)) as untouched:
        assert untouched.execute("SELECT to_regclass('readings')").fetchone() == (None,)


def test_a_missing_program_is_named(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="pg_dump is missing: name a folder"):
        back_up(database_url, tmp_path / "backup", bindir=tmp_path)
    assert not (tmp_path / "backup").exists()
