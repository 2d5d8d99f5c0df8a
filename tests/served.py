"""``parkwatch serve`` and ``demo`` as a user starts them, for tests that need the whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Served:
    """The service with its environment and what it printed."""

    def __init__(
        self,
        data_dir: Path,
        log: IO[bytes],
        python: tuple[str, ...] = (sys.executable,),
        command: tuple[str, ...] = ("serve",),
        **settings: str,
    ) -> None:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("PARKWATCH_")}
        self.environment = {**plain, "PARKWATCH_DATA_DIR": str(data_dir), **settings}
        words = [*python, "-P", "-m", "parkwatch", *command]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=log, env=self.environment, start_new_session=True
        )
        assert self.process.stdout
        self.urls: dict[str, str] = json.loads(self.process.stdout.readline() or b"{}")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "parkwatch", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=600, check=False)

    def interrupt(self, *, times: int = 1) -> int:
        """Ctrl-C; a second and third one come while it stops."""
        for _ in range(times):
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


Start = Callable[..., Served]


@contextmanager
def serving(folder: Path) -> Iterator[Start]:
    """Starts the service over ``folder / "data"``; nothing of it may be left afterwards."""
    started: list[Served] = []
    log = (folder / "log").open("wb")

    def start(
        python: tuple[str, ...] = (sys.executable,), command: tuple[str, ...] = ("serve",), **settings: str
    ) -> Served:
        started.append(Served(folder / "data", log, python, command, **settings))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.interrupt()
        assert served.process.stdout
        served.process.stdout.close()
    log.close()
    wait_until(lambda: not processes_over(folder / "data"), "the end of every process")


def processes_over(folder: Path) -> list[str]:
    """Command lines of the processes that have the folder in their arguments or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            texts = [(entry / name).read_bytes() for name in ("cmdline", "environ")] if entry.name.isdecimal() else []
        except OSError:
            continue
        if any(os.fsencode(folder) in text for text in texts):
            found.append(texts[0].replace(b"\0", b" ").decode())
    return found


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.1)


def status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return int(answer.status)


def part(folder: Path, name: str) -> int | None:
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdecimal() else []
            ours = words and os.fsencode(folder) in (entry / "environ").read_bytes()
        except OSError:
            continue
        if ours and words[-3:-1] == [b"parkwatch", name.encode()]:
            return int(entry.name)
    return None
