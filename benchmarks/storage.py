"""What a city takes on the disk and how fast it answers: ``./dev bench storage [--days N] [--timescaledb URL]``.

2,000 points of minute data, the simulator's parks ten times, in the embedded PostgreSQL and in a database of its own
on a TimescaleDB server, if one is named here or in ``PARKWATCH_TEST_DATABASE_URL``. Days are loaded by COPY as their
readings arrive, and their facts are made by the code of the schedule. Then, on each engine: bytes a reading in rows
and in columns; every query file and every dashboard's query, alone and beside ingest; ingest alone and beside them;
a year of a point and the latest of all points over HTTP; the dirty hours of a day, beside live readings.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.storage_speed.city import City, joined
from benchmarks.storage_speed.questions import PATIENCE_S, ask, questions
from benchmarks.storage_speed.report import tell
from benchmarks.storage_speed.stores import ZONE, Store, compress, finish, load_day, sizes, stores
from benchmarks.storage_speed.targets import DAY, drain_day, http_times
from benchmarks.storage_speed.writer import keep, writing
from storage.connect import open_connection
from storage.engine import Engine, offered_engine

AHEAD_DAYS = 10  # of readings that are written live
COMPRESS_AFTER_DAYS = 7


def main(arguments: Sequence[str]) -> int:
    """Run it; the figures as one line of JSON, and as a table on stderr."""
    parser = argparse.ArgumentParser(prog="bench storage", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--timescaledb", default=os.environ.get("PARKWATCH_TEST_DATABASE_URL"), help="a server's URL")
    parser.add_argument("--seconds", type=float, default=30.0, help="of ingest alone")
    parser.add_argument("--folder", type=Path, help="where the embedded PostgreSQL is; about 130 bytes a reading")
    options = parser.parse_args(arguments)
    if options.timescaledb and not _has_timescaledb(options.timescaledb):
        sys.stderr.write("that server has no TimescaleDB; only the embedded PostgreSQL is measured\n")
        options.timescaledb = None
    end = dt.datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) - AHEAD_DAYS * dt.timedelta(days=1)
    first = end.date() - dt.timedelta(days=options.days)
    with (
        tempfile.TemporaryDirectory(
            prefix="parkwatch-bench-", dir=options.folder, ignore_cleanup_errors=True
        ) as folder,
        stores(Path(folder), options.timescaledb, first, end.date()) as found,
    ):
        figures = _measure(found, Path(folder), first, end, options)
    tell(figures)
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _has_timescaledb(url: str) -> bool:
    with closing(open_connection(url)) as connection:
        return offered_engine(connection) is Engine.TIMESCALEDB


def _measure(
    found: list[Store], folder: Path, first: dt.date, end: dt.datetime, options: argparse.Namespace
) -> list[dict[str, Any]]:
    city = City(first, found[0].keys)
    for day in range(first.toordinal(), end.date().toordinal()):
        arrivals = city.day(day)
        for store in found:
            load_day(store, city, day, arrivals)
        sys.stderr.write(f"{dt.date.fromordinal(day)} loaded\n")
    ahead = folder / "ahead.npz"
    keep(ahead, joined([city.day(end.date().toordinal() + n).block for n in range(AHEAD_DAYS)]))
    return [_figures(store, ahead, first, end, options) for store in found]


def _figures(
    store: Store, ahead: Path, first: dt.date, end: dt.datetime, options: argparse.Namespace
) -> dict[str, Any]:
    finish(store, first, end)
    told: dict[str, Any] = {"engine": store.engine.value, "days": options.days, "readings": store.readings}
    say = partial(_say, told)
    say("load_per_s", round(store.readings / store.load_s))
    say("rows", sizes(store))
    if store.engine is Engine.TIMESCALEDB:
        say("columns", compress(store, min(COMPRESS_AFTER_DAYS, options.days // 2)))
    say("http", http_times(store, end))
    asked = list(questions(store, end))
    queries = {"alone": ask(store, asked, PATIENCE_S)}
    with writing(store, ahead, 0, 0) as alone:
        time.sleep(options.seconds)
    say("ingest_alone", alone)
    with writing(store, ahead, alone["next"], 0) as beside:
        queries["beside ingest"] = ask(store, asked, PATIENCE_S / 4)
    say("ingest_beside_queries", beside)
    say("queries", queries)
    say("drains", _drains(store, ahead, beside["next"], first, end))
    return told


def _say(told: dict[str, Any], name: str, figure: Any) -> None:
    """Keep a figure, and tell it at once: a run takes an hour."""
    told[name] = figure
    sys.stderr.write(json.dumps({"engine": told["engine"], name: figure}) + "\n")


def _drains(store: Store, ahead: Path, at: int, first: dt.date, end: dt.datetime) -> dict[str, Any]:
    """An old day, in columns where there are any, and the last one; with facts that stand already and with none."""
    days = {"first day": dt.datetime(first.year, first.month, first.day, tzinfo=ZONE) + DAY, "last day": end - DAY}
    drains: dict[str, Any] = {}
    for name, start in days.items():
        for forget in (False, True):
            told = drain_day(store, start, ahead, at, forget=forget)
            at = told["live"]["next"]
            drains[f"{name}, {'new' if forget else 'again'}"] = told
    return drains
