"""Times as the contract writes them: RFC 3339 with an offset, local days, months and years."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from schemas.errors import InvalidInput

_SPACE_FOR_PLUS = re.compile(r"(T.*) (\d\d:?\d\d)$")
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d))?)?)?", re.ASCII)
_FORMATS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H"}
GRAINS = tuple(_FORMATS)


def _instant(written: object) -> dt.datetime:
    """A stamp of a query string, where an unescaped ``+`` arrives as a blank."""
    try:
        stamp = dt.datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", str(written)))
    except ValueError:
        raise ValueError(f"{written!r} is no time; write RFC 3339, such as 2026-10-05T08:00:00+08:00") from None
    if stamp.tzinfo is None:
        raise ValueError(f"{written!r} has no offset; write it as 2026-10-05T08:00:00+08:00 or with Z")
    if not 1900 <= stamp.year <= 9000:
        raise ValueError(f"{written!r} is outside the years 1900 to 9000")
    return stamp.astimezone(dt.UTC)


Instant = Annotated[dt.datetime, BeforeValidator(_instant), Field(json_schema_extra={"format": "date-time"})]


@dataclass(frozen=True, slots=True)
class Period:
    """A local hour, day, month or year: ``[start, end)``."""

    grain: str
    start: dt.datetime
    end: dt.datetime

    def grain_of(self, by: str) -> str:
        """The grain of a listing ``by`` period, hour, day or month.

        Raises:
            InvalidInput: ``by`` is longer than the period.
        """
        grain = self.grain if by == "period" else by
        if GRAINS.index(grain) < GRAINS.index(self.grain):
            raise InvalidInput(f"a {self.grain} has no {grain}s", field="by")
        return grain


def parse_period(text: str, zone: ZoneInfo) -> Period:
    """Read ``2026``, ``2026-10``, ``2026-10-05`` or ``2026-10-05T13``, local time.

    Raises:
        InvalidInput: it is none of these.
    """
    match = _PERIOD.fullmatch(text)
    reason = f"{text!r} is no period; write 2026, 2026-10, 2026-10-05 or 2026-10-05T13"
    if match is None or not 1900 <= int(match[1]) <= 9000:
        raise InvalidInput(reason, field="period")
    try:
        year, month, day, hour = (int(part or least) for part, least in zip(match.groups(), (1, 1, 1, 0), strict=True))
        start = dt.datetime(year, month, day, hour, tzinfo=zone)
    except ValueError:
        raise InvalidInput(reason, field="period") from None
    grain = GRAINS[sum(part is not None for part in match.groups()) - 1]
    return Period(grain, start, _end(grain, start))


def write_period(grain: str, start: dt.datetime, zone: ZoneInfo) -> str:
    """The reverse of `parse_period`."""
    return start.astimezone(zone).strftime(_FORMATS[grain])


def _end(grain: str, start: dt.datetime) -> dt.datetime:
    if grain == "year":
        return start.replace(year=start.year + 1)
    if grain == "month":
        return (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    if grain == "day":
        return start + dt.timedelta(days=1)  # wall-clock arithmetic: a local day, whatever its length
    return (start.astimezone(dt.UTC) + dt.timedelta(hours=1)).astimezone(start.tzinfo)


def local(value: Any, zone: ZoneInfo) -> Any:
    """A value with its times, if any, in the service's zone."""
    return value.astimezone(zone) if isinstance(value, dt.datetime) else value


def range_of(since: dt.datetime | None, to: dt.datetime | None) -> tuple[dt.datetime, dt.datetime]:
    """``[from, to)`` of a request; the 24 hours before ``to``, and ``to`` is now, unless said.

    Raises:
        InvalidInput: it ends before it begins.
    """
    end = to or dt.datetime.now(dt.UTC)
    start = since or end - dt.timedelta(days=1)
    if start > end:
        raise InvalidInput("from is later than to", field="from")
    return start, end
