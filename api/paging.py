"""Lists by page: ``{"items": [...], "next": cursor or null}``. A cursor is the last item's key, opaque to callers."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query

from api.times import local
from schemas.errors import InvalidInput

Cursor = Annotated[str | None, Query(description="the `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000, description="items on a page")]

_READERS: dict[type, Callable[[Any], Any]] = {
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    str: str,
    int: int,
}


def write_cursor(key: Sequence[Any]) -> str:
    """A cursor from the key of a page's last item."""
    plain = [part.isoformat() if isinstance(part, dt.date) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> list[Any]:
    """The key of a cursor; as many None as ``kinds`` without one.

    Raises:
        InvalidInput: not a cursor of this list.
    """
    if cursor is None:
        return [None] * len(kinds)
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key = [_READERS[kind](part) for kind, part in zip(kinds, parts, strict=True)]
    except (ValueError, TypeError, OverflowError):
        raise InvalidInput("not a cursor of this list; pass the `next` of the page before", field="cursor") from None
    if any(_unfit(part) for part in key):
        raise InvalidInput("not a cursor of this list; pass the `next` of the page before", field="cursor")
    return key


def page(rows: list[dict[str, Any]], limit: int, key: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
    """A page of at most ``limit`` rows; ask the database for one more, which tells whether there is a next page."""
    shown = rows[:limit]
    more = len(rows) > limit
    next_cursor = write_cursor([shown[-1][name] for name in key]) if more else None
    return {"items": [{name: local(value, zone) for name, value in row.items()} for row in shown], "next": next_cursor}


def _unfit(part: Any) -> bool:
    if isinstance(part, dt.datetime):
        return part.tzinfo is None or not 1900 <= part.year <= 9000
    return (isinstance(part, str) and "\x00" in part) or (isinstance(part, int) and abs(part) >= 2**62)
