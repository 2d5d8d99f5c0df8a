"""From publish to a webhook while other channels are well, and while they are sick: ``./dev bench channels``.

Starts the service with seven channels in a folder of its own; ten gateways send 500 readings a second. One more sends
single readings over the limit, each of which opens an alert that every channel is told of. First all channels are well;
then one webhook never answers, one port refuses, one mail server greets after a minute, one a byte a second without an
end, and one webhook that hangs has 1,000 messages waiting. Taken are the seconds from publish to receipt and to the
arrival at the webhook that stays well. Prints one line of JSON; 1 if an alert does not arrive.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import yaml

from benchmarks.chaos import Service, service
from benchmarks.sick_channels import DrippingMail, Listener, Mail, Web, mail_url, points_of, running
from simulators.gateway import Gateway
from simulators.telemetry import Message
from storage.connect import open_connection
from storage.registry import apply_registry

GATEWAYS, POINTS = 10, 50
QUEUE = 1_000
_PATIENCE_S = 60.0


class Channels:
    """Seven channels with their servers; ``fall_sick`` makes five of them what no other may notice."""

    def __init__(self) -> None:
        self.good, self.silent, self.refusing, self.full = (Listener(Web) for _ in range(4))
        self.slow, self.dripping = Listener(Mail), Listener(DrippingMail)
        self.servers = (self.good, self.silent, self.refusing, self.full, self.slow, self.dripping)

    @property
    def names(self) -> list[str]:
        return [*(f"webhook:{name}" for name in self._webhooks), "apprise:slow", "apprise:dripping", "log"]

    @property
    def sick_names(self) -> list[str]:
        return [name for name in self.names if name not in ("webhook:good", "log")]

    @property
    def settings(self) -> dict[str, str]:
        webhooks = " ".join(f"{name}=http://127.0.0.1:{server.port}/" for name, server in self._webhooks.items())
        mails = f"slow={mail_url(self.slow)} dripping={mail_url(self.dripping)}"
        return {"PARKWATCH_WEBHOOKS": webhooks, "PARKWATCH_APPRISE": mails}

    @property
    def _webhooks(self) -> dict[str, Listener]:
        return {"good": self.good, "silent": self.silent, "refusing": self.refusing, "full": self.full}

    def fall_sick(self, database_url: str) -> None:
        """From now on; the queue of ``full`` is at its bound."""
        for server in (self.silent, self.full, self.slow, self.dripping):
            server.sick.set()
        self.refusing.shutdown()
        self.refusing.server_close()
        with closing(open_connection(database_url)) as connection:
            connection.execute(
                "INSERT INTO outbox (channel, payload) SELECT 'webhook:full', '{\"text\": \"\"}'"
                " FROM generate_series(1, %s)",
                [QUEUE],
            )

    def hang(self, seconds: float = _PATIENCE_S) -> bool:
        """Wait until each sick server has somebody in its hand; whether it came so far."""
        hanging = (self.silent, self.full, self.slow, self.dripping)
        return all(server.came.acquire(timeout=seconds) for server in hanging)


def registry(channels: Sequence[str], probes: int) -> str:
    """Enterprises that send, one that probes, and a rule that tells every channel of each alert at once."""

    def enterprise(code: str, points: int) -> dict[str, Any]:
        point = {"kind": "gauge", "quantity": "a24088", "unit": "mg/m3", "role": "stack", "interval": "1s"}
        listed = [{"code": f"V{i:03d}", "name": f"排口{i}"} | point for i in range(points)]
        return {"code": code, "name": code, "park": "P", "industry": "petrochemical", "points": listed}

    rule = {"code": "spike", "kind": "warning", "points": {"quantity": "a24088"}, "statistic": "reading", "above": 80}
    told = {"unit": "mg/m3", "clause": "-", "verified": True, "channels": list(channels)}
    loaders = [enterprise(f"L{i:02d}", POINTS) for i in range(GATEWAYS)]
    document = {
        "parks": [{"code": "P", "name": "P"}],
        "enterprises": [*loaders, enterprise("PROBE", probes)],
        "rules": [rule | told],
        "notifications": {"group_by": ["point"], "group_wait": "0s", "digest": {"at": None}},
    }
    return yaml.safe_dump(document, allow_unicode=True)


def message(name: str, values: dict[str, float]) -> Message:
    payload = orjson.dumps({"id": name, "data": [{"ts": time.time_ns() // 1_000_000, "values": values}]})
    return Message(name, payload, len(values))


def gateway(found: Service, enterprise: str) -> Gateway:
    return Gateway(found.urls["mqtt"], enterprise, "g", found.credentials(enterprise, "g"))


@contextmanager
def load(found: Service) -> Iterator[None]:
    """Ten gateways send a message a second each until the block ends."""
    stop = threading.Event()

    def send(enterprise: str) -> None:
        with closing(gateway(found, enterprise)) as sender:
            for number in iter(int, 1):
                if stop.wait(1):
                    return
                sender.send(message(f"{enterprise}-{number}-{time.time_ns()}", dict.fromkeys(VALUES, 20.0)), stop)

    threads = [threading.Thread(target=send, args=(f"L{i:02d}",), daemon=True) for i in range(GATEWAYS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


VALUES = [f"V{i:03d}" for i in range(POINTS)]


def probe(sender: Gateway, good: Listener, point: str) -> tuple[float, float]:
    """Open an alert; seconds to the receipt and to its arrival at the webhook.

    Raises:
        TimeoutError: it did not arrive.
    """
    address, stop, sent_at = f"PROBE/{point}", threading.Event(), time.monotonic()
    sender.send(message(f"probe-{point}", {point: 95.0}), stop)
    sender.drain(stop)
    stored_s = time.monotonic() - sent_at
    while address not in points_of(good):
        if time.monotonic() > sent_at + _PATIENCE_S:
            raise TimeoutError(f"no channel was told of {address}")
        time.sleep(0.01)
    at = next(at for at, body in good.taken if f'"{address}"' in body)
    return stored_s, at - sent_at


def main(options: Sequence[str]) -> int:
    """Run it; 1 if an alert does not arrive."""
    parser = argparse.ArgumentParser(prog="./dev bench channels", description=__doc__)
    parser.add_argument("--probes", type=int, default=60, help="alerts in each half")
    given = parser.parse_args(options)
    folder, channels = Path(tempfile.mkdtemp(prefix="channels-")), Channels()
    print(f"log in {folder / 'log'}", file=sys.stderr, flush=True)
    with running(*channels.servers), service(folder / "data", folder / "log", **channels.settings) as found:
        try:
            figures = _measure(found, channels, given.probes)
        except TimeoutError as error:
            print(error, file=sys.stderr, flush=True)
            return 1
        print(json.dumps(figures), flush=True)
    return 0


def _measure(found: Service, channels: Channels, probes: int) -> dict[str, float]:
    with closing(open_connection(found.urls["database"])) as connection:
        apply_registry(connection, registry(channels.names, 2 * probes))
    with load(found), closing(gateway(found, "PROBE")) as sender:
        figures = _half("well", sender, channels, range(probes))
        channels.fall_sick(found.urls["database"])
        return figures | _half("sick", sender, channels, range(probes, 2 * probes))


def _half(name: str, sender: Gateway, channels: Channels, points: range) -> dict[str, float]:
    taken = np.array([probe(sender, channels.good, f"V{i:03d}") for i in points])
    figures: dict[str, float] = {}
    for column, what in enumerate(("receipt", "webhook")):
        p50, p99 = np.percentile(taken[:, column], [50, 99])
        figures |= {f"{name}_{what}_p50_s": round(float(p50), 3), f"{name}_{what}_p99_s": round(float(p99), 3)}
    return figures
