"""A message as it was delivered, whichever way it came."""

from __future__ import annotations

from dataclasses import dataclass

_SPARKPLUG = "spBv1.0"
TCP = "tcp/hj212"
MARK = "mark"  # the last level of what an ingestor sends itself


@dataclass(frozen=True, slots=True)
class Message:
    """A payload as it was delivered. ``language``: ``telemetry``, ``hj212``, ``sparkplug``, or ``csv`` for imports."""

    enterprise: str
    gateway: str
    topic: str
    language: str
    payload: bytes


def message_of(topic: str, payload: bytes) -> Message:
    """The message that a topic makes of a payload. What came over TCP names no enterprise: its MN does."""
    levels = topic.split("/")
    if levels[0] == _SPARKPLUG and len(levels) in (4, 5):
        return Message(levels[1], levels[3], topic, "sparkplug", payload)
    if topic.startswith(TCP + "/"):
        return Message("", topic.removeprefix(TCP + "/"), topic, "hj212", payload)
    enterprise, gateway, language = ["", "", *levels][-3:]
    return Message(enterprise, gateway, topic, language, payload)


def topic_filters(prefix: str, enterprises: list[str] | None) -> list[str]:
    """What an ingestor subscribes to; ``enterprises`` None is all."""
    filters = []
    for enterprise in ["+"] if enterprises is None else enterprises:
        filters += [f"{prefix}/{enterprise}/+/{language}" for language in ("telemetry", "hj212")]
        filters += [f"{_SPARKPLUG}/{enterprise}/{kind}/+" for kind in ("NBIRTH", "NDATA", "NDEATH")]
        filters += [f"{_SPARKPLUG}/{enterprise}/{kind}/+/+" for kind in ("DBIRTH", "DDATA", "DDEATH")]
    return filters


def mark_topic(prefix: str, client_id: str) -> str:
    """Where an ingestor sends itself marks: what comes back stands behind all that waited for it before."""
    return f"{prefix}/ingestors/{client_id}/{MARK}"
