"""The queue of files to import: the API and the command line fill it, ingest empties it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts, fetch_value


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A file to import. ``enterprise`` is the only one it may touch; None: all, and points are ENTERPRISE/POINT."""

    id: int
    kind: str
    enterprise: str | None
    filename: str
    mapping: dict[str, Any] | None
    content: bytes


def add_import(
    connection: Connection, kind: str, enterprise: str | None, filename: str, mapping: Any, content: bytes
) -> int:
    """Queue a file; its number."""
    document = None if mapping is None else orjson.dumps(mapping).decode()
    number: int = fetch_value(
        connection, "add_import", kind=kind, enterprise=enterprise, filename=filename, mapping=document, content=content
    )
    return number


@contextmanager
def claimed_import(connection: Connection) -> Iterator[ImportJob | None]:
    """The oldest import that nobody works on. Were we to die, another would take it up again."""
    jobs = fetch(connection, ImportJob, "claim_import")
    try:
        # Another connection may have finished it between our look and our lock.
        open_still = jobs and (find_import(connection, jobs[0].id) or {}).get("state") in ("queued", "running")
        yield jobs[0] if open_still else None
    finally:
        for job in jobs:
            fetch_value(connection, "release_import", id=job.id)


def note_import(connection: Connection, job: ImportJob, state: str, result: dict[str, Any]) -> None:
    """Write down how far an import is."""
    execute(connection, "note_import", id=job.id, state=state, result=orjson.dumps(result).decode())


def find_import(connection: Connection, number: int) -> dict[str, Any] | None:
    """One import as it stands."""
    rows = fetch_dicts(connection, "find_import", id=number)
    return rows[0] if rows else None
