"""Child processes that never outlive their parent, not even one that was killed with SIGKILL.

``setpriv --pdeathsig`` asks the kernel to signal the child when the thread that started it ends,
so children are to be started from the main thread.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from schemas.errors import Unavailable


def tied(signal_name: str = "KILL") -> list[str]:
    """The words before a command that tie it to the life of its parent."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise Unavailable("setpriv is not on PATH: install util-linux (apt install util-linux)")
    return [setpriv, "--pdeathsig", signal_name, "--"]


def alive(pid_file: Path, argument: Path) -> int | None:
    """The process named on a pid file's first line; None if it ended or the number belongs to another by now.

    Args:
        argument: a path that the process was started with, by which it is known again.
    """
    with suppress(OSError, IndexError, ValueError):
        pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
        if os.fsencode(argument) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return pid
    return None


def end_orphan(pid_file: Path, argument: Path, signals: list[tuple[signal.Signals, float]]) -> None:
    """End a process whose supervisor was killed and that has not ended yet; to be called with the folder locked."""
    for number, seconds in [*signals, (signal.SIGKILL, 5.0)]:
        pid = alive(pid_file, argument)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while alive(pid_file, argument) == pid and time.monotonic() < deadline:
            time.sleep(0.05)


def start(
    command: list[str],
    *,
    output: IO[bytes] | int | None,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: a terminal's Ctrl-C reaches the supervisor only."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], *, signals: list[tuple[signal.Signals, float]]) -> int:
    """Send each signal and wait its seconds, until the child has ended; the last resort is SIGKILL."""
    for number, seconds in signals:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
    return process.wait()


def log_file(path: Path, *, keep_bytes: int = 20_000_000) -> IO[bytes]:
    """Open a log to append to, private; a long one is set aside first, one generation."""
    if path.exists() and path.stat().st_size > keep_bytes:
        path.replace(path.with_suffix(".old.log"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
