"""The whole service as one process tree: ready, killed, stopped, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from parkwatch.logins import Login, accepts
from storage.connect import open_connection
from tests.parkwatch.conftest import OtherUser
from tests.served import Served, Start, part, processes_over, serving, status, wait_until

REGISTRY = """
parks: [{code: P1, name: 一号园区}]
enterprises:
  - code: ENT01
    name: 示例企业
    park: P1
    industry: chlor_alkali
    points:
      - {code: E01, name: 总进线, medium: electricity, quantity: active_energy, kind: interval, unit: kWh, role: grid_import, interval: 15min}
"""  # noqa: E501


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Start]:
    with serving(tmp_path) as start:
        yield start


def enterprises(served: Served) -> list[str]:
    with closing(open_connection(served.urls["database"])) as connection:
        return [row[0] for row in connection.execute("SELECT code FROM enterprises ORDER BY code").fetchall()]


def test_ready_commands_and_a_restart(serve: Start, tmp_path: Path) -> None:
    first = serve()
    assert sorted(first.urls) == ["database", "http", "mqtt"]
    assert status(f"{first.urls['http']}/health/ready") == 200

    (tmp_path / "park.yaml").write_text(REGISTRY, encoding="utf-8")
    planned = first.run("registry", "apply", "--dry-run", str(tmp_path / "park.yaml"))
    assert json.loads(planned.stdout)["changes"]
    assert enterprises(first) == []
    assert first.run("registry", "apply", str(tmp_path / "park.yaml")).returncode == 0
    assert enterprises(first) == ["ENT01"]

    printed = json.loads(first.run("broker", "credentials", "ENT01", "gw1").stdout)
    login = Login(**printed)
    assert accepts(urlsplit(first.urls["mqtt"]).port or 0, login)
    refused = first.run("broker", "credentials", "ENT99", "gw1")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "ENT99" in refused.stderr
    assert "Traceback" not in refused.stderr

    token = first.run("token", "create", "--role", "admin").stdout.strip()
    request = urllib.request.Request(  # noqa: S310
        f"{first.urls['http']}/api/v1/me", headers={"Authorization": f"Bearer {token}"}
    )
    assert status(request) == 200  # type: ignore[arg-type]
    assert first.run("doctor").returncode == 0

    assert first.interrupt(times=3) == 0
    assert processes_over(tmp_path / "data") == []

    second = serve()
    assert enterprises(second) == ["ENT01"]
    assert second.urls["database"] == first.urls["database"]
    assert accepts(urlsplit(second.urls["mqtt"]).port or 0, login)


def test_kill_9_leaves_nothing_and_the_data(serve: Start, tmp_path: Path) -> None:
    first = serve()
    (tmp_path / "park.yaml").write_text(REGISTRY, encoding="utf-8")
    first.run("registry", "apply", str(tmp_path / "park.yaml"))
    first.process.kill()
    first.process.wait()
    wait_until(lambda: not processes_over(tmp_path / "data"), "the end of every process")
    assert enterprises(serve()) == ["ENT01"]


def test_parts_that_are_killed_start_again(serve: Start, tmp_path: Path) -> None:
    served = serve()
    before = {name: part(tmp_path / "data", name) for name in ("ingest", "schedule", "api")}
    assert all(before.values())
    for pid in before.values():
        os.kill(pid or 0, signal.SIGKILL)
    wait_until(
        lambda: all(part(tmp_path / "data", name) not in (None, pid) for name, pid in before.items()), "new parts"
    )
    wait_until(lambda: _ready(served), "readiness")


def _ready(served: Served) -> bool:
    try:
        return status(f"{served.urls['http']}/health/ready") == 200
    except OSError:
        return False


def test_a_second_start_is_refused_and_harms_nothing(serve: Start) -> None:
    first = serve()
    refused = first.run("serve")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "running already" in refused.stderr
    assert status(f"{first.urls['http']}/health/ready") == 200


def test_the_pip_broker_serves_where_mosquitto_is_missing(serve: Start, tmp_path: Path) -> None:
    served = serve(PARKWATCH_BROKER="iotcore")
    assert status(f"{served.urls['http']}/health/ready") == 200
    assert b"apt install mosquitto" in (tmp_path / "log").read_bytes()


def test_as_a_normal_user(serve: Start, tmp_path: Path, other_user: OtherUser) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)  # pytest's own folders, on the way to ours
    (tmp_path / "data").mkdir(mode=0o700)
    os.chown(tmp_path / "data", other_user.uid, other_user.uid)
    served = serve((*other_user.prefix, other_user.python), **other_user.environment)
    assert status(f"{served.urls['http']}/health/ready") == 200
    pid = part(tmp_path / "data", "ingest")
    assert Path(f"/proc/{pid}").stat().st_uid == other_user.uid
    assert served.interrupt() == 0


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "PARKWATCH_DATA_DIR": str(tmp_path), "PARKWATCH_TIMEZONE": "Mars/Base"}
    command = [sys.executable, "-P", "-m", "parkwatch", "serve"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("parkwatch: environment: PARKWATCH_TIMEZONE")
    assert done.stderr.count("\n") == 1
