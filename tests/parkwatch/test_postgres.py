"""The embedded PostgreSQL survives what a machine and its user do to it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from parkwatch.children import alive
from parkwatch.postgres import Postgres
from schemas.errors import Conflict, Unavailable
from storage.connect import open_connection
from tests.parkwatch.conftest import OtherUser

SMALL = {"shared_buffers": "32MB", "max_locks_per_transaction": "64"}

SUPERVISOR = """
import sys, time
from pathlib import Path
from parkwatch.postgres import Postgres
with Postgres(Path(sys.argv[1]), settings={"shared_buffers": "32MB"}) as server:
    print(server.url, flush=True)
    time.sleep(600)
"""


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.05)


def postmaster(folder: Path) -> int | None:
    return alive(folder / "cluster" / "postmaster.pid", folder.resolve() / "cluster")


def started(
    folder: Path, python: tuple[str, ...] = (sys.executable,), environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """A supervisor in a process of its own, once its server answers."""
    command = [*python, "-c", SUPERVISOR, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout
    said = process.stdout.readline()
    if not said.startswith("postgresql://"):
        ended(process)
        pytest.fail("the server did not start")
    return process


def ended(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def put(url: str, text: str) -> None:
    with closing(open_connection(url)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(url: str) -> list[str]:
    with closing(open_connection(url)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes").fetchall()]


def test_a_restart_keeps_data_url_and_privacy(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    with Postgres(folder, settings=SMALL) as server:
        first = server.url
        put(first, "kept")
    assert postmaster(folder) is None
    with Postgres(folder, settings=SMALL) as server:
        assert (server.url, notes(server.url)) == (first, ["kept"])
    for path in (folder.parent, folder, folder / "cluster"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600


def test_nobody_enters_without_the_password(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres", settings=SMALL) as server:
        address = urlsplit(server.url)
        for login in ("parkwatch", "parkwatch:wrong", "postgres"):
            with pytest.raises(Unavailable):
                open_connection(address._replace(netloc=f"{login}@127.0.0.1:{address.port}").geturl())


def test_a_second_start_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres", settings=SMALL) as server:
        with pytest.raises(Conflict, match="running already"):
            Postgres(tmp_path / "postgres").start()
        put(server.url, "still here")


def test_killed_server_starts_again_on_the_same_port(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with Postgres(folder, settings=SMALL) as server:
        url = server.url
        put(url, "committed")
        pid = postmaster(folder)
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not server.running, "the end of the server")
        server.start()
        assert (server.url, notes(url)) == (url, ["committed"])


def test_kill_9_of_the_supervisor_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    supervisor = started(folder)
    assert postmaster(folder)
    ended(supervisor)
    wait_until(lambda: postmaster(folder) is None, "the end of the orphan")
    with Postgres(folder, settings=SMALL) as server:
        assert server.running


def test_a_server_left_running_is_stopped_first(tmp_path: Path) -> None:
    """As if the kernel had not ended it yet."""
    folder = tmp_path / "postgres"
    with Postgres(folder, settings=SMALL) as server:
        left = postmaster(folder)
        server._held.close()  # what the kernel does with the lock of a killed supervisor
        with Postgres(folder, settings=SMALL) as second:
            assert postmaster(folder) != left
            put(second.url, "served by the second")


def test_leftovers_of_a_killed_first_start_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    (folder / "cluster.new" / "base").mkdir(parents=True)
    (folder / "cluster.new" / "base" / "half").write_text("made")
    with Postgres(folder, settings=SMALL) as server:
        put(server.url, "whole")


def test_stale_pid_file_of_another_process(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with Postgres(folder, settings=SMALL):
        lines = (folder / "cluster" / "postmaster.pid").read_text()
    stale = lines.replace(lines.split("\n")[0], str(os.getpid()), 1)
    (folder / "cluster" / "postmaster.pid").write_text(stale)
    with Postgres(folder, settings=SMALL) as server:
        assert server.running


def test_as_a_normal_user(tmp_path: Path, other_user: OtherUser) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)  # pytest's own folders, on the way to ours
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chown(home, other_user.uid, other_user.uid)
    python = (*other_user.prefix, other_user.python)
    supervisor = started(home / "postgres", python, {**os.environ, **other_user.environment})
    pid = postmaster(home / "postgres")
    assert Path(f"/proc/{pid}").stat().st_uid == other_user.uid
    ended(supervisor)
    wait_until(lambda: postmaster(home / "postgres") is None, "the end of the orphan")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_as_root_where_namespaces_are_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in most containers: the server is nobody's, the folder above stays root's and closed."""
    forbidden = tmp_path / "bin"
    forbidden.mkdir()
    (forbidden / "unshare").write_text("#!/bin/sh\necho 'Operation not permitted' >&2\nexit 1\n")
    (forbidden / "unshare").chmod(0o755)
    folder = tmp_path / "closed" / "postgres"
    with Postgres(folder, settings=SMALL) as server:
        put(server.url, "made in a namespace")
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{forbidden}:{os.environ['PATH']}")
        with Postgres(folder, settings=SMALL) as server:
            put(server.url, "and by nobody")
            assert (folder / "cluster").stat().st_uid == 65534
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with Postgres(folder, settings=SMALL) as server:
        assert notes(server.url) == ["made in a namespace", "and by nobody"]


def test_a_failed_start_names_the_log(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", settings={"shared_buffers": "nonsense"})
    with pytest.raises(Unavailable, match=r"postgres\.log") as caught:
        server.start()
    assert "shared_buffers" in str(caught.value)
    with suppress(Conflict):
        server.stop()
