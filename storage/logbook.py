"""The logbook of an outlet: calibrations with their gas and drift, maintenance, repairs."""

from __future__ import annotations

from typing import Any

from storage.connect import Connection
from storage.queries import fetch_value


def write_entry(connection: Connection, **columns: Any) -> int:
    """Keep an entry; its id. The columns are those of ``put_logbook_entry.sql``. Entries are never changed."""
    return int(fetch_value(connection, "put_logbook_entry", **columns))
