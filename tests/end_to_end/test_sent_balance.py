"""Ledger and database against what was sent: with every fault, in batches of any size, with redeliveries."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.assemble import Message, assemble
from ingest.directory import read_directory
from parkwatch.sent_balance import Comparison, compare_sent
from simulators.faults import letters
from simulators.letters import Dice, rates
from simulators.park import Park, first_of_last_month
from simulators.plants import PLANTS
from simulators.registry import demo_registry
from simulators.sent import Sent, Truth
from simulators.streams import LOCAL
from storage.connect import Connection
from storage.registry import apply_registry
from storage.write_batch import BatchWriter

NOW = dt.datetime.now(dt.UTC)


def deliveries(truth: Sent, seed: int) -> Iterator[list[Message]]:
    """Batches of what two gateways send; some come a second time, as after a lost acknowledgement."""
    chance = random.Random(seed)
    park = Park(7, first_of_last_month(NOW.astimezone(LOCAL).date()))
    end = int(NOW.timestamp()) // 300 * 5 - 10
    batch: list[Message] = []
    for gateway in ("energy", "air"):
        dice, now_ms = Dice(f"{seed}-{gateway}", rates(0.1)), round(NOW.timestamp() * 1000)
        for letter in letters(park, PLANTS[0], gateway, range(end - 480, end), dice, now_ms):
            truth.book("ENT01", letter, NOW.timestamp())
            topic = f"pw/v1/ENT01/{gateway}/telemetry"
            batch.append(Message("ENT01", gateway, topic, "telemetry", letter.message.payload))
            if chance.random() < 0.1:
                yield batch
                if chance.random() < 0.3:
                    yield batch
                batch = []
    yield batch


@pytest.fixture
def stored(connection: Connection, tmp_path: Path) -> Iterator[Truth]:
    today = NOW.astimezone(LOCAL).date()
    apply_registry(connection, demo_registry(today, first_of_last_month(today), 7))
    writer, directory = BatchWriter(connection, ZoneInfo("Asia/Shanghai")), read_directory(connection, None)
    with closing(Sent(tmp_path / "truth")) as truth:
        for batch in deliveries(truth, 5):
            writer.write(assemble(batch, directory, NOW), NOW)
    with closing(Truth(tmp_path / "truth")) as found:
        yield found


def test_what_was_sent_is_there_once(connection: Connection, stored: Truth) -> None:
    found = compare_sent(connection, stored)
    assert found.differences == []
    assert (found.lost, found.doubled) == (0, 0)
    assert found.readings > 4_000
    books = stored.books()["ENT01"]
    assert books.received == books.stored + books.duplicate + books.corrected + books.rejected
    assert min(books.stored, books.duplicate, books.corrected, books.rejected) > 30


@pytest.mark.parametrize(
    ("harm", "kind", "lost", "doubled"),
    [
        ("DELETE FROM readings WHERE (point_id, ts) = (SELECT point_id, ts FROM readings LIMIT 1)",
         "missing reading", 1, 1),
        ("UPDATE readings SET value = value + 1 WHERE (point_id, ts) = (SELECT point_id, ts FROM readings LIMIT 1)",
         "other reading", 1, 0),
        ("INSERT INTO readings SELECT point_id, ts + interval '1 us', value, flag, now() FROM readings LIMIT 1",
         "unexpected reading", 0, 1),
        ("UPDATE ledger SET received = received + 1, stored = stored + 1", "stored in the ledger", 0, 1),
        ("UPDATE ledger SET received = received + 1, corrected = corrected + 1", "corrected in the ledger", 0, 1),
        ("DELETE FROM reading_revisions WHERE ctid IN (SELECT ctid FROM reading_revisions LIMIT 1)",
         "revisions kept", 0, 1),
        ("DELETE FROM receipts WHERE sha256 = (SELECT sha256 FROM receipts LIMIT 1)", "unanswered message", 0, 0),
        ("DELETE FROM rejected_readings WHERE id = (SELECT min(id) FROM rejected_readings)", "refusals", 0, 0),
    ],
)  # fmt: skip
def test_harm_is_found(connection: Connection, stored: Truth, harm: str, kind: str, lost: int, doubled: int) -> None:
    connection.execute(harm.encode())
    found: Comparison = compare_sent(connection, stored)
    assert (found.counts[kind], found.lost, found.doubled) == (1, lost, doubled)
    first = found.differences[0]
    assert first.what == kind
    assert first.place.startswith("ENT01")
    assert (first.instant is not None) == ("reading" in kind.split())
