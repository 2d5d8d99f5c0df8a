"""The parts of the service as child processes: started, watched, started again when they die, their logs passed on."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from parkwatch import children

LONGEST_PAUSE_S = 30.0
SETTLED_S = 10.0  # a part that ran this long had started well: the next pause is short again


class Service(Protocol):
    """What the supervisor keeps alive."""

    @property
    def name(self) -> str: ...
    @property
    def running(self) -> bool: ...
    def start(self) -> object: ...


@dataclass(slots=True)
class Part:
    """``parkwatch <arguments>`` as a child process.

    Args:
        name: stands before each line of its log.
        arguments: of the command line.
        environment: of the process, whole.
        once: whether it has an end of its own; started again only if it failed.
    """

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    once: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _reader: threading.Thread | None = None
    _ended: list[int] = field(default_factory=list)

    @property
    def running(self) -> bool:
        if self._process is None:
            return False
        code = self._process.poll()
        return code is None or (self.once and code == 0)

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the process. From the main thread only: the kernel ties the child to the thread that starts it."""
        self._close()
        # -P: a folder of the caller's that is named like a package of ours must not be imported in its place
        command = [*children.tied("KILL"), sys.executable, "-P", "-m", "parkwatch", *self.arguments]
        self._process = children.start(command, output=subprocess.PIPE, environment=self.environment)
        self._reader = threading.Thread(target=_pass_on, args=(self.name, self._process.stdout), daemon=True)
        self._reader.start()

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, deadline: float) -> None:
        """Wait until ``deadline`` (monotonic) for the end that was asked for, then kill."""
        if self._process is not None:
            try:
                self._process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.join(1.0)
        if (
            self._process is not None
            and self._process.stdout is not None
            and not (self._reader and self._reader.is_alive())
        ):
            self._process.stdout.close()
        self._process = self._reader = None


@dataclass(slots=True)
class Watched:
    """A service with the story of its failures: each failure doubles the pause before the next start."""

    service: Service
    started_at: float = 0.0
    pause_s: float = 1.0
    start_at: float | None = None

    def start(self, now: float) -> None:
        self.started_at, self.start_at = now, None
        self.service.start()

    def look(self, now: float) -> str | None:
        """Start the service again if it is dead and its pause is over; what there is to say about it."""
        if self.service.running:
            return None
        if self.start_at is None:
            self.pause_s = 1.0 if now - self.started_at > SETTLED_S else min(2 * self.pause_s, LONGEST_PAUSE_S)
            self.start_at = now + self.pause_s
            return f"{self.service.name} ended unexpectedly; starting it again in {self.pause_s:.0f} s"
        if now >= self.start_at:
            self.start(now)
        return None


def stop_all(parts: Sequence[Part], *, seconds: float) -> None:
    """Ask all to stop at once, and wait for them together."""
    for part in parts:
        part.ask_to_stop()
    deadline = time.monotonic() + seconds
    for part in parts:
        part.stop(deadline)


def _pass_on(name: str, lines: IO[bytes] | None) -> None:
    """Copy a part's log to ours, the part's name before each line; read on even when nobody takes it."""
    label = f"{name:<9}| ".encode()
    for line in lines or ():
        try:
            sys.stderr.buffer.write(label + line)
            sys.stderr.buffer.flush()
        except (OSError, ValueError):
            continue
