"""Channels that hang, are slow or full, with real servers: they delay neither ingest nor one another."""

from __future__ import annotations

import datetime as dt
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from alerts.notify.apprise_channel import AppriseChannel
from alerts.notify.channels import NotDelivered, Webhook
from parkwatch.jobs.watch_alerts import channels_of, watch_jobs
from parkwatch.schedule import run_schedule
from schemas.errors import InvalidInput
from storage.connect import Connection
from storage.notifications import replace_policy
from tests.alerts.bench import TIMEZONE, Bench
from tests.api.park import wait_until

PAYLOAD: dict[str, Any] = {"state": "firing", "text": "【报警】示例企业 1号排口,小时均值高于限值"}


@contextmanager
def running(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.socket.getsockname()[1])
    finally:
        server.shutdown()
        server.server_close()


class Listener(socketserver.ThreadingTCPServer):
    """A server that counts who comes, and lets its handlers go when it is over."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.came = threading.Semaphore(0)
        self.over = threading.Event()
        self.received: list[str] = []


class Hanging(socketserver.BaseRequestHandler):
    """Takes the connection and never answers."""

    server: Listener

    def handle(self) -> None:
        self.server.came.release()
        self.server.over.wait(60)


class Answering(socketserver.StreamRequestHandler):
    """Answers every POST at once."""

    server: Listener

    def handle(self) -> None:
        length = 0
        while (line := self.rfile.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.server.received.append(self.rfile.read(length).decode())
        self.wfile.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class Mail(socketserver.StreamRequestHandler):
    """SMTP as far as one message needs it; slow servers wait before they greet."""

    server: Listener
    slow = False

    def handle(self) -> None:
        self.server.came.release()
        if self.slow and self.server.over.wait(60):
            return
        self._say("220 test ESMTP")
        while line := self.rfile.readline().decode().strip().upper():
            if line == "DATA":
                self._say("354 go on")
                self.server.received.append(self._body())
                self._say("250 taken")
            elif line.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 test" if line.startswith("EHLO") else "250 fine")

    def _body(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line)
        return "".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class SlowMail(Mail):
    slow = True


@pytest.fixture
def scheduled(bench: Bench, database_url: str) -> Iterator[Any]:
    """Starts the watch's jobs on channels given by webhooks and Apprise URLs."""
    stop, threads = threading.Event(), []

    def start(webhooks: dict[str, str], apprise: dict[str, str]) -> None:
        jobs = watch_jobs(TIMEZONE, channels_of(webhooks, apprise))
        thread = threading.Thread(target=run_schedule, args=(database_url, TIMEZONE, jobs, stop))
        thread.start()
        threads.append(thread)

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def fire(bench: Bench, code: str) -> None:
    """An alert on a new point, as of now."""
    now = dt.datetime.now(dt.UTC)
    bench.send(bench.point(code), [(round(now.timestamp() * 1e6), 90.0, "N")], now=now)


def test_mail_arrives_through_apprise() -> None:
    mail = Listener(Mail)
    with running(mail) as port:
        url = f"mailto://127.0.0.1:{port}?from=park@example.org&to=duty@example.org&mode=insecure"
        AppriseChannel("duty", url).send(7, PAYLOAD)
    (message,) = mail.received
    assert "To: duty@example.org" in message


def test_a_service_that_refuses_is_tried_again() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        channel = AppriseChannel("duty", f"json://127.0.0.1:{reserved.getsockname()[1]}/secret")
        with pytest.raises(NotDelivered, match="apprise:duty: the service did not take") as caught:
            channel.send(7, PAYLOAD)
    assert "secret" not in str(caught.value)


def test_a_url_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(InvalidInput, match="PARKWATCH_APPRISE duty: is no URL that Apprise can read") as caught:
        AppriseChannel("duty", "nosuchservice://secret")
    assert "secret" not in str(caught.value)


def test_a_webhook_that_hangs_is_left_after_its_time() -> None:
    hanging = Listener(Hanging)
    with running(hanging) as port:
        with pytest.raises(NotDelivered, match="timed out"):
            Webhook(f"http://127.0.0.1:{port}/", timeout_s=0.2).send(1, PAYLOAD)
        hanging.over.set()


def test_dead_slow_and_full_channels_delay_nobody(bench: Bench, connection: Connection, scheduled: Any) -> None:
    """Six channels hang, one mail server is slow, one queue is full: the seventh webhook gets every change at once."""
    hanging, slow, good = Listener(Hanging), Listener(SlowMail), Listener(Answering)
    with running(hanging) as dead, running(slow) as mail, running(good) as port:
        webhooks = {f"dead{n}": f"http://127.0.0.1:{dead}/" for n in range(6)} | {"good": f"http://127.0.0.1:{port}/"}
        names = [*(f"webhook:{name}" for name in webhooks), "apprise:mail"]
        bench.rules({"above": 80, "channels": [*names, "log"]})
        connection.execute(
            "INSERT INTO outbox (channel, payload) SELECT 'webhook:dead0', '{}' FROM generate_series(1, 1000)"
        )
        replace_policy(connection, {"group_by": ["point"]})
        scheduled(webhooks, {"mail": f"mailto://127.0.0.1:{mail}?from=a@example.org&to=b@example.org"})
        fire(bench, "V01")
        for _ in range(6):
            assert hanging.came.acquire(timeout=60), "every dead channel has a message in its hand"
        assert slow.came.acquire(timeout=60)
        fire(bench, "V02")
        wait_until(lambda: len(good.received) == 2, 60)
        assert [json.loads(body)["point"] for body in good.received] == ["E/V01", "E/V02"]
        lost = "SELECT count(*) FROM outbox WHERE channel LIKE 'webhook:dead%' AND delivered_at IS NOT NULL"
        assert connection.execute(lost).fetchone() == (0,)
        hanging.over.set()
        slow.over.set()
