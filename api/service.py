"""What the routes share: where they read and write, the zone, the live stream. One of it hangs on the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection

from api.live import Live
from storage.connect import Pool
from storage.replica import Reads


@dataclass(frozen=True, slots=True)
class Service:
    """Made by `api.app.create_app`'s lifespan; lives as long as the app serves.

    ``pool`` is the primary's. ``reads`` lends connections that only read, from a replica where one is set.
    """

    pool: Pool
    reads: Reads
    zone: ZoneInfo
    live: Live
    version: str
    metrics_token: str | None


def service_of(request: HTTPConnection) -> Service:
    """The service behind a request."""
    return cast("Service", request.app.state.service)
