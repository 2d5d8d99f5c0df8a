"""Where the services run: a private note in the data folder, by which other commands find them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from parkwatch.folders import write_private
from parkwatch.settings import DEFAULT_HTTP_PORT, Settings
from schemas.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Running:
    """The services of one ``parkwatch serve``.

    Attributes:
        pid: the supervisor.
        http: the API.
        mqtt: the broker's MQTT 3.1.1 listener, without a login.
        database: with its login.
    """

    pid: int
    http: str
    mqtt: str
    database: str

    def announcement(self) -> str:
        """The line that says that all is ready."""
        return json.dumps({"http": self.http, "mqtt": self.mqtt, "database": self.database})


@contextmanager
def noted(data_dir: Path, running: Running) -> Iterator[None]:
    """Keep the note while the services run."""
    note = data_dir / "running.json"
    write_private(note, json.dumps(asdict(running)))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def find_running(data_dir: Path) -> Running | None:
    """The services that run over the data folder now."""
    with suppress(OSError, ValueError, TypeError):
        running = Running(**json.loads((data_dir / "running.json").read_text(encoding="utf-8")))
        os.kill(running.pid, 0)
        return running
    return None


def database_url(settings: Settings) -> str:
    """The database to work on: the one that is set, else the one that runs.

    Raises:
        Unavailable: neither is there.
    """
    running = find_running(settings.data_dir)
    if settings.database_url or running:
        return settings.database_url or (running.database if running else "")
    raise Unavailable(
        f"no database: nothing runs over {settings.data_dir}; start `parkwatch serve` or `parkwatch demo`, "
        "set PARKWATCH_DATA_DIR to the folder it runs over, or set PARKWATCH_DATABASE_URL"
    )


def mqtt_url(settings: Settings) -> str:
    """The broker's listener without a login: of the broker that is set, else of the one that runs.

    Raises:
        Unavailable: neither is there.
    """
    running = find_running(settings.data_dir)
    if settings.mqtt_url:
        return without_login(settings.mqtt_url)
    if running:
        return running.mqtt
    raise Unavailable(
        f"no broker: nothing runs over {settings.data_dir}; start `parkwatch serve` or set PARKWATCH_MQTT_URL"
    )


def http_url(settings: Settings) -> str:
    """The API as a browser on this machine reaches it."""
    running = find_running(settings.data_dir)
    return running.http if running else f"http://127.0.0.1:{settings.http_port or DEFAULT_HTTP_PORT}"


def without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
