"""A month of a city, 60 enterprises and 2,000 electricity points with their hourly facts: ``./dev bench city_month``.

Prints one JSON line: seconds of computing the month for the first time, of recomputing it over unchanged data, and of
one changed day. It starts a PostgreSQL of its own in a temporary folder, with the settings of the embedded service.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from contextlib import closing
from pathlib import Path

from parkwatch.jobs.compute_accounts import compute, recompute
from parkwatch.postgres import Postgres
from parkwatch.seed import seed_shipped
from storage.connect import Connection, open_connection
from storage.migrate import migrate

ENTERPRISES, POINTS = 60, 2000
MONTH = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)
ROLES = ["grid_import", "grid_export", "direct_line", "onsite_solar", "onsite_wind", "onsite_waste_heat"]


def fill(connection: Connection) -> None:
    """Every fiftieth hour is missing, and half of the points have no registered capacity."""
    seed_shipped(connection)
    connection.execute("INSERT INTO parks (code, name) SELECT 'P' || i, 'P' FROM generate_series(1, 5) i")
    connection.execute(
        "INSERT INTO enterprises (code, name, park_id, industry) "
        "SELECT 'E' || i, 'E', 1 + i %% 5, 'I' || i %% 6 FROM generate_series(1, %s) i",
        [ENTERPRISES],
    )
    connection.execute(
        "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, capacity_kw) "
        "SELECT 1 + i %% %s, 'M' || i, 'M', 'electricity', 'active_energy', 'counter', 'kWh', "
        "(%s::text[])[1 + i / %s %% 6], 60, CASE WHEN i %% 2 = 0 THEN 500 END FROM generate_series(0, %s) i",
        [ENTERPRISES, ROLES, ENTERPRISES, POINTS - 1],
    )
    connection.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid) "
        "SELECT p.id, h, 60, 60, CASE WHEN hashint4(p.id * 7919 + extract(epoch FROM h)::int / 3600) % 50 <> 0 "
        "THEN 100 + p.id % 97 + extract(hour FROM h) END, 3600, true "
        "FROM points p, generate_series('2026-09-30T16:00Z'::timestamptz, '2026-10-31T15:00Z', '1 hour') h"
    )
    connection.execute("ANALYZE")


def main(_: list[str]) -> int:
    """Fill a database of its own and print the figures."""
    with (
        tempfile.TemporaryDirectory(prefix="parkwatch-bench-", ignore_cleanup_errors=True) as folder,
        Postgres(Path(folder) / "postgres") as server,
        closing(open_connection(server.url)) as connection,
    ):
        migrate(connection)
        fill(connection)
        print(json.dumps(_measure(connection)), flush=True)
    return 0


def _measure(connection: Connection) -> dict[str, float]:
    seconds = {}
    for name in ("month_first_s", "month_again_s"):
        start = time.perf_counter()
        recompute(connection, "city", MONTH, MONTH, NOW)
        seconds[name] = round(time.perf_counter() - start, 2)
    for name in ("", "one_day_s"):  # the first run also settles the hour that has just ended
        connection.execute("INSERT INTO dirty_days (enterprise_id, day) VALUES (1, '2026-10-15')")
        start = time.perf_counter()
        compute(connection, NOW, "Asia/Shanghai")
        if name:
            seconds[name] = round(time.perf_counter() - start, 2)
    return seconds
