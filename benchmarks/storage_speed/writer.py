"""Live readings beside everything else: a process that writes the days after the city's last through the batch writer.

``python -m benchmarks.storage_speed.writer URL FILE FIRST RATE``: the readings of a file from row FIRST on, RATE a
second (0: flat out), until a line comes on stdin. Says when it begins and, in one line of JSON, what it did.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np

from alerts.arrivals import ReadingsJudge
from benchmarks.storage_speed.stores import ZONE, Store
from ingest.directory import read_directory
from parkwatch.children import tied
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from storage.connect import open_connection
from storage.write_batch import BatchWriter

FLAT_OUT_ROWS = 20_000
LIVE_BATCH_S = 0.25


@contextmanager
def writing(store: Store, file: Path, first: int, rate: int) -> Iterator[dict[str, Any]]:
    """Write meanwhile; what is yielded holds the figures when it is over."""
    words = ["benchmarks.storage_speed.writer", store.url, str(file), str(first), str(rate)]
    command = [*tied(), sys.executable, "-P", "-m", *words]
    told: dict[str, Any] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline(), "the writer did not begin"
        try:
            yield told
        finally:
            said, _ = process.communicate("stop\n")
        told.update(json.loads(said))


def keep(file: Path, block: ReadingBlock) -> None:
    """Readings in the order in which they are to be sent."""
    np.savez(file, point_id=block.point_id, ts_us=block.ts_us, value=block.value, flag=block.flag)


def main(url: str, file: str, first: str, rate: str) -> None:
    """Write until a line comes on stdin or the file is at its end."""
    stop = Event()

    def listen() -> None:
        sys.stdin.readline()
        stop.set()

    Thread(target=listen, daemon=True).start()
    with np.load(file) as kept:
        block = ReadingBlock(kept["point_id"], kept["ts_us"], kept["value"], kept["flag"])
    with closing(open_connection(url)) as connection:
        writer, directory = BatchWriter(connection, ZONE, ReadingsJudge(ZONE)), read_directory(connection, None)
        position = np.zeros(int(directory.point_id.max()) + 1, np.int64)
        position[directory.point_id] = np.arange(len(directory.point_id))
        print("begun", flush=True)
        start, at, delays = time.perf_counter(), int(first), []
        rows = round(int(rate) * LIVE_BATCH_S) or FLAT_OUT_ROWS
        end = len(block) if int(rate) else len(block) * 3 // 4  # flat out leaves something for those that follow
        while not stop.is_set() and at + rows <= end:
            part = block.take(np.arange(at, at + rows))
            began = time.perf_counter()
            delivery = Delivery("ENT01", "bench", "pw/v1/ENT01/bench/telemetry", b"{}", f"{at:064x}", at)
            touched = directory.touched_hours(position[part.point_id], part.ts_us)
            writer.write(Batch([delivery], part, np.zeros(rows, np.int32), touched), dt.datetime.now(dt.UTC))
            delays.append(time.perf_counter() - began)
            at += rows
            if int(rate):
                time.sleep(max(0.0, start + len(delays) * LIVE_BATCH_S - time.perf_counter()))
        seen = time.perf_counter() - start
        written = at - int(first)
        p50, p99 = np.percentile(delays or [0.0], [50, 99]) * 1000
        told = {"readings": written, "seconds": round(seen, 2), "readings_per_s": round(written / seen), "next": at}
        print(json.dumps(told | {"batch_ms": {"p50": round(p50, 1), "p99": round(p99, 1)}}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
