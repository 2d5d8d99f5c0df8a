"""The whole service while channels are silent, refusing, slow, dripping, full: neither ingest nor another waits."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

from benchmarks.channels import Channels, gateway, load, probe, registry
from benchmarks.chaos import service
from benchmarks.sick_channels import points_of, running
from storage.connect import Connection, open_connection
from storage.leadership import Work
from storage.registry import apply_registry
from tests.api.park import wait_until

LEADER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint << 32 | objid::bigint = %s"


def test_no_sick_channel_delays_ingest_or_another(tmp_path: Path) -> None:
    channels = Channels()
    with (
        running(*channels.servers),
        service(tmp_path / "data", tmp_path / "log", **channels.settings) as found,
        closing(open_connection(found.urls["database"])) as connection,
    ):
        apply_registry(connection, registry(channels.names, 20))
        channels.fall_sick(found.urls["database"])
        with load(found), closing(gateway(found, "PROBE")) as sender:
            probe(sender, channels.good, "V000")
            assert channels.hang(), "each sick server has a message in its hand"
            lose_the_lead(connection)
            probe(sender, channels.good, "V001")
            assert channels.dripping.left == 0, "the next lead did not wait for the end of what hangs"
            for number in range(2, 11):  # a receipt came, and the webhook took it, while the sick ones go on hanging
                probe(sender, channels.good, f"V{number:03d}")
            assert taken_by(connection, channels.sick_names) == 0
            assert queued(connection, "webhook:full") <= 1000, "nothing more is put into a full queue"
        assert points_of(channels.good) == [f"PROBE/V{n:03d}" for n in range(11)], "in order, and none twice"
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(30) == 0, "it ends while they hang"


def test_what_waited_is_told_when_a_channel_is_well_again(tmp_path: Path) -> None:
    channels = Channels()
    with (
        running(*channels.servers),
        service(tmp_path / "data", tmp_path / "log", **channels.settings) as found,
        closing(open_connection(found.urls["database"])) as connection,
    ):
        apply_registry(connection, registry(["webhook:good", "webhook:full"], 4))
        channels.full.sick.set()
        with closing(gateway(found, "PROBE")) as sender:
            for number in range(3):
                probe(sender, channels.good, f"V{number:03d}")
        assert channels.full.received == []
        channels.full.sick.clear()
        channels.full.over.set()
        wait_until(lambda: len(channels.full.received) == 3, 60)
        assert points_of(channels.full) == points_of(channels.good)


def lose_the_lead(connection: Connection) -> None:
    leader = connection.execute(LEADER, [Work.SCHEDULE.value]).fetchone()
    assert leader
    connection.execute("SELECT pg_terminate_backend(%s)", leader)


def taken_by(connection: Connection, names: list[str]) -> int:
    sql = "SELECT count(*) FROM outbox WHERE channel = ANY (%s) AND delivered_at IS NOT NULL"
    return int((connection.execute(sql, [names]).fetchone() or (0,))[0])


def queued(connection: Connection, name: str) -> int:
    sql = "SELECT count(*) FROM outbox WHERE channel = %s AND delivered_at IS NULL"
    return int((connection.execute(sql, [name]).fetchone() or (0,))[0])
