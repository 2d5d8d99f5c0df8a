"""What is sent: gateways of a park with 100 points each, their messages as ready packets, and the same rows as text.

A message is made by putting its number and its stamp into a template, so that sending costs next to nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

GATEWAYS = 20  # one of each enterprise
POINTS = 100  # of each gateway: 40 counters, 40 gauges with a rule, 20 interval meters
PRESENT_MS = 480_000  # a run's stamps lie within so much before its start: ingest takes them for live
VARIANTS = 8
_HOT, _SPIKING = 250.0, "/ENT01/"  # above the limit of the rule, at one point: an alert for every 16,000 readings


def enterprise(gateway: int) -> str:
    return f"ENT{gateway + 1:02}"


def point(place: int) -> str:
    return f"P{place + 1:03}"


def registry() -> str:
    """The park as ``parkwatch registry apply`` reads it, with a warning on 40 points of each enterprise."""
    kinds = [("counter", "kWh", "submeter", "active_energy")] * 40
    kinds += [("gauge", "mg/m3", "stack", "a24088")] * 40 + [("interval", "kWh", "submeter", "active_energy")] * 20
    points = [
        {"code": point(i), "kind": kind, "unit": unit, "role": role, "quantity": quantity, "interval": "10s"}
        for i, (kind, unit, role, quantity) in enumerate(kinds)
    ]
    rule = {"code": "nmhc-spike", "kind": "warning", "points": {"quantity": "a24088", "role": "stack"},
            "statistic": "reading", "above": 200, "unit": "mg/m3", "for": "0s", "severity": "warning"}  # fmt: skip
    enterprises = [{"code": enterprise(g), "park": "BENCH", "points": points} for g in range(GATEWAYS)]
    park = {"parks": [{"code": "BENCH", "name": "bench"}], "enterprises": enterprises, "rules": [rule]}
    return json.dumps(park)


@dataclass(frozen=True, slots=True)
class Template:
    """A packet without its number, packet id and stamp, and the rows it stands for."""

    head: bytes
    body: bytes
    places: tuple[int, ...]
    values: tuple[float, ...]


class Load:
    """A stream of messages with 1 or 100 readings: message n is of gateway ``n % 20``, and time goes on in turns."""

    def __init__(self, per_message: int, start_ms: int, step_ms: int, prefix: str = "pw/v1") -> None:
        chance = random.Random(per_message)
        self.per_message, self.start_ms, self.step_ms = per_message, start_ms, step_ms
        groups = [range(POINTS)] if per_message == POINTS else [range(i, i + 1) for i in range(POINTS)]
        topics = [f"{prefix}/{enterprise(g)}/gw1/telemetry" for g in range(GATEWAYS)]
        self.templates = [
            [_template(topic, group, chance, variant) for group in groups for topic in topics]
            for variant in range(VARIANTS)
        ]
        self.turn = len(self.templates[0])  # messages until every point has sent once

    @classmethod
    def of_the_present(cls, per_message: int, messages: int) -> Load:
        """So many messages whose stamps end about now."""
        turns = messages * per_message // (GATEWAYS * POINTS)
        return cls(per_message, round(time.time() * 1000) - PRESENT_MS, max(1, PRESENT_MS // max(1, turns)))

    def packet(self, n: int, packet_id: bytes) -> bytes:
        """The PUBLISH packet of message n, QoS 1, MQTT 3.1.1."""
        turn, place = divmod(n, self.turn)
        template = self.templates[turn % VARIANTS][place]
        return template.head + packet_id + template.body % (n, self.start_ms + turn * self.step_ms)

    def rows(self, messages: int) -> Iterator[str]:
        """The same readings as lines for COPY, with keys 1, 2, ... by gateway and point, in the order of sending."""
        for n in range(messages):
            turn, place = divmod(n, self.turn)
            template = self.templates[turn % VARIANTS][place]
            ts = dt.datetime.fromtimestamp((self.start_ms + turn * self.step_ms) / 1000, dt.UTC).isoformat()
            first = place % GATEWAYS * POINTS + 1
            for i, value in zip(template.places, template.values, strict=True):
                yield f"{first + i}\t{ts}\t{value}\tN\t{ts}\n"


def _template(topic: str, group: range, chance: random.Random, variant: int) -> Template:
    values = tuple(round(chance.uniform(1, 150), 2) for _ in group)
    if variant == 0 and _SPIKING in topic and 40 in group:  # it goes over its limit, and comes back
        values = tuple(_HOT if place == 40 else value for place, value in zip(group, values, strict=True))
    readings = ", ".join(f'"{point(place)}": {value}' for place, value in zip(group, values, strict=True))
    body = b'{"id": "%%09d", "data": [{"ts": %%13d, "values": {%s}}]}' % readings.encode()
    name = topic.encode()
    remaining = 2 + len(name) + 2 + len(body % (0, 0))
    return Template(b"\x32" + length(remaining) + struct.pack("!H", len(name)) + name, body, tuple(group), values)


def length(number: int) -> bytes:
    """A remaining length as MQTT writes it."""
    written = bytearray()
    while True:
        number, digit = divmod(number, 128)
        written.append(digit | (128 if number else 0))
        if not number:
            return bytes(written)
