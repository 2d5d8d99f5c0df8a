"""serve, and the parts that it runs: ingest, schedule, api; migrate before them, alive to look after them."""

from __future__ import annotations

import click

from parkwatch.commands.output import database, print_line
from parkwatch.settings import read_settings


@click.command()
def serve() -> None:
    """Run everything, with the embedded PostgreSQL and broker unless others are set.

    Prints one line of JSON with the URLs when all is ready; Ctrl-C stops all of it.
    """
    from parkwatch.processes import serve as run

    run(read_settings())


@click.command()
@click.option("--hj212-port", type=click.IntRange(1, 65535), help="Also take HJ 212 over TCP on this port.")
@click.option("--hj212-host", help="The address for it; 127.0.0.1 unless set.")
@click.option("--take-over", metavar="ID", help="Finish for an ingestor that will not come back, and end.")
def ingest(hj212_port: int | None, hj212_host: str | None, take_over: str | None) -> None:
    """Take readings from the broker into the database (one part of serve).

    --take-over resumes the session of the ingestor ID, stores what waits in it, passes its enterprises on to the
    others, deletes the session and ends. It refuses while ID gives signs of life.
    """
    from zoneinfo import ZoneInfo

    from alerts.arrivals import ReadingsJudge
    from ingest.service import run
    from ingest.settings import IngestSettings
    from ingest.take_over import take_over_from
    from parkwatch.processes import stopping_signals
    from parkwatch.running import database_url
    from schemas.errors import InvalidInput

    settings = read_settings()
    if settings.mqtt_url is None:
        raise InvalidInput("is not set: ingest needs the broker's URL with its login", field="PARKWATCH_MQTT_URL")
    told = IngestSettings(
        database_url(settings),
        settings.mqtt_url,
        timezone=settings.timezone,
        client_id=settings.client_id,
        enterprises=list(settings.ingest_enterprises) if settings.ingest_enterprises else None,
        hj212_port=hj212_port or settings.hj212_port,
        hj212_host=hj212_host or settings.hj212_host,
    )
    judge = ReadingsJudge(ZoneInfo(settings.timezone))
    _suit_a_stream()
    with stopping_signals() as stop:
        if take_over is None:
            run(told, stop, judge)
        else:
            print_line(take_over_from(take_over, told, stop, judge))


def _suit_a_stream() -> None:
    """Set the interpreter for ten thousands of messages under way, and three threads that share it."""
    import gc
    import sys

    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # no message is part of a cycle: looking for one took a third of the time
    sys.setswitchinterval(0.001)  # a commit talks to the database twenty times, and waits for its turn each time


@click.command()
def schedule() -> None:
    """Compute hours, accounts and alerts at their intervals (one part of serve)."""
    from zoneinfo import ZoneInfo

    from parkwatch.jobs.all_jobs import all_jobs
    from parkwatch.processes import stopping_signals
    from parkwatch.running import database_url
    from parkwatch.schedule import run_schedule

    settings = read_settings()
    with stopping_signals() as stop:
        run_schedule(database_url(settings), ZoneInfo(settings.timezone), all_jobs(settings), stop)


@click.command()
def api() -> None:
    """Answer over HTTP: the API and the wall (one part of serve)."""
    from importlib.metadata import version

    from api.app import create_app
    from api.app import serve as serve_app
    from parkwatch.running import database_url
    from parkwatch.settings import DEFAULT_HTTP_PORT

    settings = read_settings()
    app = create_app(
        database_url(settings),
        read_url=settings.read_database_url,
        read_wait_s=settings.read_wait_ms / 1000,
        timezone=settings.timezone,
        version=version("parkwatch"),
        metrics_token=settings.metrics_token,
    )
    serve_app(app, host=settings.http_host, port=settings.http_port or DEFAULT_HTTP_PORT)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema and load the shipped factors and rules."""
    from parkwatch.processes import prepare_database
    from parkwatch.running import database_url

    print_line({"applied": prepare_database(database_url(read_settings()))})


@click.command()
@click.argument("part")
@click.option("--within", default=30.0, show_default=True, help="Seconds since its last sign of life.")
def alive(part: str, within: float) -> None:
    """Say whether PART (ingest's client id, or `schedule`) gave a sign of life and is well: for health checks."""
    import datetime as dt

    from schemas.errors import Unavailable
    from storage.heartbeats import heartbeats

    with database() as (_, connection):
        beats = {beat.part: beat for beat in heartbeats(connection)}
    if part not in beats:
        raise Unavailable(f"{part} was never alive; known are: {', '.join(sorted(beats)) or 'none'}")
    age_s = (dt.datetime.now(dt.UTC) - beats[part].beat_at).total_seconds()
    if age_s > within or not beats[part].well:
        raise Unavailable(f"{part} gave its last sign of life {age_s:.0f} s ago, well: {beats[part].well}; see its log")
    print_line({"part": part, "age_s": round(age_s, 1)})
