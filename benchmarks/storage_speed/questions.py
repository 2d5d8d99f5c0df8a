"""Every query file and every dashboard's query, asked again and again."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from benchmarks.storage_speed.stores import Store
from storage.access import SEES_ALL
from storage.connect import Connection
from storage.engine import Engine, prepare_writer
from storage.queries import FOLDER, execute
from tests.dashboards.boards import queries
from tests.dashboards.macros import Window, expand, interpolate
from tests.engines.answers import parameters_of, reads_views
from tests.engines.days import START

TIMES, PATIENCE_S, LIMIT_S = 20, 1.0, 60
DAY = dt.timedelta(days=1)
LATEST = "latest of all points"
_STAGING = ("create_incoming", "stage_evidence", "stage_balances", "stage_green_power", "stage_emissions")
_VARIABLES: dict[str, str | list[str]] = {
    "scope": "city", "green_rule": "policy/1", "carbon_rule": "mee/1", "quantity": "a24088",
    "enterprise": [f"ENT{n:02}" for n in range(1, 13)],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with its parameters; ``reader``: asked in the role and with the search path of Grafana."""

    name: str
    text: str
    parameters: dict[str, Any] | None
    reader: bool


def questions(store: Store, now: dt.datetime) -> Iterator[Question]:
    """The latest of all points, query files over the last day, dashboards over the last day and the last thirty."""
    yield Question(LATEST, "SELECT address, ts, value, flag, received_at FROM latest_readings", None, True)
    for file in sorted(FOLDER.glob("*.sql")):
        if file.stem not in _STAGING:
            text = file.read_text(encoding="utf-8")
            asked = {name: _moved(value, now) for name, value in parameters_of(file).items()}
            yield Question(file.stem, text, asked, reads_views(text))
    for days, interval in ((1, "5m"), (30, "1h")):
        window = Window(now - dt.timedelta(days=days), now, interval, store.engine is Engine.TIMESCALEDB)
        for placed in queries():
            text = expand(interpolate(placed.sql, _VARIABLES), window)
            yield Question(f"dashboard {days}d: {placed.place}", text, None, True)


def _moved(value: Any, now: dt.datetime) -> Any:
    """A value that the engines' tests ask with, its instants within the last day of the city."""
    if isinstance(value, list):
        return [_moved(each, now) for each in value]
    if isinstance(value, dt.datetime):
        return now - DAY if value == START else now
    if isinstance(value, dt.date):
        return now.date().replace(day=1) if value.day == 1 else now.date()
    return value


def ask(store: Store, asked: list[Question], patience_s: float) -> dict[str, dict[str, Any]]:
    """How long each takes, its rows fetched, in a transaction that is undone."""
    for name in _STAGING:
        execute(store.connection, name)
    prepare_writer(store.connection)
    return {question.name: _times(store.connection, question, patience_s) for question in asked}


def _times(connection: Connection, question: Question, patience_s: float) -> dict[str, Any]:
    taken: list[float] = []
    rows, began = 0, time.perf_counter()
    while len(taken) < TIMES and (len(taken) < 2 or time.perf_counter() - began < patience_s):
        try:
            rows, seconds = _once(connection, question)
        except psycopg.Error as error:
            return {"error": str(error).splitlines()[0]}
        taken.append(seconds)
    p50, p95 = np.percentile(taken, [50, 95]) * 1000
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "rows": rows, "times": len(taken)}


def _once(connection: Connection, question: Question) -> tuple[int, float]:
    rows, seconds = 0, 0.0
    with connection.transaction() as transaction:
        connection.execute(f"SET LOCAL statement_timeout = '{LIMIT_S}s'".encode())
        if question.reader:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(SEES_ALL)))
        if question.parameters is None:
            connection.execute("SET LOCAL search_path = visible, public")
        start = time.perf_counter()
        cursor = connection.execute(question.text, question.parameters)
        rows = len(cursor.fetchall()) if cursor.description else cursor.rowcount
        seconds = time.perf_counter() - start
        raise psycopg.Rollback(transaction)
    return rows, seconds


def slowest(found: dict[str, dict[str, Any]], count: int) -> list[tuple[str, dict[str, Any]]]:
    """The slowest by p95."""
    timed = [(name, told) for name, told in found.items() if re.search("p95", " ".join(told))]
    return sorted(timed, key=lambda pair: -pair[1]["p95_ms"])[:count]
