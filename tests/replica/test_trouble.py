"""A replica that is behind, frozen, away or somebody else's: nobody reads the past in it, and everybody is told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from parkwatch.doctor.findings import Level
from parkwatch.doctor.replica import examine
from parkwatch.settings import Settings
from storage.connect import Connection, open_connection
from storage.replica import REST_S, Standing, judge, primary_position, replayed
from tests.api.park import serving, wait_until
from tests.replica.conftest import reads
from tests.standby import Pair

PATIENCE_S = 1.0
TABLE = b"ts,point,value\n2026-10-05T00:00:00+08:00,ENT01/V01,1\n"


def queue_import(client: httpx.Client) -> None:
    """Write, and read what was written, as one caller does."""
    queued = client.post("/imports", content=TABLE, headers={"Content-Type": "text/csv"})
    assert queued.status_code == 202, queued.text
    found = client.get(f"/imports/{queued.json()['id']}")
    assert found.status_code == 200, "a caller reads what it wrote"
    assert found.json()["state"] == "queued"


@contextmanager
def hasty(pair: Pair, headers: dict[str, str]) -> Iterator[httpx.Client]:
    """The API with a patience that a test can wait for."""
    with (
        serving(pair.primary.url, read_url=pair.standby.url, read_wait_s=PATIENCE_S) as url,
        httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client,
    ):
        yield client


def standing(client: httpx.Client) -> str:
    ready = client.get("/health/ready")
    assert ready.status_code == 200, "the primary answers for the replica"
    return str(ready.json()["checks"]["replica"])


def left_alone(client: httpx.Client) -> int:
    """How many reads the primary answered; on a busy machine one that is behind may look away."""
    return sum(count for how, count in reads(client).items() if how != "current")


def back_in_use(client: httpx.Client) -> Callable[[], bool]:
    def used() -> bool:
        before = reads(client)["current"]
        assert client.get("/enterprises").status_code == 200
        return reads(client)["current"] == before + 1

    return used


def test_what_is_written_is_read_though_the_replica_is_always_late(
    pair: Pair, client: httpx.Client, primary: Connection
) -> None:
    pair.on_standby("ALTER SYSTEM SET recovery_min_apply_delay = '150ms'")
    pair.on_standby("SELECT pg_reload_conf()")
    try:
        before = reads(client)
        started = time.monotonic()
        for _ in range(8):
            queue_import(client)
        assert time.monotonic() - started > 8 * 0.15
        after = reads(client)
        assert after["current"] - before["current"] == 8, "it waited for the replica"
        assert after["behind"] == before["behind"]
    finally:
        pair.on_standby("ALTER SYSTEM RESET recovery_min_apply_delay")
        pair.on_standby("SELECT pg_reload_conf()")


def test_a_replica_that_stands_still_is_left_alone(pair: Pair, headers: dict[str, str]) -> None:
    with hasty(pair, headers) as client:
        wait_until(back_in_use(client))
        pair.on_standby("SELECT pg_wal_replay_pause()")
        try:
            queue_import(client)
            assert left_alone(client) >= 1
            started = time.monotonic()
            for _ in range(20):
                assert client.get("/enterprises").status_code == 200
            assert left_alone(client) >= 21
            assert time.monotonic() - started < 20 * PATIENCE_S, "most reads do not wait for it"
            wait_until(lambda: standing(client) == "behind")
            text = client.get("/metrics").text
            assert "parkwatch_replica_current 0.0" in text
            assert float(text.partition("\nparkwatch_replica_behind_bytes ")[2].split()[0]) > 0
            assert float(text.partition("\nparkwatch_replica_behind_seconds ")[2].split()[0]) > 0
        finally:
            pair.on_standby("SELECT pg_wal_replay_resume()")
        wait_until(back_in_use(client))
        wait_until(lambda: standing(client) == "current")


def test_a_frozen_replica_holds_nobody_up(pair: Pair, headers: dict[str, str]) -> None:
    """Its sockets accept, and nothing ever answers: a machine that swaps, or a halted virtual one."""
    with hasty(pair, headers) as client:
        wait_until(back_in_use(client))
        frozen = processes_of(pair)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(REST_S)
            started = time.monotonic()
            queue_import(client)
            assert time.monotonic() - started < 15
            assert left_alone(client) >= 1
            assert standing(client) == "away"
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        wait_until(back_in_use(client))


def processes_of(pair: Pair) -> list[int]:
    """The standby's server and its children."""
    pid_file = pair.standby.folder / "cluster" / "postmaster.pid"
    postmaster = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="utf-8")
    return [postmaster, *map(int, children.split())]


def test_a_replica_that_stops_and_comes_back(pair: Pair, headers: dict[str, str]) -> None:
    with hasty(pair, headers) as client:
        wait_until(back_in_use(client))
        pair.standby.stop()
        try:
            queue_import(client)
            assert reads(client)["away"] >= 1
            assert standing(client) == "away"
        finally:
            pair.standby.start()
        wait_until(back_in_use(client))
        wait_until(lambda: standing(client) == "current")


def test_the_service_starts_while_the_replica_is_away(pair: Pair, headers: dict[str, str]) -> None:
    pair.standby.stop()
    with hasty(pair, headers) as client:
        try:
            queue_import(client)
            assert standing(client) == "away"
        finally:
            pair.standby.start()
        wait_until(back_in_use(client))


def test_another_server_and_another_database_are_strangers(pair: Pair, primary: Connection) -> None:
    with closing(open_connection(pair.standby.url)) as standby:
        needed, found = primary_position(primary), replayed(standby, 5)
        assert needed is not None
        assert found is not None
        assert judge(needed, found) in {Standing.CURRENT, Standing.BEHIND}
        assert judge(replace(needed, system="7"), found) is Standing.STRANGER
        assert judge(replace(needed, timeline=needed.timeline + 1), found) is Standing.STRANGER
        assert judge(needed, None) is Standing.STRANGER
        assert judge(None, found) is Standing.STRANGER
        assert replayed(primary, 5) is None, "a primary is no standby"
        assert primary_position(standby) is None


def test_the_primary_named_as_its_own_replica_is_told(pair: Pair, headers: dict[str, str]) -> None:
    with (
        serving(pair.primary.url, read_url=pair.primary.url, read_wait_s=0.3) as url,
        httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client,
    ):
        queue_import(client)
        assert left_alone(client) == 1
        wait_until(lambda: standing(client) == "stranger")


def test_the_doctor_says_what_is_wrong(pair: Pair, tmp_path: Path) -> None:
    assert examine(Settings(tmp_path, pair.primary.url)) == []
    settings = Settings(tmp_path, pair.primary.url, pair.standby.url)
    found = {finding.check: finding for finding in examine(settings)}
    assert found["behind"].level is Level.FINE
    assert found["feedback"].level is Level.FINE
    assert found["log kept"].level is Level.NOTE
    assert "disk is full" in found["log kept"].why
    (stranger,) = examine(Settings(tmp_path, pair.primary.url, pair.primary.url))
    assert stranger.level is Level.WRONG


def test_a_promoted_replica_is_no_longer_read(pair: Pair, headers: dict[str, str]) -> None:
    """The last of the module: the two servers part here."""
    with hasty(pair, headers) as client:
        wait_until(back_in_use(client))
        pair.on_standby("SELECT pg_promote()")
        queue_import(client)
        assert left_alone(client) >= 1
        wait_until(lambda: standing(client) == "stranger")
