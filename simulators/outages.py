"""Gateways that fall silent while the clock runs, and the alerts of missing data that must come of it.

A rule on missing data follows the clock, so that its truth is of what was sent in real time: every gateway keeps its
readings in order and sends nothing later. Part of the oracle of the watch.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import orjson

from simulators.alert_truth import ExpectedAlert
from simulators.gateway import Credentials, Gateway
from simulators.telemetry import Message

ENTERPRISE, POINTS = "LIVE", ("L01", "L02")
SILENT, HIGH = "live-silent", "live-high"
EVERY_S, SILENT_S, NO_DATA_S, LOOK_S = 20, 180, 300, 30
_OVER, _CALM = 95.0, 10.0
# seconds of data and of silence in turns: too short for the rule, long enough for it, long enough for *no data*
_SCRIPTS = (
    (100, 260, 100, 480, 100, 130, 100),
    (160, 480, 120, 130, 100, 260, 100),
    (220, 130, 160, 260, 140, 440, 100),
)


def live_enterprise() -> dict[str, Any]:
    """An enterprise with the points of every script, as the registry declares it."""
    body = {"name": "CO", "medium": "air", "quantity": "a21005", "kind": "gauge", "unit": "mg/m3", "role": "fence"}
    points = [
        {"code": _code(g, point), **body, "interval": f"{EVERY_S}s"} for g in range(len(_SCRIPTS)) for point in POINTS
    ]
    return {"code": ENTERPRISE, "name": "live", "park": "HBW", "industry": "coking", "points": points}


def live_rules() -> list[dict[str, Any]]:
    here = {"kind": "warning", "points": {"enterprise": ENTERPRISE}}
    return [
        {"code": SILENT, "statistic": "missing", "for": f"{SILENT_S}s", **here},
        {"code": HIGH, "statistic": "reading", "above": 80, "unit": "mg/m3", "clause": "-", "verified": True, **here},
    ]


def _code(gateway: int, point: str) -> str:
    return f"G{gateway}{point}"


@dataclass(slots=True)
class Outages:
    """What was sent of each point, by time, and how long a receipt took at most."""

    sent: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    slowest_s: float = 0.0

    @property
    def told_by_the_clock(self) -> bool:
        """Whether everything arrived soon enough for silence to be what the script says."""
        return self.slowest_s < SILENT_S - EVERY_S - LOOK_S

    def expected(self) -> Iterator[ExpectedAlert]:
        """The silences, of which the last one is still on, and the readings over the limit before them."""
        for code, rows in self.sent.items():
            stamps = [ts for ts, _ in rows]
            for last, following in zip(stamps, [*stamps[1:], None], strict=True):
                if following is None or following - last > SILENT_S * 1_000_000:
                    lasted_s = None if following is None else (following - last) / 1e6
                    opened_us = last + SILENT_S * 1_000_000
                    yield ExpectedAlert(SILENT, f"{ENTERPRISE}/{code}", "warning", opened_us, following, lasted_s)
            for (ts, value), after in zip(rows, [*stamps[1:], None], strict=True):
                if value == _OVER:
                    yield ExpectedAlert(HIGH, f"{ENTERPRISE}/{code}", "warning", ts, after, value)

    def unheard(self) -> set[tuple[str, int]]:
        """The alerts over the limit that must have been marked *no data*, by point and opening."""
        return {
            (f"{ENTERPRISE}/{code}", ts)
            for code, rows in self.sent.items()
            for (ts, value), after in zip(rows, [*rows[1:], None], strict=True)
            if value == _OVER and (after is None or after[0] - ts > NO_DATA_S * 1_000_000)
        }


def run_outages(mqtt_url: str, credentials: Credentials, stop: Event) -> Outages:
    """Play every script at once, in real time, and wait until its last silence is noticed."""
    found = Outages()
    threads = [
        Thread(target=_play, args=(mqtt_url, credentials, g, script, found, stop), daemon=True)
        for g, script in enumerate(_SCRIPTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.wait(NO_DATA_S + 3 * LOOK_S)
    return found


def _play(
    mqtt_url: str, credentials: Credentials, g: int, script: tuple[int, ...], found: Outages, stop: Event
) -> None:
    """Data and silence in turns; before every silence the second point goes over its limit."""
    gateway = Gateway(mqtt_url, ENTERPRISE, f"g{g}", credentials(ENTERPRISE, f"g{g}"), window=1, resend_after_s=5.0)
    try:
        for turn, seconds in enumerate(script):
            until = time.monotonic() + seconds
            while turn % 2 == 0 and time.monotonic() < until and not stop.is_set():
                is_last = until - time.monotonic() <= EVERY_S
                values = {_code(g, POINTS[0]): _CALM, _code(g, POINTS[1]): _OVER if is_last else _CALM}
                _send(gateway, values, found, stop)
                stop.wait(min(EVERY_S, max(0.0, until - time.monotonic())))
            stop.wait(max(0.0, until - time.monotonic()))
    finally:
        gateway.close()


def _send(gateway: Gateway, values: dict[str, float], found: Outages, stop: Event) -> None:
    ts_ms, begun = time.time_ns() // 1_000_000, time.monotonic()
    payload = orjson.dumps({"id": f"{gateway.code}-{ts_ms}", "data": [{"ts": ts_ms, "values": values}]})
    gateway.send(Message(f"{gateway.code}-{ts_ms}", payload, len(values)), stop)
    gateway.drain(stop)
    for code, value in values.items():
        found.sent.setdefault(code, []).append((ts_ms * 1000, value))
    found.slowest_s = max(found.slowest_s, time.monotonic() - begun)
