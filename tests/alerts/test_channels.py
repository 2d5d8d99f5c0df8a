"""Channels that hang, are slow or full, with real servers: they delay neither ingest nor one another."""

from __future__ import annotations

import datetime as dt
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from alerts.notify.apprise_channel import AppriseChannel
from alerts.notify.bounded import Bounded
from alerts.notify.channels import NotDelivered, Webhook
from benchmarks.sick_channels import DrippingWeb, Listener, Mail, Web, mail_url, running
from parkwatch.jobs.watch_alerts import channels_of, watch_jobs
from parkwatch.schedule import run_schedule
from schemas.errors import InvalidInput
from storage.connect import Connection
from storage.notifications import replace_policy
from tests.alerts.bench import TIMEZONE, Bench
from tests.api.park import wait_until

PAYLOAD: dict[str, Any] = {"state": "firing", "text": "【报警】示例企业 1号排口,小时均值高于限值"}


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
    with running(mail):
        AppriseChannel("duty", mail_url(mail)).send(7, PAYLOAD)
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
    hanging = sick(Web)
    with running(hanging), pytest.raises(NotDelivered, match="timed out"):
        Webhook(f"http://127.0.0.1:{hanging.port}/", timeout_s=0.2).send(1, PAYLOAD)


def test_a_server_that_drips_is_left_behind_until_it_ends() -> None:
    dripping = sick(DrippingWeb)
    channel = Bounded(Webhook(f"http://127.0.0.1:{dripping.port}/"), longest_s=2)
    with running(dripping):
        with pytest.raises(NotDelivered, match=r"not taken within 2 s"):
            channel.send(7, PAYLOAD)
        with pytest.raises(NotDelivered, match="an earlier message still hangs"):
            channel.send(7, PAYLOAD)
        assert dripping.came.acquire(timeout=60)
        assert not dripping.came.acquire(blocking=False), "the second was not tried"
        dripping.sick.clear()
        dripping.over.set()
        wait_until(lambda: _taken(channel), 60)
    assert dripping.received


def test_what_a_channel_raises_comes_through() -> None:
    hanging = sick(Web)
    with running(hanging), pytest.raises(NotDelivered, match="timed out"):
        Bounded(Webhook(f"http://127.0.0.1:{hanging.port}/", timeout_s=0.2)).send(1, PAYLOAD)


def test_dead_slow_and_full_channels_delay_nobody(bench: Bench, connection: Connection, scheduled: Any) -> None:
    """Six channels hang, one mail server is slow, one queue is full: the seventh webhook gets every change at once."""
    hanging, slow, good = sick(Web), sick(Mail), Listener(Web)
    with running(hanging, slow, good):
        webhooks = {f"dead{n}": f"http://127.0.0.1:{hanging.port}/" for n in range(6)}
        webhooks["good"] = f"http://127.0.0.1:{good.port}/"
        names = [*(f"webhook:{name}" for name in webhooks), "apprise:mail"]
        bench.rules({"above": 80, "channels": [*names, "log"]})
        connection.execute(
            "INSERT INTO outbox (channel, payload) SELECT 'webhook:dead0', '{}' FROM generate_series(1, 1000)"
        )
        replace_policy(connection, {"group_by": ["point"]})
        scheduled(webhooks, {"mail": mail_url(slow)})
        fire(bench, "V01")
        for _ in range(6):
            assert hanging.came.acquire(timeout=60), "every dead channel has a message in its hand"
        assert slow.came.acquire(timeout=60)
        fire(bench, "V02")
        wait_until(lambda: len(good.received) == 2, 60)
        assert [json.loads(body)["point"] for body in good.received] == ["E/V01", "E/V02"]
        lost = "SELECT count(*) FROM outbox WHERE channel LIKE 'webhook:dead%' AND delivered_at IS NOT NULL"
        assert connection.execute(lost).fetchone() == (0,)


def sick(handler: type[socketserver.BaseRequestHandler]) -> Listener:
    server = Listener(handler)
    server.sick.set()
    return server


def _taken(channel: Bounded) -> bool:
    try:
        channel.send(8, PAYLOAD)
    except NotDelivered:
        return False
    return True
