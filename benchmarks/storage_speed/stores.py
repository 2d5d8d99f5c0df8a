"""A database of each engine with the same city in it, and what it takes on the disk."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from accounting.hourly_facts import hourly_facts
from benchmarks.storage_speed.city import Arrivals, City, registry, year_of
from parkwatch.jobs.compute_accounts import compute
from parkwatch.postgres import Postgres
from parkwatch.seed import seed_shipped
from schemas.metering import HOUR_US, PointTerms, PointWindow
from storage.binary import encode_rows
from storage.connect import Connection, open_connection
from storage.databases import create_database, drop_database, with_database
from storage.day_facts import keep_calendar, make_point_days
from storage.engine import Engine, engine_of
from storage.facts import read_terms, write_hours
from storage.migrate import migrate
from storage.partitions import Partitions
from storage.registry import apply_registry

ZONE = ZoneInfo("Asia/Shanghai")
YEAR_DAYS = 365
_COPY_ROWS = 200_000
_PARTS = {"before_compression_total": "rows"} | {
    f"after_compression_{theirs}": ours
    for theirs, ours in (("table", "heap"), ("index", "index"), ("toast", "toast"), ("total", "total"))
}
"""Columns of TimescaleDB's own figures, without ``_bytes``, and what they are called here."""


@dataclass(slots=True)
class Store:
    """A database; ``keys`` are those of the points by enterprise and code."""

    url: str
    connection: Connection
    engine: Engine
    keys: dict[tuple[str, str], int]
    terms: dict[int, PointTerms]
    readings: int = 0
    load_s: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)


@contextmanager
def stores(folder: Path, timescaledb: str | None, first: dt.date, last: dt.date) -> Iterator[list[Store]]:
    """The embedded PostgreSQL, and a database of its own on the TimescaleDB server that was named."""
    with ExitStack() as held:
        urls = [held.enter_context(Postgres(folder / "postgres")).url]
        if timescaledb:
            name = f"parkwatch_bench_{uuid.uuid4().hex[:12]}"
            create_database(timescaledb, name)
            held.callback(drop_database, timescaledb, name)
            urls.append(with_database(timescaledb, name))
        yield [held.enter_context(_store(url, first, last)) for url in urls]


@contextmanager
def _store(url: str, first: dt.date, last: dt.date) -> Iterator[Store]:
    with closing(open_connection(url)) as connection:
        migrate(connection)
        seed_shipped(connection)
        apply_registry(connection, registry(first, last))
        if engine_of(connection) is Engine.TIMESCALEDB:  # days turn into columns when the run says so
            connection.execute("SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs")
        keep_calendar(connection, ZONE)
        found = connection.execute(
            "SELECT e.code, p.code, p.id FROM points p JOIN enterprises e ON e.id = p.enterprise_id"
        ).fetchall()
        keys = {(enterprise, code): key for enterprise, code, key in found}
        yield Store(url, connection, engine_of(connection), keys, read_terms(connection, list(keys.values())))


def load_day(store: Store, city: City, day: int, arrivals: Arrivals) -> None:
    """A day's readings in the order of their arrival, as the writer stores them, and its facts."""
    block, received = arrivals
    Partitions(store.connection).ensure(block.ts_us)
    start = time.perf_counter()
    for i in range(0, len(block), _COPY_ROWS):
        _copy(
            store.connection,
            Arrivals(block.take(np.arange(i, min(i + _COPY_ROWS, len(block)))), received[i : i + _COPY_ROWS]),
        )
    store.load_s += time.perf_counter() - start
    store.readings += len(block)
    windows = city.windows(day, store.terms)
    with store.connection.transaction():
        write_hours(store.connection, windows, hourly_facts(city.around(day), windows), ZONE)


def _copy(connection: Connection, arrivals: Arrivals) -> None:
    block, received = arrivals
    rows = encode_rows([
        ("int4", block.point_id), ("timestamptz", block.ts_us), ("float8", block.value), ("char", block.flag),
        ("timestamptz", received - received % 1_000_000),
    ])  # fmt: skip
    statement = "COPY readings (point_id, ts, value, flag, received_at) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows)


def finish(store: Store, first: dt.date, end: dt.datetime) -> None:
    """A year of facts for some gauges, the newest readings, facts of days and months, the accounts."""
    connection = store.connection
    block = year_of(store.terms, store.keys, first, YEAR_DAYS)
    ends_us = int(dt.datetime(first.year, first.month, first.day, tzinfo=ZONE).timestamp()) * 1_000_000
    for key in np.unique(block.point_id).tolist():
        window = PointWindow(store.terms[key], ends_us - YEAR_DAYS * 24 * HOUR_US, ends_us)
        with connection.transaction():
            write_hours(connection, [window], hourly_facts(block, [window]), ZONE)
    connection.execute(
        "INSERT INTO latest_readings (point_id, ts, value, flag, received_at) "
        "SELECT p.id, r.ts, r.value, r.flag, r.received_at FROM points p CROSS JOIN LATERAL "
        "(SELECT * FROM readings WHERE point_id = p.id AND ts > %s ORDER BY ts DESC LIMIT 1) r",
        [end - dt.timedelta(days=1)],
    )
    while make_point_days(connection, ZONE, 2000):
        pass
    compute(connection, end, ZONE.key)
    connection.execute("DELETE FROM dirty_days")
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def sizes(store: Store) -> dict[str, Any]:
    """Bytes a reading of heap and index, over whole days that stand in rows."""
    if store.engine is Engine.TIMESCALEDB:
        parts = "SELECT chunk FROM show_chunks('readings') chunk"
    else:
        parts = "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'readings'::regclass"
    row = store.connection.execute(
        f"SELECT sum(pg_table_size(part)), sum(pg_indexes_size(part)) FROM ({parts}) AS parts (part)"  # noqa: S608
    ).fetchone()
    assert row is not None
    heap, index = (float(each) / store.readings for each in row)
    return {"heap": heap, "index": index, "total": heap + index}


def compress(store: Store, keep_days: int) -> dict[str, Any]:
    """Turn all days but the youngest into columns; bytes a reading of them before and after, and of each column."""
    connection = store.connection
    start = time.perf_counter()
    connection.execute(
        "WITH chunks AS (SELECT format('%%I.%%I', chunk_schema, chunk_name) AS name, range_end "
        "                FROM timescaledb_information.chunks WHERE hypertable_name = 'readings') "
        "SELECT compress_chunk(name::regclass) FROM chunks "
        "WHERE range_end <= (SELECT max(range_end) FROM chunks) - %s * interval '1 day'",
        [keep_days],
    )
    seconds = time.perf_counter() - start
    connection.execute("VACUUM ANALYZE readings")
    row = connection.execute(
        f"SELECT {', '.join(f'sum({name}_bytes)' for name in _PARTS)} FROM chunk_compression_stats('readings') "  # noqa: S608
        "WHERE compression_status = 'Compressed'"
    ).fetchone()
    assert row is not None
    columns, readings = _columns(connection)
    parts = {name: float(value) / readings for name, value in zip(_PARTS.values(), row, strict=True)}
    of_columns = {name: value / readings for name, value in columns.items()}
    return parts | {"columns": of_columns, "ratio": parts["rows"] / parts["total"], "readings": readings, "s": seconds}


def _columns(connection: Connection) -> tuple[dict[str, float], int]:
    """Bytes of each column of all columnar chunks, and the readings in them."""
    chunks = connection.execute(
        "SELECT format('%I.%I', c.schema_name, c.table_name) FROM _timescaledb_catalog.chunk c "
        "JOIN _timescaledb_catalog.chunk rows ON rows.compressed_chunk_id = c.id"
    ).fetchall()
    names = ("ts", "value", "flag", "received_at")
    sums = ", ".join(f"sum(pg_column_size({name}))" for name in names)
    total, readings = dict.fromkeys(names, 0.0), 0
    for (chunk,) in chunks:
        row = connection.execute(f"SELECT sum(_ts_meta_count), {sums} FROM {chunk}".encode()).fetchone()  # noqa: S608
        assert row is not None
        readings += int(row[0])
        total = {name: total[name] + float(size) for name, size in zip(names, row[1:], strict=True)}
    return total, readings
