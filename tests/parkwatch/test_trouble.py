"""A full disk, a server killed in the middle of a computation, a migration that fails: said clearly, nothing lost."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from alerts.arrivals import FactsJudge
from parkwatch.balance import ledger_differences
from parkwatch.jobs.drain_hours import drain
from parkwatch.postgres import Postgres
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.errors import Unavailable
from schemas.metering import HourlyFacts
from schemas.readings import Receipt
from storage import migrate as migrations
from storage.connect import Connection, is_outage, open_connection
from storage.migrate import migrate
from storage.write_batch import BatchWriter
from tests.api.park import PARK, point_id, put_readings

SHANGHAI = ZoneInfo("Asia/Shanghai")
T0 = dt.datetime(2026, 10, 4, 16, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 10, 9, tzinfo=dt.UTC)
BATCH = 20_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 320 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system does not let anybody mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def written(connection: Connection, number: int) -> Receipt:
    """A message of 20,000 readings a second apart, as ingest commits it."""
    first = int(T0.timestamp()) + number * BATCH
    stamps = np.arange(first, first + BATCH, dtype=np.int64) * 1_000_000
    point = np.full(BATCH, point_id(connection, "ENT01/V01"), np.int32)
    block = ReadingBlock(point, stamps, np.random.default_rng(number).normal(20, 3, BATCH), np.full(BATCH, b"N"))
    delivery = Delivery("ENT01", "gw1", "pw/v1/ENT01/gw1/telemetry", b"bytes", f"{number:064x}")
    arrivals = np.repeat(stamps[:, None], 3, axis=1)
    batch = Batch([delivery], block, np.zeros(BATCH, np.int32), arrivals)
    return BatchWriter(connection, SHANGHAI).write(batch, NOW)[0]


def test_a_full_disk_holds_ingest_up_and_loses_nothing(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    settings = {"max_wal_size": "64MB", "min_wal_size": "32MB", "shared_buffers": "32MB"}
    with Postgres(small_disk / "postgres", settings=settings) as server:
        with closing(open_connection(server.url)) as connection:
            migrate(connection)
            connection.execute(PARK)
            assert written(connection, 0).stored == BATCH
        ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096 - 30_000_000))
        committed, refused = write_until_refused(server.url)
        assert is_outage(refused), "ingest tries again, and does not refuse the message"
        assert "No space left on device" in f"{refused} {server.log.read_text()}"
        ballast.unlink()
        if not server.running:
            server.stop()
            server.start()
        with closing(_recovered(server.url)) as connection:
            again = written(connection, committed)
            assert again.stored + again.duplicate == BATCH
            assert connection.execute("SELECT count(*) FROM readings").fetchone() == ((committed + 1) * BATCH,)
            assert ledger_differences(connection) == []


def _recovered(url: str) -> Connection:
    """A connection, once a server that ran out of disk for its log has recovered by itself."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return open_connection(url)
        except Unavailable:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def write_until_refused(url: str) -> tuple[int, Exception]:
    """The number of the message that the database could not take, and why."""
    with closing(open_connection(url)) as connection:
        for number in range(1, 100):
            try:
                assert written(connection, number).stored == BATCH
            except (psycopg.Error, Unavailable) as error:
                return number, error
    pytest.fail("the disk never got full")


def test_a_server_killed_in_the_middle_of_a_computation(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres") as server:
        with closing(open_connection(server.url)) as connection:
            migrate(connection)
            connection.execute(PARK)
            put_readings(connection, "ENT01/V01", T0, [float(i % 17) for i in range(3 * 1440)])
            connection.execute(
                "INSERT INTO dirty_hours (point_id, hour) "
                "SELECT DISTINCT point_id, date_trunc('hour', ts) FROM readings"
            )
            dirty = connection.execute("SELECT count(*) FROM dirty_hours").fetchone()

            class PullThePlug(FactsJudge):
                def __call__(self, _connection: Connection, facts: HourlyFacts, _now: dt.datetime) -> None:
                    assert len(facts)
                    postmaster = int((server.folder / "cluster/postmaster.pid").read_text().split()[0])
                    os.kill(postmaster, signal.SIGKILL)
                    server.stop()

            with pytest.raises(psycopg.OperationalError):
                drain(connection, NOW, timezone=SHANGHAI, judge=PullThePlug(SHANGHAI))
        server.start()
        with closing(open_connection(server.url)) as connection:
            assert connection.execute("SELECT count(*) FROM dirty_hours").fetchone() == dirty
            assert connection.execute("SELECT count(*) FROM hourly_facts").fetchone() == (0,)
            assert sum(iter(lambda: drain(connection, NOW, timezone=SHANGHAI), 0)) == 72
            means = connection.execute("SELECT sum(n), sum(n * mean) FROM hourly_facts").fetchone()
            assert means == (3 * 1440, pytest.approx(sum(i % 17 for i in range(3 * 1440))))


def test_a_failed_migration_is_named_and_the_next_start_goes_on(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in migrations.FOLDER.glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    broken, after = tmp_path / "9998_broken.sql", tmp_path / "9999_after.sql"
    broken.write_text("CREATE TABLE half_made (id int);\nSELECT nonsense;", encoding="utf-8")
    after.write_text("CREATE TABLE after_it (id int)", encoding="utf-8")
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    with closing(open_connection(empty_database_url)) as connection:
        with pytest.raises(Unavailable, match=r"9998_broken failed and left nothing behind: .*nonsense"):
            migrate(connection)
        assert connection.execute("SELECT to_regclass('half_made'), to_regclass('readings')").fetchone() == (
            None,
            "readings",
        )
        broken.write_text("CREATE TABLE whole (id int)", encoding="utf-8")
        assert migrate(connection) == ["9998_broken", "9999_after"]
