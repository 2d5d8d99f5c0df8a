"""A small park to put in a database, and a real server for it."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import uvicorn

from api.app import create_app
from storage.connect import Connection
from storage.partitions import Partitions

T0 = dt.datetime(2026, 10, 4, 16, 0, tzinfo=dt.UTC)  # midnight of 5 October in Shanghai

PARK = """
INSERT INTO parks (code, name) VALUES ('HBW', '示例园区');
INSERT INTO enterprises (code, name, park_id, industry)
SELECT e.code, e.name, p.id, 'chlor_alkali'
FROM parks p, (VALUES ('ENT01', '示例氯碱企业'), ('ENT02', '示例电石企业')) e (code, name);
INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s)
SELECT e.id, v.code, v.name, v.medium, v.quantity, v.kind, v.unit, v.role, 60
FROM enterprises e, (VALUES
    ('V01', '1号排口非甲烷总烃', 'air', 'a24088', 'gauge', 'mg/m3', 'stack'),
    ('E01', '总进线', 'electricity', 'active_energy', 'counter', 'kWh', 'grid_import'),
    ('S01', '屋顶光伏', 'electricity', 'active_energy', 'interval', 'kWh', 'onsite_solar')
) v (code, name, medium, quantity, kind, unit, role)
"""


@contextmanager
def serving(url: str, **settings: Any) -> Iterator[str]:
    """The base URL of the application, served by uvicorn in a thread."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = create_app(url, **settings)
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{port}"
        finally:
            if server.started:
                app.state.service.live.end_streams()
            server.should_exit = True
            thread.join()


def wait_until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait for a condition; fail when it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def point_id(connection: Connection, address: str) -> int:
    sql = "SELECT p.id FROM points p JOIN enterprises e ON e.id = p.enterprise_id WHERE e.code || '/' || p.code = %s"
    row = connection.execute(sql, [address]).fetchone()
    assert row is not None
    return int(row[0])


def put_readings(
    connection: Connection, address: str, start: dt.datetime, values: list[float], every_s: float = 60
) -> None:
    """Store values one interval apart, flag N, and the newest of them."""
    point = point_id(connection, address)
    stamps = [start + dt.timedelta(seconds=every_s * i) for i in range(len(values))]
    Partitions(connection).ensure(np.array([int(ts.timestamp() * 1_000_000) for ts in stamps]))
    rows = [(point, ts, value) for ts, value in zip(stamps, values, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO readings VALUES (%s, %s, %s, 'N', now())", rows)
    latest = """INSERT INTO latest_readings VALUES (%s, %s, %s, 'N', now())
        ON CONFLICT (point_id) DO UPDATE
        SET ts = excluded.ts, value = excluded.value, changed_in = pg_current_xact_id()"""
    with connection.transaction():
        connection.execute(latest, rows[-1])
        connection.execute("NOTIFY parkwatch_live")
