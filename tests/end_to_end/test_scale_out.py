"""The number of ingestors changed under load, and one that dies for good, by the how-to, word by word."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from ingest.broker_trial import _Visitor
from ingest.consumer import BrokerAddress
from parkwatch.demo_park import demo_park
from parkwatch.gateway_logins import kept_login
from parkwatch.logins import Gateway
from parkwatch.mosquitto import Mosquitto, find_mosquitto
from parkwatch.sent_balance import Comparison, compare_sent
from parkwatch.settings import read_settings
from simulators.faulty import Storm, run_faulty
from simulators.letters import rates
from simulators.registry import demo_registry
from simulators.sent import Sent, Truth
from simulators.streams import LOCAL
from storage.balance import answered_messages
from storage.connect import Connection
from storage.registry import apply_registry
from tests.served import wait_until

HOW_TO = Path(__file__).parent.parent.parent / "docs" / "how-to" / "scale-out.md"
IDS = [f"parkwatch-ingest-{n}" for n in range(3)]


def procedure(heading: str) -> list[str]:
    """The words of the command below a heading of the how-to."""
    section = HOW_TO.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    command = re.findall(r"```sh\nparkwatch (.*?)\n```", section)[-1]
    return list(command.split())


class Crew:
    """Ingestors as processes of their own, over one broker and one database."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._log = log

    def start(self, client_id: str) -> None:
        with self._log.open("ab") as output:
            self.processes[client_id] = subprocess.Popen(
                [sys.executable, "-P", "-m", "parkwatch", "ingest"],
                stderr=output, env=self.environment | {"PARKWATCH_INGEST_CLIENT_ID": client_id},
            )  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "parkwatch", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=200, check=False)

    def do(self, *words: str) -> dict[str, Any]:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(40)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    program = find_mosquitto()
    if program is None:
        required = os.environ.get("CI") == "true" or os.environ.get("PARKWATCH_REQUIRE_SERVICES") == "1"
        (pytest.fail if required else pytest.skip)("needs mosquitto: apt-get install mosquitto")
    with Mosquitto(tmp_path / "broker" / "mosquitto", program) as broker:
        yield broker


@pytest.fixture
def crew(tmp_path: Path, database_url: str, mosquitto: Mosquitto) -> Iterator[Crew]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PARKWATCH_")}
    ours = {
        "PARKWATCH_DATABASE_URL": database_url,
        "PARKWATCH_MQTT_URL": mosquitto.ingest_url,
        "PARKWATCH_DATA_DIR": str(tmp_path),
    }
    crew = Crew(plain | ours, tmp_path / "log")
    yield crew
    crew.stop()


@pytest.fixture
def park(tmp_path: Path, connection: Connection) -> None:
    park = demo_park(tmp_path)
    apply_registry(connection, demo_registry(dt.datetime.now(LOCAL).date(), park.since, park.seed), source="demo")


def readers(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT enterprise, ingestor FROM ingest_shares").fetchall())


def alive(connection: Connection) -> set[str]:
    query = "SELECT part FROM heartbeats WHERE well AND beat_at > now() - interval '10 s'"
    return {row[0] for row in connection.execute(query)}


def committed(connection: Connection) -> int:
    return sum(1 for _ in answered_messages(connection))


def more_committed(connection: Connection) -> None:
    before = committed(connection)
    wait_until(lambda: committed(connection) > before + 20, "more messages")


class Load:
    """Gateways that believe the broker, with every fault, until told that it is enough."""

    def __init__(self, folder: Path, crew: Crew, mosquitto: Mosquitto, connection: Connection) -> None:
        self._truth, self._connection = folder / "truth", connection
        self._stop, self._enough = Event(), Event()
        self._stack = ExitStack()
        self._sent = Sent(self._truth)
        pool = self._stack.enter_context(ThreadPoolExecutor(1))
        settings = read_settings(crew.environment | {"PARKWATCH_MQTT_URL": ""})

        def credentials(enterprise: str, code: str) -> tuple[str, str]:
            login = kept_login(settings, connection, Gateway(enterprise, code))
            return login.username, login.password

        storm = Storm(7, 25 * 1440, rates(0.03), 24, 0.1, False)
        arguments = (mosquitto.url, credentials, demo_park(folder), storm, self._sent, self._stop)
        self._sending = pool.submit(run_faulty, *arguments, enough=self._enough)

    def finish(self) -> Comparison:
        """End the load, wait until all is answered, and compare."""
        self._enough.set()
        self._sending.result(120)
        self._sent.close()
        with closing(Truth(self._truth)) as truth:
            sent = sum(1 for _ in truth.messages())
            wait_until(lambda: committed(self._connection) >= sent, "the last answers", 120)
            return compare_sent(self._connection, truth)

    def close(self) -> None:
        self._stop.set()
        self._stack.close()


def test_from_one_to_three_one_dies_for_good_and_back_to_one(
    crew: Crew, park: None, mosquitto: Mosquitto, connection: Connection, tmp_path: Path
) -> None:
    crew.start(IDS[0])
    wait_until(lambda: readers(connection) == {"+": IDS[0]} and IDS[0] in alive(connection), "the first ingestor")
    with closing(Load(tmp_path, crew, mosquitto, connection)) as load:
        more_committed(connection)
        for client_id in IDS[1:]:
            crew.start(client_id)
        wait_until(lambda: alive(connection) >= set(IDS), "three ingestors")
        divided = crew.do(*procedure("More ingestors"))["readers"]
        assert set(divided.values()) == set(IDS)
        more_committed(connection)
        assert wrong_findings(crew) == []

        crew.processes[IDS[1]].kill()
        crew.processes.pop(IDS[1]).wait()
        refused = crew.run(*procedure("One died"))
        assert (refused.returncode, "sign of life" in refused.stderr) == (1, True)
        more_committed(connection)
        connection.execute("UPDATE heartbeats SET beat_at = beat_at - interval '1 minute' WHERE part = %s", [IDS[1]])
        assert [f["check"] for f in wrong_findings(crew) if f["part"] == "ingest"] == ["silent"]
        taken = crew.do(*procedure("One died"))
        assert taken["taken_over"] == IDS[1]
        assert set(taken["enterprises"]) == {e for e, reader in divided.items() if reader == IDS[1]}
        assert set(readers(connection).values()) == {IDS[0], IDS[2]}
        more_committed(connection)

        crew.do(*procedure("Fewer ingestors"))
        more_committed(connection)
        crew.processes[IDS[2]].terminate()
        crew.processes.pop(IDS[2]).wait(40)
        wait_until(lambda: readers(connection) == {"+": IDS[0]}, "one who reads everything")
        compared = load.finish()
    assert compared.differences == []
    assert (compared.lost, compared.doubled) == (0, 0)
    assert compared.messages > 300
    assert [session_at(mosquitto, client_id) for client_id in IDS[1:]] == [False, False]


def wrong_findings(crew: Crew) -> list[dict[str, str]]:
    found = json.loads(crew.run("doctor").stdout)["findings"]
    return [f for f in found if f["level"] == "wrong" and f["part"] in ("ingest", "broker")]


def session_at(mosquitto: Mosquitto, client_id: str) -> bool:
    """Whether the broker still has a session of this id."""
    with _Visitor(BrokerAddress.parse(mosquitto.ingest_url), client_id) as visitor:
        return visitor.session_present
