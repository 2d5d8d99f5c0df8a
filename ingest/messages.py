"""A message as it was delivered, whichever way it came."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_SPARKPLUG = "spBv1.0"
TCP = "tcp/hj212"
STATUS = "status"  # the last level of what a gateway, or its will, says of itself
MARK = "mark"  # the last level of what an ingestor sends itself


class Message(NamedTuple):
    """A payload as it was delivered.

    ``language``: ``telemetry``, ``hj212``, ``sparkplug``, ``status``, or ``csv`` for imports.
    """

    enterprise: str
    gateway: str
    topic: str
    language: str
    payload: bytes


def message_of(topic: str, payload: bytes) -> Message:
    """The message that a topic makes of a payload. What came over TCP names no enterprise: its MN does."""
    return Message(*_names(topic), payload)


@lru_cache(maxsize=20_000)
def _names(topic: str) -> tuple[str, str, str, str]:
    """Enterprise, gateway, topic, language."""
    levels = topic.split("/")
    if levels[0] == _SPARKPLUG and len(levels) in (4, 5):
        return levels[1], levels[3], topic, "sparkplug"
    if topic.startswith(TCP + "/"):
        return "", topic.removeprefix(TCP + "/"), topic, "hj212"
    enterprise, gateway, language = ["", "", *levels][-3:]
    return enterprise, gateway, topic, language


def topic_filters(prefix: str, enterprises: list[str] | None) -> list[str]:
    """What an ingestor subscribes to; ``enterprises`` None is all."""
    filters = []
    for enterprise in ["+"] if enterprises is None else enterprises:
        filters += [f"{prefix}/{enterprise}/+/{language}" for language in ("telemetry", "hj212", STATUS)]
        filters += [f"{_SPARKPLUG}/{enterprise}/{kind}/+" for kind in ("NBIRTH", "NDATA", "NDEATH")]
        filters += [f"{_SPARKPLUG}/{enterprise}/{kind}/+/+" for kind in ("DBIRTH", "DDATA", "DDEATH")]
    return filters


def mark_topic(prefix: str, client_id: str) -> str:
    """Where an ingestor sends itself marks: what comes back stands behind all that waited for it before."""
    return f"{prefix}/ingestors/{client_id}/{MARK}"
