"""The whole service in one process tree: PostgreSQL, the broker, and the parts, started in order and stopped in order.

Nothing outlives the supervisor: it stops everything on SIGINT, SIGTERM and SIGHUP, and the kernel does it on SIGKILL.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from types import FrameType

from parkwatch.broker import Broker, embedded_broker
from parkwatch.folders import free_port, is_free, locked, private_folder
from parkwatch.parts import Part, Service, Watched, stop_all
from parkwatch.postgres import Postgres
from parkwatch.running import Running, noted, without_login
from parkwatch.seed import seed_shipped
from parkwatch.settings import DEFAULT_HTTP_PORT, Settings
from schemas.errors import Conflict, ParkWatchError, Unavailable
from storage.connect import open_connection
from storage.heartbeats import heartbeats
from storage.migrate import migrate

log = logging.getLogger(__name__)

READY_SECONDS = 180.0
PART_SECONDS = 8.0  # to end; with broker and database it stays below 30 s

# Run once the database is migrated and before the parts start.
Preparation = Callable[[str], None]


def serve(
    settings: Settings,
    *,
    prepare: Preparation | None = None,
    extra_parts: Sequence[Sequence[str]] = (),
    when_ready: Callable[[Running], None] | None = None,
) -> None:
    """Run everything until a signal asks to stop, and print one line of JSON when all is ready.

    Args:
        prepare: is given the URL of the migrated database before the parts start.
        extra_parts: command lines of more parts, started when the others are ready; the first word names the part.
        when_ready: is told after the line is printed.

    Raises:
        Conflict: something runs over this data folder already, or the port is taken.
        Unavailable: a part does not become ready.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(stopping_signals())
        data_dir = private_folder(settings.data_dir)
        stack.enter_context(locked(data_dir))
        try:
            watched, running, ingest_url = _start_services(settings, stack)
            prepare_database(running.database)
            if prepare:
                prepare(running.database)
            stack.enter_context(noted(data_dir, running))
            environment = _environment(settings, running, ingest_url)
            watched += _start_parts([["ingest"], ["schedule"], ["api"]], environment, stack)
            if not _wait_ready(running, [settings.client_id, "schedule"], watched, stop):
                return
            watched += _start_parts(extra_parts, environment, stack)
            sys.stdout.write(running.announcement() + "\n")
            sys.stdout.flush()
            if when_ready:
                when_ready(running)
            _watch(watched, stop)
        finally:
            log.info("stopping")


@contextmanager
def stopping_signals() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set, as often as they come."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start_services(settings: Settings, stack: ExitStack) -> tuple[list[Watched], Running, str]:
    """PostgreSQL and the broker, unless others are set; the URL that ingest uses, with its login, is the last."""
    watched: list[Watched] = []
    host = "127.0.0.1" if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104  compared only
    http = f"http://{host}:{_http_port(settings)}"
    database = settings.database_url
    if database is None:
        log.info("starting PostgreSQL in %s", settings.data_dir / "postgres")
        postgres = Postgres(settings.data_dir / "postgres", bindir=settings.postgres_bindir)
        postgres.start()
        database = postgres.url
        stack.callback(postgres.stop)
        watched.append(_already_started(postgres))
    mqtt, ingest_url = settings.mqtt_url and without_login(settings.mqtt_url), settings.mqtt_url
    if mqtt is None or ingest_url is None:
        broker = embedded_broker(settings.data_dir / "broker", settings.broker)
        broker.start()
        stack.callback(broker.stop)
        _warn_about(broker)
        watched.append(_already_started(broker))
        mqtt, ingest_url = broker.url, broker.ingest_url
    return watched, Running(os.getpid(), http, mqtt, database), ingest_url


def _already_started(service: Service) -> Watched:
    return Watched(service, started_at=time.monotonic())


def _warn_about(broker: Broker) -> None:
    if not broker.has_topic_rights:
        log.warning(
            "mosquitto is not installed, so the broker of the iotcore package serves: it checks logins but cannot hold "
            "an enterprise to its own topics, and keeps queued messages in memory only; for more: apt install mosquitto"
        )


def _http_port(settings: Settings) -> int:
    if settings.http_port is None:
        return free_port(DEFAULT_HTTP_PORT)
    if not is_free(settings.http_port):
        raise Conflict(f"port {settings.http_port} is taken: free it, or set PARKWATCH_HTTP_PORT to another")
    return settings.http_port


def prepare_database(url: str) -> list[str]:
    """Migrate and load what is shipped; the names of the migrations that were applied."""
    with closing(open_connection(url)) as connection:
        applied = migrate(connection)
        seed_shipped(connection)
    if applied:
        log.info("migrations applied: %s", ", ".join(applied))
    return applied


def _environment(settings: Settings, running: Running, ingest_url: str) -> dict[str, str]:
    """What a part is told; secrets travel in the environment, which only the same user can read, not in arguments."""
    ours = {
        "PARKWATCH_DATABASE_URL": running.database,
        "PARKWATCH_MQTT_URL": ingest_url,
        "PARKWATCH_DATA_DIR": str(settings.data_dir),
        "PARKWATCH_HTTP_HOST": settings.http_host,
        "PARKWATCH_HTTP_PORT": running.http.rpartition(":")[2],
        "PYTHONUNBUFFERED": "1",
    }
    replaced = {"PARKWATCH_DATABASE_URL_FILE", "PARKWATCH_MQTT_URL_FILE"}
    return {name: value for name, value in os.environ.items() if name not in replaced} | ours


def _start_parts(commands: Sequence[Sequence[str]], environment: dict[str, str], stack: ExitStack) -> list[Watched]:
    parts = [Part(command[0], command, environment, once=command[0] == "simulate") for command in commands]
    stack.callback(stop_all, parts, seconds=PART_SECONDS)
    watched = [Watched(part) for part in parts]
    for one in watched:
        one.start(time.monotonic())
    return watched


def _wait_ready(running: Running, hearts: list[str], watched: list[Watched], stop: threading.Event) -> bool:
    """Wait for the API to be ready and for a heartbeat of each other part; False if asked to stop meanwhile."""
    begun = dt.datetime.now(dt.UTC)
    while not stop.wait(0.1):
        _look_after(watched)
        missing = _unreadiness(running, hearts, begun)
        if not missing:
            return True
        if (dt.datetime.now(dt.UTC) - begun).total_seconds() > READY_SECONDS:
            raise Unavailable(f"not ready after {READY_SECONDS:.0f} s: {missing}")
    return False


def _unreadiness(running: Running, hearts: list[str], begun: dt.datetime) -> str:
    """Empty when all parts are ready, else what is missing."""
    try:
        with urllib.request.urlopen(f"{running.http}/health/ready", timeout=5.0):  # noqa: S310  our own http URL
            pass
        with closing(open_connection(running.database)) as connection:
            well = {beat.part for beat in heartbeats(connection) if beat.well and beat.beat_at >= begun}
    except urllib.error.HTTPError as error:
        with error:
            return f"the API says {error.read(500).decode(errors='replace')}"
    except (OSError, Unavailable) as error:
        return str(error)
    silent = [part for part in hearts if part not in well]
    return f"no sign of life from {', '.join(silent)}" if silent else ""


def _watch(watched: list[Watched], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        _look_after(watched)


def _look_after(watched: list[Watched]) -> None:
    for one in watched:
        try:
            said = one.look(time.monotonic())
        except ParkWatchError as error:
            said = f"{one.service.name} does not start: {error}"
        if said:
            log.warning("%s", said)
