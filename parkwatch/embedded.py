"""What the embedded servers have in common: one process over one private folder, which nobody else may run at once."""

from __future__ import annotations

import signal
import subprocess
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, Self

from parkwatch import children
from parkwatch.folders import locked, private_folder


class Embedded(ABC):
    """A server over one private folder; ``start`` and ``stop`` may be called again and again."""

    name: ClassVar[str]
    stop_signals: ClassVar[list[tuple[signal.Signals, float]]]  # each with the seconds it may take to end after it

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it takes logins; ``url`` then tells where it is.

        Raises:
            Conflict: another process runs it.
            Unavailable: it does not start; the text names its log.
        """
        private_folder(self.folder)
        if self._process is None:
            self._held.enter_context(locked(self.folder))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    @abstractmethod
    def _start(self) -> None:
        """End what a killed supervisor left, start the process, wait until it answers."""

    def stop(self) -> None:
        """Stop the server in its own way and let go of the folder."""
        try:
            if self._process is not None:
                children.stop(self._process, signals=self.stop_signals)
        finally:
            self._process = None
            self._held.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
