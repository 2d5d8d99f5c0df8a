"""HJ 212 over plain TCP, as most loggers speak it: frames cut from the stream, answered after their commit.

Bounded everywhere: connections, bytes of a frame, seconds for one, and messages under way, of each connection and of
all; beyond that the sockets are not read, and the loggers wait.
"""

from __future__ import annotations

import logging
import queue
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ingest.messages import TCP, Message, message_of

log = logging.getLogger(__name__)

CONNECTIONS = 1_000
UNDER_WAY = 2_000  # messages of all connections that are not committed yet
UNDER_WAY_EACH = 64
FRAME_BYTES = 4_096 + 16
IDLE_S = 900.0  # a logger says something at least every few minutes
FRAME_S = 30.0  # for the rest of a frame that has begun
_LOOK_S = 0.2

_DECLARED = re.compile(rb"##(\d{4})")
_CHECK = re.compile(rb"[0-9A-Fa-f]{4}")
_MN = re.compile(rb"(?:^|;|\d)\s*MN=([0-9A-Za-z_-]{1,64})")
_BLANK = b"\r\n \t\0"


def cut_frames(buffer: bytearray, *, final: bool = False) -> list[bytes]:
    """Take whole frames, and what can become none, out of the front of ``buffer``.

    Args:
        final: nothing more will come soon: a frame need not wait for its CR LF, nor the rest for anything.
    """
    pieces = []
    while size := _next_size(buffer, final=final):
        piece = bytes(buffer[:size])
        del buffer[:size]
        if piece.strip(_BLANK):
            pieces.append(piece)
    return pieces


def _next_size(buffer: bytearray, *, final: bool) -> int:
    """How many bytes of ``buffer`` are the next piece; 0 where that cannot be said yet."""
    start = buffer.find(b"##")
    if start != 0:
        whole = start if start > 0 else len(buffer) - buffer.endswith(b"#")
        return whole if start > 0 or final or len(buffer) > FRAME_BYTES or not buffer.strip(_BLANK) else 0
    declared = _DECLARED.match(buffer)
    end = 6 + int(declared[1]) + 4 if declared else 0
    if declared and len(buffer) >= end and _CHECK.fullmatch(buffer, end - 4, end):
        if buffer[end : end + 2] == b"\r\n":
            return end + 2
        return end if final or len(buffer) >= end + 2 else 0
    cuts = [at for at in (buffer.find(b"##", 2), buffer.find(b"\r\n") + 2) if at > 2]
    if cuts:
        return min(cuts)
    return len(buffer) if len(buffer) > FRAME_BYTES or (final and _has_waited(buffer, end)) else 0


def _has_waited(buffer: bytearray, end: int) -> bool:
    return end == 0 or len(buffer) >= end


@dataclass(slots=True, eq=False)
class _Link:
    """One connection."""

    socket: socket.socket
    peer: str
    room: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(UNDER_WAY_EACH))
    mn: str = ""  # the last one it named: a damaged frame is booked to it


@dataclass(slots=True, eq=False)
class TcpArrival:
    """A frame with the way back to its logger."""

    message: Message
    link: _Link
    under_way: threading.BoundedSemaphore

    def answer(self, replies: bytes) -> None:
        """Send what the frame asked for, after its commit; a logger that does not read its answers is let go."""
        self.under_way.release()
        self.link.room.release()
        try:
            if replies and self.link.socket.send(replies, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL) < len(replies):
                raise BlockingIOError("it does not read what it is answered")
        except OSError as error:
            log.info("HJ 212 from %s: the answer was not sent: %s", self.link.peer, error)
            _hang_up(self.link.socket)


class Hj212Listener:
    """Takes connections on a port and puts their frames into a queue."""

    def __init__(self, host: str, port: int, arrivals: queue.SimpleQueue[Any]) -> None:
        self._address = (host, port)
        self._arrivals = arrivals
        self._stop = threading.Event()
        self._under_way = threading.BoundedSemaphore(UNDER_WAY)
        self._links: set[_Link] = set()
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._server: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return int(self._server.getsockname()[1]) if self._server else 0

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken or not allowed.
        """
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._server = socket.create_server(self._address, family=family, backlog=128)
        self._server.settimeout(_LOOK_S)
        self._run(self._accept, self._server)
        log.info("HJ 212 over TCP on %s port %d", self._address[0], self.port)

    def stop(self) -> None:
        """Stop listening and let go of all; what is under way is answered no more, and sent again by its logger."""
        self._stop.set()
        if self._server is not None:
            self._server.close()
        with self._guard:
            threads = list(self._threads)
        for thread in threads:
            thread.join(5.0)

    def _run(self, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, name="hj212", daemon=True)
        with self._guard:
            self._threads = [t for t in self._threads if t.is_alive()]
            self._threads.append(thread)
            thread.start()

    def _accept(self, server: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                accepted, peer = server.accept()
            except TimeoutError:
                continue
            except OSError as error:
                if not self._stop.wait(_LOOK_S):
                    log.warning("HJ 212 over TCP: no connection taken: %s", error)
                continue
            link = _Link(accepted, f"{peer[0]}:{peer[1]}")
            with self._guard:
                full = len(self._links) >= CONNECTIONS
                if not full:
                    self._links.add(link)
            if full:
                log.warning("HJ 212 from %s: %d connections are open, no more are taken", link.peer, CONNECTIONS)
                accepted.close()
            else:
                self._run(self._serve, link)

    def _serve(self, link: _Link) -> None:
        try:
            self._read(link)
        except OSError as error:
            log.info("HJ 212 from %s ended: %s", link.peer, error)
        finally:
            link.socket.close()
            with self._guard:
                self._links.discard(link)

    def _read(self, link: _Link) -> None:
        link.socket.settimeout(_LOOK_S)
        buffer = bytearray()
        heard = begun = time.monotonic()
        while not self._stop.is_set():
            now = time.monotonic()
            if now - heard > IDLE_S or (buffer and now - begun > FRAME_S):
                log.info("HJ 212 from %s: silent, or in the middle of a frame, for too long", link.peer)
                break
            try:
                received = link.socket.recv(4096)
            except TimeoutError:
                self._put_all(link, cut_frames(buffer, final=True))
                continue
            if not received:
                break
            heard = time.monotonic()
            begun = begun if buffer else heard
            buffer += received
            pieces = cut_frames(buffer)
            begun = heard if pieces else begun
            self._put_all(link, pieces)
        self._put_all(link, [*cut_frames(buffer, final=True), bytes(buffer)])

    def _put_all(self, link: _Link, pieces: list[bytes]) -> None:
        """Hand pieces on, waiting for room; without any the socket is not read."""
        for piece in pieces:
            if not piece.strip(_BLANK):
                continue
            found = _MN.search(piece)
            link.mn = found[1].decode() if found else link.mn
            while not self._stop.is_set():
                if link.room.acquire(timeout=_LOOK_S):
                    break
            while not self._stop.is_set():
                if self._under_way.acquire(timeout=_LOOK_S):
                    break
            if self._stop.is_set():
                return
            message = message_of(f"{TCP}/{link.mn or 'unknown'}", piece)
            self._arrivals.put([TcpArrival(message, link, self._under_way)])


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
