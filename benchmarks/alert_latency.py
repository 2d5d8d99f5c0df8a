"""From publish to a stored alert and to its event on the live stream: ``./dev bench alert_latency [--rate N]``.

Starts the service in a folder of its own; twenty gateways send 2,000 readings a second over MQTT, every one of them
watched by a rule. Beside them one gateway sends single readings over the limit, each of which opens an alert. Taken are
the time until its receipt has come (the alert is committed with the reading) and until the alert comes by
``GET /live``. Prints one line of JSON; 1 if the 99th percentile of either is a second or more.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import numpy as np
import orjson
import yaml

from benchmarks.chaos import Service, service
from schemas.access import AccessRole
from simulators.gateway import Gateway, leave_all
from simulators.telemetry import Message
from storage.connect import open_connection
from storage.registry import apply_registry
from storage.tokens import create_token

ENTERPRISES = 20
PROBES = 60
TARGET_S = 1.0
WARM_S = 15.0
_PATIENCE_S = 30.0


def main(options: Sequence[str]) -> int:
    """Run it; 1 if an alert does not come, or too late."""
    parser = argparse.ArgumentParser(prog="./dev bench alert_latency", description=__doc__)
    parser.add_argument("--rate", type=int, default=2_000, help="readings a second beside the probes")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--rules", type=int, default=2, help="in force; of a thousand about ten watch each point")
    given = parser.parse_args(options)
    folder = Path(tempfile.mkdtemp(prefix="alert-latency-"))
    print(f"log in {folder / 'log'}", file=sys.stderr, flush=True)
    with service(folder / "data", folder / "log") as found:
        figures = _measure(found, given.rate, given.seconds, given.rules)
    print(json.dumps(figures), flush=True)
    return 0 if max(figures["stored_p99_s"], figures["event_p99_s"]) < TARGET_S else 1


def _measure(found: Service, rate: int, seconds: float, rules: int) -> dict[str, Any]:
    each = rate // ENTERPRISES
    with closing(open_connection(found.urls["database"])) as connection:
        apply_registry(connection, _registry(each, rules))
        token = create_token(connection, AccessRole.ENVIRONMENT, None)
    stop = Event()
    with ExitStack() as stack:
        gateways = [stack.enter_context(closing(_gateway(found, name))) for name in _names()]
        probe = stack.enter_context(closing(_gateway(found, "PROBE", window=1)))
        stack.callback(leave_all, [*gateways, probe])
        ear = stack.enter_context(closing(_Ear(found.urls["http"], token)))
        load = Thread(target=_load, args=(gateways, each, stop), daemon=True)
        load.start()
        stack.callback(stop.set)
        stop.wait(WARM_S)
        started, before = time.monotonic(), sum(gateway.totals.stored for gateway in gateways)
        probes = _probe(probe, seconds, stop)
        flowed = (sum(gateway.totals.stored for gateway in gateways) - before) / (time.monotonic() - started)
        events = ear.wait_for({key for key, _, _ in probes})
        stop.set()
        load.join()
    stored = np.array([stored_s for _, _, stored_s in probes])
    heard = np.array([events[key] - sent_at for key, sent_at, _ in probes])
    return {
        "readings_per_s": round(flowed),
        "alerts": len(probes),
        **_shown("stored", stored),
        **_shown("event", heard),
    }


def _shown(name: str, taken: Any) -> dict[str, float]:
    p50, p99 = np.percentile(taken, [50, 99])
    return {f"{name}_p50_s": round(p50, 3), f"{name}_p99_s": round(p99, 3), f"{name}_max_s": round(taken.max(), 3)}


def _names() -> list[str]:
    return [f"L{i:02d}" for i in range(ENTERPRISES)]


def _registry(each: int, rules: int) -> str:
    def enterprise(code: str, points: int) -> dict[str, Any]:
        point = {"kind": "gauge", "quantity": "a24088", "unit": "mg/m3", "role": "stack", "interval": "1s"}
        point |= {"reported_basis": "std_dry"}
        listed = [{"code": f"V{i:03d}", "name": f"排口{i}"} | point for i in range(points)]
        return {"code": code, "name": code, "park": "P", "industry": "petrochemical", "points": listed}

    rule = {"points": {"quantity": "a24088", "role": "stack"}, "unit": "mg/m3", "clause": "-", "verified": True}
    spike = {"code": "spike", "kind": "warning", "statistic": "reading", "above": 80, "clear_below": 70}
    hour = {"code": "hour", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "basis": "std_dry"}
    document = {
        "parks": [{"code": "P", "name": "P"}],
        "enterprises": [*(enterprise(name, each) for name in _names()), enterprise("PROBE", PROBES)],
        "rules": [rule | spike, rule | hour, *_others(each, rules - 2)],
    }
    return yaml.safe_dump(document, allow_unicode=True)


def _others(each: int, rules: int) -> Iterator[dict[str, Any]]:
    """Rules of every statistic, each over a fifth of the points of one enterprise, that nothing exceeds."""
    kinds: list[dict[str, Any]] = [
        {"statistic": "reading", "above": 90, "clear_below": 85, "for": "2min"},
        {"statistic": "rate", "above": 60_000, "unit": "mg/m3"},
        {"statistic": "mean_10m", "above": 70},
        {"statistic": "mean_1h", "above": 70},
        {"statistic": "flat", "for": "10min"},
        {"statistic": "missing", "for": "10min"},
    ]
    for n in range(rules):
        part, name = n // ENTERPRISES % 5, _names()[n % ENTERPRISES]
        codes = [f"V{i:03d}" for i in range(part, each, 5)]
        kind = kinds[n // ENTERPRISES % len(kinds)]
        yield {"code": f"r{n}", "kind": "warning", "points": {"enterprise": name, "codes": codes}, **kind}


def _gateway(found: Service, enterprise: str, *, window: int = 8) -> Gateway:
    return Gateway(found.urls["mqtt"], enterprise, "g", found.credentials(enterprise, "g"), window=window)


def _load(gateways: list[Gateway], each: int, stop: Event) -> None:
    """Every gateway sends one message a second, one after the other over the second."""
    chance = random.Random(1)
    due, number = time.monotonic(), 0
    while not stop.is_set():
        for gateway in gateways:
            values = {f"V{i:03d}": round(chance.gauss(30, 8), 2) for i in range(each)}
            gateway.send(_message(f"{gateway.enterprise}-{number}", values), stop)
            due += 1 / len(gateways)
            stop.wait(max(0.0, due - time.monotonic()))
        number += 1


def _message(name: str, values: dict[str, float]) -> Message:
    payload = orjson.dumps({"id": name, "data": [{"ts": time.time_ns() // 1_000_000, "values": values}]})
    return Message(name, payload, len(values))


def _probe(gateway: Gateway, seconds: float, stop: Event) -> list[tuple[tuple[str, int], float, float]]:
    """Readings over the limit, each followed by a clear one: point and stamp, when it was sent, seconds to receipt."""
    chance = random.Random(2)
    found: list[tuple[tuple[str, int], float, float]] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        point = f"V{len(found) % PROBES:03d}"
        message = _message(f"probe-{len(found)}", {point: 95.0})
        stamp = orjson.loads(message.payload)["data"][0]["ts"]
        sent_at = time.monotonic()
        gateway.send(message, stop)
        gateway.drain(stop)
        found.append(((f"PROBE/{point}", stamp), sent_at, time.monotonic() - sent_at))
        stop.wait(chance.uniform(0.02, 0.12))
        gateway.send(_message(f"clear-{len(found)}", {point: 10.0}), stop)
        gateway.drain(stop)
        stop.wait(chance.uniform(0.02, 0.12))
    return found


class _Ear:
    """Listens to the live stream, and notes when the first event of each alert comes."""

    def __init__(self, url: str, token: str) -> None:
        self._heard: dict[tuple[str, int], float] = {}
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._open, self._done = Event(), Event()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._open.wait(_PATIENCE_S), "the live stream does not open"

    def wait_for(self, keys: set[tuple[str, int]]) -> dict[tuple[str, int], float]:
        deadline = time.monotonic() + _PATIENCE_S
        while not keys <= self._heard.keys():
            missing = len(keys - self._heard.keys())
            assert time.monotonic() < deadline, f"{missing} alerts never came by the live stream"
            time.sleep(0.1)
        return self._heard

    def close(self) -> None:
        self._done.set()
        self._thread.join(_PATIENCE_S)
        self._client.close()

    def _listen(self) -> None:
        with self._client.stream("GET", "/api/v1/live") as response:
            self._open.set()
            is_alert = False
            for line in response.iter_lines():
                if line.startswith("data: ") and is_alert:
                    alert, at = orjson.loads(line[6:]), time.monotonic()
                    stamp = round(datetime.fromisoformat(alert["opened_at"]).timestamp() * 1000)
                    self._heard.setdefault((alert["point"], stamp), at)
                elif line.startswith("event: "):
                    is_alert = line == "event: alert"
                    if self._done.is_set():
                        return
