"""Files into readings, through the same examination and the same writer as the stream; and into instruments."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from ingest.assemble import Message, assemble_columns
from ingest.decode.columns import Columns
from ingest.decode.instrument_table import InstrumentRow, read_instrument_table
from ingest.decode.reading_table import read_reading_table, take_cell
from ingest.directory import read_directory
from schemas.batches import Judge
from schemas.csv_mapping import Cell
from schemas.errors import InvalidInput
from schemas.readings import Receipt
from storage.connect import Connection
from storage.imports import ImportJob, claimed_import, note_import
from storage.instrument_bookings import book_table
from storage.write_batch import BatchWriter

log = logging.getLogger(__name__)

CHUNK = 20_000  # readings a transaction
_SHOWN = 20  # refusals the result lists; all of them are in the rejected table


def run_queued_imports(connection: Connection, timezone: ZoneInfo, judge: Judge | None) -> int:
    """Run what is queued, oldest first; how many files."""
    done = 0
    while True:
        with claimed_import(connection) as job:
            if job is None:
                return done
            run_import(connection, job, timezone, judge)
            done += 1


def run_import(connection: Connection, job: ImportJob, timezone: ZoneInfo, judge: Judge | None) -> None:
    """Import one file. Done twice, or taken up again after a crash, it stores nothing twice."""
    if job.kind == "instruments":
        _import_instruments(connection, job, timezone)
    else:
        _import_readings(connection, job, timezone, judge)


def _import_instruments(connection: Connection, job: ImportJob, timezone: ZoneInfo) -> None:
    """All rows of a table, or none where one is wrong."""
    try:
        table = read_instrument_table(job.content, job.filename)
    except InvalidInput as error:
        _fail(connection, job, {"received": 0, "stored": 0, "errors": [_told(error)]})
        return
    received = len(table.rows) + len(table.faults)
    stored, faults = 0, [*table.faults, *_foreign(job, table.rows)]
    if not faults:
        rows = [(f"{job.filename}:{row.line}", row.enterprise, row.instrument) for row in table.rows]
        stored, faults = book_table(connection, rows, timezone=timezone.key)
    if faults:
        told = [_told(fault) for fault in faults[:_SHOWN]]
        _fail(connection, job, {"received": received, "stored": 0, "rejected": len(faults), "errors": told})
        return
    note_import(
        connection, job, "done", {"received": received, "stored": stored, "duplicate": received - stored, "rejected": 0}
    )


def _foreign(job: ImportJob, rows: list[InstrumentRow]) -> list[InvalidInput]:
    """Rows of others, in an import that is for one enterprise."""
    foreign = [row for row in rows if job.enterprise not in (None, row.enterprise)]
    return [
        InvalidInput(f"the import is for {job.enterprise}", source=f"{job.filename}:{row.line}", field="enterprise")
        for row in foreign
    ]


def _told(fault: InvalidInput) -> dict[str, str]:
    return {"source": fault.source, "field": fault.field, "reason": fault.reason}


def _fail(connection: Connection, job: ImportJob, result: dict[str, Any]) -> None:
    first = result["errors"][0]
    error = ": ".join(part for part in (first["source"], first["field"], first["reason"]) if part)
    note_import(connection, job, "failed", {**result, "error": error})
    log.warning("import %d of %s failed, nothing is changed: %s", job.id, job.filename, error)


def _import_readings(connection: Connection, job: ImportJob, timezone: ZoneInfo, judge: Judge | None) -> None:
    writer = BatchWriter(connection, timezone, judge)
    tally = _Tally()
    try:
        for cells in _chunks(_cells(job)):
            now = dt.datetime.now(dt.UTC)
            messages, found = _as_messages(job, cells)
            directory = read_directory(connection, None)
            tally.add(writer.write(assemble_columns(messages, found, directory, now), now))
            note_import(connection, job, "running", tally.result())
    except InvalidInput as error:
        note_import(connection, job, "failed", {**tally.result(), "error": str(error)})
        log.warning("import %d of %s failed: %s", job.id, job.filename, error)
        return
    note_import(connection, job, "done", tally.result())


class _Tally:
    def __init__(self) -> None:
        self._counts = Counter(received=0, stored=0, duplicate=0, corrected=0, rejected=0)
        self._reasons: Counter[str] = Counter()
        self._shown: list[dict[str, str | None]] = []

    def add(self, receipts: list[Receipt]) -> None:
        for r in receipts:
            self._counts.update(received=r.received, stored=r.stored, duplicate=r.duplicate, corrected=r.corrected)
            self._counts["rejected"] += len(r.rejected)
            for refusal in r.rejected:
                self._reasons[refusal.reason.value] += 1
                if len(self._shown) < _SHOWN:
                    told = {"point": refusal.point, "ts": refusal.ts, "reason": refusal.reason.value}
                    self._shown.append({**told, "detail": refusal.detail})

    def result(self) -> dict[str, Any]:
        return {**self._counts, "reasons": dict(self._reasons), "first_rejected": self._shown}


def _cells(job: ImportJob) -> Iterator[Cell]:
    if job.kind != "readings":
        raise InvalidInput(f"unknown kind {job.kind!r}", source=job.filename)
    return read_reading_table(job.content, job.mapping, job.filename)


def _chunks(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    remaining = iter(cells)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _as_messages(job: ImportJob, cells: list[Cell]) -> tuple[list[Message], list[Columns]]:
    """One message for each enterprise of a chunk, so that the books stand by enterprise."""
    addressed = sorted(((*_address(job, cell.point), cell) for cell in cells), key=lambda row: row[0])
    messages, found = [], []
    for enterprise, rows in groupby(addressed, key=lambda row: row[0]):
        columns = Columns()
        lines = []
        for _, point, cell in rows:
            take_cell(cell, point, columns)
            lines.append(cell.line)
        note = f"{job.filename}, lines {min(lines)} to {max(lines)}; the file is import {job.id}"
        messages.append(Message(enterprise, "import", f"imports/{job.id}", "csv", note.encode()))
        found.append(columns)
    return messages, found


def _address(job: ImportJob, written: str) -> tuple[str, str]:
    """Enterprise and point of a cell; the import's own enterprise where none is written."""
    enterprise, slash, point = written.partition("/")
    if not slash:
        return job.enterprise or "", written
    if job.enterprise is not None and enterprise != job.enterprise:
        return job.enterprise, written
    return enterprise, point
