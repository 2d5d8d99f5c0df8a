"""The load generator, a process of its own: ``python -m benchmarks.ingest_speed.publisher --url URL ...``.

It speaks MQTT 3.1.1 over plain sockets, so that it is not what is measured: packets leave by the hundred, and
acknowledgements are counted, not read. A second connection listens to receipts, of one gateway or of all.
Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import select
import socket
import struct
import sys
import time
from bisect import bisect_right
from urllib.parse import unquote, urlsplit

from benchmarks.ingest_speed.load import Load, enterprise, length

WINDOW = 10_000  # messages that the broker has not acknowledged yet
CHUNK = 200
_RECEIPT = re.compile(rb'/receipts(..)\{"id":"(\d{9})"', re.DOTALL)
_REMEMBERED = 3_000_000  # receipts whose delays are told
_IDS = [struct.pack("!H", i) for i in range(65536)]


class Wire:
    """A connection that never blocks."""

    def __init__(self, url: str, client_id: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port))
        texts = [client_id, unquote(parts.username or ""), unquote(parts.password or "")]
        body = b"\x00\x04MQTT\x04\xc2\x00\x00" + b"".join(struct.pack("!H", len(t)) + t.encode() for t in texts)
        self.socket.sendall(b"\x10" + length(len(body)) + body)
        assert self.socket.recv(4) == b"\x20\x02\x00\x00", "the broker refused the login"
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.out = bytearray()

    def flush(self) -> None:
        if self.out:
            try:
                sent = self.socket.send(self.out)
            except BlockingIOError:
                return
            del self.out[:sent]

    def read(self) -> bytes:
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return b""
        assert data, "the broker closed the connection"
        return data


class Receipts:
    """Counts receipts and notes when each message was answered."""

    def __init__(self, url: str, topic: str) -> None:
        self.wire = Wire(url, "bench-receipts")
        name = topic.encode()
        body = b"\x00\x01" + struct.pack("!H", len(name)) + name + b"\x01"
        self.wire.out += b"\x82" + length(len(body)) + body
        self.answered: list[tuple[int, float]] = []
        self.count = 0
        self._rest = b""

    def read(self) -> None:
        """Take receipts out of the stream by their looks: to parse each packet would cost more than to send it."""
        data, now = self._rest + self.wire.read(), time.time()
        found = _RECEIPT.findall(data)
        at = max(0, data.rfind(b"/receipts"))
        last = _RECEIPT.match(data, at)
        self._rest = data[last.end() if last else at :]  # the last may not have come whole
        self.wire.out += b"".join([b"\x40\x02" + packet_id for packet_id, _ in found])
        if self.count < _REMEMBERED:
            self.answered += [(int(n), now) for _, n in found]
        self.count += len(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--per-message", type=int, required=True)
    parser.add_argument("--start-ms", type=int, required=True)
    parser.add_argument("--step-ms", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second; 0 is flat out")
    parser.add_argument("--listen", choices=["none", "one", "all"], default="none")
    parser.add_argument("--unanswered", type=int, default=10**9, help="messages without a receipt at most")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the next receipt")
    options = parser.parse_args()
    load = Load(options.per_message, options.start_ms, options.step_ms)
    who = enterprise(0) if options.listen == "one" else "+"
    receipts = None if options.listen == "none" else Receipts(options.url, f"pw/v1/{who}/gw1/receipts")
    expected = _expected(options.listen, options.messages)
    sent, published_s = _publish(Wire(options.url, "bench-publisher"), load, options, receipts)
    _wait(receipts, expected, options.patience)
    answered = [] if receipts is None else receipts.answered
    took = [(n, at - sent[bisect_right(sent, (n, float("inf"))) - 1][1]) for n, at in answered]
    figures = {
        "started": sent[0][1],
        "published_s": published_s,
        "sent": sent[:: max(1, len(sent) // 2_000)],
        "receipts": len({n for n, _ in answered}),
        "expected": expected,
        "last_receipt": answered[-1][1] if answered else None,
        "receipt_s": sorted(s for _, s in took),
        "cpu_s": time.process_time(),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _expected(listen: str, messages: int) -> int:
    if listen == "none":
        return 0
    return messages if listen == "all" else len(range(0, messages, 20))


def _publish(
    wire: Wire, load: Load, options: argparse.Namespace, receipts: Receipts | None
) -> tuple[list[tuple[int, float]], float]:
    """Send all; (first message of a chunk, when it was sent), and the seconds until the broker had all."""
    sent: list[tuple[int, float]] = []
    n = acknowledged = 0
    messages, rate, started = options.messages, options.rate, time.time()
    while acknowledged < messages * 4:
        due = messages if rate == 0 else min(messages, int((time.time() - started) * rate))
        room = WINDOW - (n - acknowledged // 4)
        if receipts is not None:
            room = min(room, options.unanswered - (n - receipts.count))
        if ready := n < due and room >= CHUNK and len(wire.out) < 1 << 20:
            stop = min(due, n + CHUNK)
            sent.append((n, time.time()))
            wire.out += b"".join([load.packet(i, _IDS[i % 65535 + 1]) for i in range(n, stop)])
            n = stop
        wire.flush()
        waiting = [wire.socket] if receipts is None else [wire.socket, receipts.wire.socket]
        time.sleep(0.002)  # to be woken for every acknowledgement would cost more than to send
        readable, _, _ = select.select(waiting, [], [], 0 if ready or wire.out else 0.005)
        if wire.socket in readable:
            acknowledged += len(wire.read())  # each acknowledgement is four bytes
        if receipts is not None:
            if receipts.wire.socket in readable:
                receipts.read()
            receipts.wire.flush()
    return sent, time.time() - started


def _wait(receipts: Receipts | None, expected: int, patience_s: float) -> None:
    """Until every message has its receipt, or no more come."""
    heard = time.time()
    while receipts is not None and len(receipts.answered) < expected and time.time() - heard < patience_s:
        readable, _, _ = select.select([receipts.wire.socket], [], [], 0.05)
        if readable:
            receipts.read()
            heard = time.time()
        receipts.wire.flush()


if __name__ == "__main__":
    main()
