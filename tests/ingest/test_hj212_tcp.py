"""HJ 212 over TCP: frames cut from any stream, answers after the commit, limits."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.hj212_tcp import FRAME_BYTES, cut_frames
from parkwatch.broker import Broker
from parkwatch.folders import free_port
from storage.connect import Connection, open_connection
from storage.registry import apply_registry
from tests.ingest.senders import MN, REGISTRY, frame, serving, stamp, wait_for

FRAMES = [frame(f"DataTime=2026112310{i:02d}00;a24088-Rtd={i},a24088-Flag=N") for i in range(5)]


@given(st.lists(st.integers(1, 60), max_size=60))
def test_frames_are_cut_wherever_the_stream_is(sizes: list[int]) -> None:
    stream = b"".join(FRAMES)
    buffer, found = bytearray(), []
    at = 0
    for size in [*sizes, len(stream)]:
        buffer += stream[at : at + size]
        at += size
        found += cut_frames(buffer)
    assert found == FRAMES
    assert not buffer


def test_frames_after_damage_are_found() -> None:
    damaged = FRAMES[0][:50]
    buffer = bytearray(b"noise\r\n" + damaged + FRAMES[1] + b"##9999&&\r\n" + FRAMES[2][:-2])
    found = cut_frames(buffer) + cut_frames(buffer, final=True)
    assert FRAMES[1] in found
    assert FRAMES[2][:-2] in found
    assert b"".join(found) == b"noise\r\n" + damaged + FRAMES[1] + b"##9999&&\r\n" + FRAMES[2][:-2]


@settings(max_examples=300)
@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"##", b"##0100", b"\r\n", b"&&ABCD", FRAMES[0]]), max_size=20)
)
def test_no_byte_is_lost_and_the_rest_is_bounded(chunks: list[bytes]) -> None:
    buffer, found = bytearray(), []
    for chunk in chunks:
        buffer += chunk
        found += cut_frames(buffer)
        assert len(buffer) <= FRAME_BYTES + 40
    blank = b"\r\n \t\0"
    taken = b"".join(found) + bytes(buffer)
    assert taken.translate(None, blank) == b"".join(chunks).translate(None, blank)


@pytest.fixture
def port(database_url: str, connection: Connection, broker: Broker) -> Iterator[int]:
    apply_registry(connection, REGISTRY)
    chosen = free_port(0)
    with serving(database_url, broker.ingest_url, hj212_port=chosen):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        yield chosen


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def test_a_logger_is_answered_after_the_commit(port: int, connection: Connection) -> None:
    with call(port) as logger:
        logger.sendall(frame(f"DataTime={stamp()};a24088-Rtd=12.6,a24088-Flag=N"))
        answer = logger.recv(500)
        assert b"CN=9014" in answer
        assert answer.startswith(b"##")
        assert connection.execute("SELECT value FROM readings").fetchall() == [(12.6,)]
    rows = connection.execute("SELECT enterprise, gateway FROM receipts").fetchall()
    assert rows == [("ENT01", MN)]
    assert connection.execute("SELECT enterprise, received, stored FROM ledger").fetchall() == [("ENT01", 1, 1)]


def test_no_answer_while_the_database_holds_the_batch(port: int, database_url: str, connection: Connection) -> None:
    with closing(open_connection(database_url)) as holder, call(port) as logger:
        holder.execute("BEGIN; LOCK TABLE receipts IN EXCLUSIVE MODE")
        logger.sendall(frame(f"DataTime={stamp()};a24088-Rtd=1,a24088-Flag=N"))
        waiting = "SELECT FROM pg_locks WHERE NOT granted"
        wait_for(lambda: connection.execute(waiting).fetchone() is not None)
        logger.setblocking(False)
        with pytest.raises(BlockingIOError):
            logger.recv(100)
        holder.execute("ROLLBACK")
        logger.settimeout(20)
        assert b"CN=9014" in logger.recv(500)


def test_unknown_loggers_and_damage_are_kept_and_the_stream_goes_on(port: int, connection: Connection) -> None:
    good = frame(f"DataTime={stamp()};a24088-Rtd=1,a24088-Flag=N")
    with call(port) as logger:
        logger.sendall(frame(f"DataTime={stamp()};a24088-Rtd=1,a24088-Flag=N", mn="F" * 24))
        assert b"CN=9014" in logger.recv(500)
        logger.sendall(good[:40] + good[:-3] + b"!\r\n" + b"X" * 9000 + good)
        assert b"CN=9014" in logger.recv(500)
    reasons = connection.execute(
        "SELECT p.enterprise, r.reason FROM rejected_readings r JOIN rejected_payloads p ON p.id = r.payload_id"
    ).fetchall()
    assert ("", "wrong_enterprise") in reasons
    assert {reason for _, reason in reasons} == {"wrong_enterprise", "bad_frame"}
    assert connection.execute("SELECT sum(stored) FROM ledger").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM ledger WHERE received <> stored + rejected").fetchone() == (0,)


def test_many_loggers_at_once(port: int, connection: Connection) -> None:
    def log(number: int) -> None:
        with call(port) as logger:
            for i in range(20):
                logger.sendall(frame(f"DataTime={stamp(60 + number * 100 + i)};a24088-Rtd={i},a24088-Flag=N"))
                assert b"CN=9014" in logger.recv(500)

    threads = [threading.Thread(target=log, args=(n,)) for n in range(20)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert time.monotonic() - begun < 60
    books = connection.execute("SELECT received, stored + duplicate + corrected FROM ledger").fetchall()
    assert books == [(400, 400)]
