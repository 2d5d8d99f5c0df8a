"""The demo as a newcomer runs it, held against the simulator's own truth."""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from parkwatch.balance import ledger_differences, share_differences, truth_of_what_arrived
from parkwatch.demo_park import demo_park
from simulators.registry import demo_registry
from simulators.streams import LOCAL
from storage.connect import Connection, open_connection
from tests.served import Served, Start, processes_over, status, wait_until

RULE = "wuhai-plan@1"
AIR = Path(os.environ.get("PARKWATCH_REAL_DATA", "../shared/data")) / "uci_air_quality.csv"
MAPPINGS = Path("simulators/mappings")


def count(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def settled(connection: Connection) -> bool:
    return count(connection, "dirty_hours") == 0 and count(connection, "dirty_days") == 0


def test_two_days_of_history_give_the_shares_of_the_simulators_truth(serve: Start, tmp_path: Path) -> None:
    served = serve()
    park = demo_park(tmp_path / "data")
    registry = tmp_path / "park.yaml"
    registry.write_text(demo_registry(dt.datetime.now(LOCAL).date(), park.since, park.seed), encoding="utf-8")
    assert served.run("registry", "apply", str(registry)).returncode == 0
    figures = json.loads(served.run("simulate", "backfill", "--days", "2").stdout)
    assert figures["stored"] == figures["sent"] > 200_000
    with closing(open_connection(served.urls["database"])) as connection:
        wait_until(lambda: settled(connection), "the accounts", 120)
        assert ledger_differences(connection) == []
        truth = truth_of_what_arrived(connection, park)
        month = dt.datetime.now(LOCAL).date().replace(day=1)
        assert share_differences(connection, truth, month, RULE) == []
        connection.execute("UPDATE green_power SET policy_share = policy_share + 2e-6 WHERE scope = 'city'")
        assert [d.place for d in share_differences(connection, truth, month, RULE)] == [f"city {month:%Y-%m}"]
        connection.execute("DELETE FROM readings WHERE ctid IN (SELECT ctid FROM readings LIMIT 1)")
        assert len(ledger_differences(connection)) == 1


def test_the_demo_is_live_twice_over_one_folder(serve: Start, tmp_path: Path) -> None:
    first = serve(command=("demo",))
    assert status(f"{first.urls['http']}/health/ready") == 200
    with closing(open_connection(first.urls["database"])) as connection:
        wait_until(lambda: count(connection, "latest_readings") >= 200, "readings of every point", 60)
        before = count(connection, "readings")
    wait_until(lambda: b"/login?link=" in (tmp_path / "log").read_bytes(), "the link")
    assert first.interrupt() == 0
    assert processes_over(tmp_path / "data") == []
    second = serve(command=("demo",))
    with closing(open_connection(second.urls["database"])) as connection:
        assert count(connection, "readings") >= before
        assert ledger_differences(connection) == []


def replay(served: Served) -> dict[str, int]:
    command = ["simulate", "replay", str(AIR), "--mapping", str(MAPPINGS / "uci_air_quality.yaml")]
    done = served.run(*command, "--enterprise", "AIRQ")
    assert done.returncode == 0, done.stderr
    figures: dict[str, int] = json.loads(done.stdout)
    return figures


@pytest.mark.skipif(not AIR.exists(), reason=f"{AIR} is absent: set PARKWATCH_REAL_DATA to the folder that has it")
def test_the_air_quality_replay_refuses_every_missing_cell(serve: Start) -> None:
    served = serve()
    registry = (MAPPINGS / "uci_air_quality.registry.yaml").resolve()
    assert served.run("registry", "apply", str(registry)).returncode == 0
    figures = replay(served)
    assert (figures["sent"], figures["stored"], figures["rejected"]) == (28_071, 17_579, 10_492)
    with closing(open_connection(served.urls["database"])) as connection:
        stored = connection.execute(
            "SELECT p.code, count(*) FROM readings r JOIN points p ON p.id = r.point_id GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert dict(stored) == {"CO": 7_674, "NMHC": 914, "BENZENE": 8_991}
        assert connection.execute("SELECT DISTINCT reason FROM rejected_readings").fetchall() == [("out_of_range",)]
        assert count(connection, "rejected_readings") == 10_492
        books = connection.execute("SELECT sum(received), sum(stored), sum(rejected) FROM ledger").fetchone()
        assert books == (28_071, 17_579, 10_492)
        assert ledger_differences(connection) == []
