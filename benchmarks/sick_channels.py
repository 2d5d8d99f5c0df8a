"""Servers that a channel may meet: well, silent, slow. All real, on loopback; what they take is kept with its time."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from typing import Any


class Listener(socketserver.ThreadingTCPServer):
    """A server that notes who comes and what it takes. Once ``sick`` is set its handlers hang until ``over`` is."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, handler: type[socketserver.BaseRequestHandler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.came = threading.Semaphore(0)
        self.sick, self.over = threading.Event(), threading.Event()
        self.taken: list[tuple[float, str]] = []
        self.left = 0  # clients that dripping could not hold any longer

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def received(self) -> list[str]:
        return [body for _, body in self.taken]

    def take(self, body: str) -> None:
        self.taken.append((time.monotonic(), body))


@contextmanager
def running(*servers: Listener) -> Iterator[None]:
    """Serve until the block ends; what hangs is let go then."""
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.over.set()
            server.shutdown()
            server.server_close()


class Web(socketserver.StreamRequestHandler):
    """Takes a POST at once; a sick one takes the connection and never answers."""

    server: Listener

    def handle(self) -> None:
        self.server.came.release()
        if self.server.sick.is_set():
            self.hang()
            return
        length = 0
        while (line := self.rfile.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.server.take(self.rfile.read(length).decode())
        self.wfile.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def hang(self) -> None:
        self.server.over.wait(600)


class DrippingWeb(Web):
    """A sick one answers a byte a second, without an end: no time-out of a socket ever runs out."""

    def hang(self) -> None:
        drip(self.server, self.wfile, b"HTTP/1.1 200 OK\r\nX-Drip: ")


class Mail(socketserver.StreamRequestHandler):
    """SMTP as far as one message needs it; a sick one is silent for a minute before it greets."""

    server: Listener

    def handle(self) -> None:
        self.server.came.release()
        if self.server.sick.is_set():
            self.hang()
            return
        self.say("220 test ESMTP")
        while line := self.rfile.readline().decode().strip().upper():
            if line == "DATA":
                self.say("354 go on")
                self.server.take(self._body())
                self.say("250 taken")
            elif line.startswith("QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 test" if line.startswith("EHLO") else "250 fine")

    def hang(self) -> None:
        if not self.server.over.wait(60):
            with suppress(OSError):
                self.say("220 at last")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _body(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line)
        return "".join(lines)


class DrippingMail(Mail):
    """A sick one greets a byte a second, without an end."""

    def hang(self) -> None:
        drip(self.server, self.wfile, b"220-")


def drip(server: Listener, line: BufferedIOBase, beginning: bytes) -> None:
    """Until it is over, or whoever waited has gone."""
    with suppress(OSError):
        line.write(beginning)
        while not server.over.wait(1):
            line.write(b"x")
    server.left += 1


def mail_url(server: Listener) -> str:
    """The server as a URL of Apprise."""
    return f"mailto://127.0.0.1:{server.port}?from=park@example.org&to=duty@example.org&mode=insecure"


def points_of(server: Listener) -> list[str]:
    """The points of the alerts that a webhook took, in order."""
    bodies: list[dict[str, Any]] = [json.loads(body) for body in server.received]
    return [str(alert["point"]) for body in bodies for alert in body.get("alerts", [])]
