"""What an ingestor is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What the service needs to know.

    Attributes:
        enterprises: what it takes at its first start, where nobody has it; None is everything, where nobody has any.
        hj212_port: opens HJ 212 over TCP.
        take_over: pass everything on to the other ingestors, then end and be forgotten.
    """

    database_url: str
    mqtt_url: str
    timezone: str = "Asia/Shanghai"
    client_id: str = "parkwatch-ingest-0"
    prefix: str = "pw/v1"
    enterprises: list[str] | None = None
    hj212_port: int | None = None
    hj212_host: str = "127.0.0.1"
    take_over: bool = False
