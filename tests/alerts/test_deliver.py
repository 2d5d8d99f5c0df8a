"""Channels: a webhook that answers, one that refuses, one that is dead."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alerts.deliver import deliver
from alerts.notify.channels import LogChannel, Webhook
from schemas.errors import InvalidInput
from storage.alerts import instant
from tests.alerts.bench import NOW, Bench, at

Received = list[tuple[str, dict[str, object]]]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    status = 200
    received: Received


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.headers["Idempotency-Key"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.received = []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def firing(bench: Bench) -> Bench:
    """Two messages on each of two channels."""
    point_id, now = bench.point("V01"), instant(at("10:02"))
    bench.rules(
        {"above": 80, "channels": ["log", "webhook:duty"]},
        {"code": "s", "above": 85, "channels": ["log", "webhook:duty"]},
    )
    bench.send(point_id, [(at("10:02"), 90.0, "N")], now=now)
    bench.dispatch(now)
    bench.dispatch(now + dt.timedelta(seconds=5))
    return bench


def left(bench: Bench) -> list[tuple[str, int, str | None]]:
    return bench.connection.execute(
        "SELECT channel, attempts, last_error FROM outbox WHERE delivered_at IS NULL AND channel <> 'mqtt' ORDER BY id"
    ).fetchall()


def test_a_webhook_receives_each_message_once(firing: Bench, server: Server) -> None:
    webhook = Webhook(f"http://127.0.0.1:{server.server_port}/alerts")
    assert deliver(firing.connection, "webhook:duty", webhook, NOW) == 2
    assert deliver(firing.connection, "webhook:duty", webhook, NOW + dt.timedelta(hours=1)) == 0
    assert [body["state"] for _, body in server.received] == ["firing", "firing"]
    assert "监测值高于预警值" in str(server.received[0][1]["text"])


def test_a_webhook_that_refuses_is_tried_again_later_with_the_same_key(firing: Bench, server: Server) -> None:
    webhook = Webhook(f"http://127.0.0.1:{server.server_port}/alerts")
    server.status = 503
    assert deliver(firing.connection, "webhook:duty", webhook, NOW) == 0
    assert deliver(firing.connection, "webhook:duty", webhook, NOW) == 0
    assert len(server.received) == 1  # the second call came before the message was due again
    server.status = 204
    assert deliver(firing.connection, "webhook:duty", webhook, NOW + dt.timedelta(seconds=3)) == 2
    assert server.received[0][0] == server.received[1][0]


def test_a_dead_webhook_delays_no_other_channel(firing: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        dead = Webhook(f"http://127.0.0.1:{reserved.getsockname()[1]}/")
        assert deliver(firing.connection, "webhook:duty", dead, NOW) == 0
    assert deliver(firing.connection, "log", LogChannel(), NOW) == 2
    assert "E/V01" in caplog.text
    waiting = left(firing)
    assert [(channel, attempts) for channel, attempts, _ in waiting] == [("webhook:duty", 1), ("webhook:duty", 0)]
    assert "webhook 127.0.0.1" in str(waiting[0][2])


def test_a_message_is_given_up_after_three_days(firing: Bench, server: Server) -> None:
    server.status = 500
    webhook = Webhook(f"http://127.0.0.1:{server.server_port}/")
    deliver(firing.connection, "webhook:duty", webhook, dt.datetime.now(dt.UTC) + dt.timedelta(days=4))
    sql = "SELECT count(*), max(last_error) FROM outbox WHERE channel = 'webhook:duty' AND dead_at IS NOT NULL"
    assert firing.connection.execute(sql).fetchone() == (1, "webhook 127.0.0.1: answered 500")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no http or https address"):
        Webhook("file:///etc/passwd")
