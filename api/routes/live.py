"""GET /live: what changes, as it changes, by server-sent events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import StreamingResponse

from api.auth import GuardedRoute, Who
from api.service import service_of
from storage.live import Place

router = APIRouter(route_class=GuardedRoute, tags=["readings"])

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "events reading, fact, alert; heartbeat and reset"}
}


@router.get("/live", response_class=StreamingResponse, responses=_STREAM)
def live(request: Request, who: Who, last_event_id: Annotated[str | None, Header()] = None) -> StreamingResponse:
    """Events ``reading``, ``fact`` and ``alert`` of your points, each with an id.

    After a break, send the last id as ``Last-Event-ID`` and nothing is missed: each row that changed since comes once,
    as it stands. ``heartbeat`` says that the stream reads; ``reset``, that the gap is too long to tell: read the lists.
    """
    after = Place.parse(last_event_id) if last_event_id else None
    stream = service_of(request).live
    client = stream.subscribe(who)
    missed = stream.missed(client, after) if after else []
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream.stream(client, missed), headers=headers, media_type="text/event-stream")
