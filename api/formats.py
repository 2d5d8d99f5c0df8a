"""Readings as JSON, CSV or Parquet, as the Accept header asks."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Collection
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import Response

from api.problems import NotAcceptable

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
_ALIASES = {
    "application/parquet": PARQUET,
    "application/x-parquet": PARQUET,
    "text/*": CSV,
}


def choose(accept: str | None, offered: Collection[str] | None = None) -> str:
    """The format that an Accept header prefers, of those of lists or of the ``offered``; the first without one.

    Raises:
        NotAcceptable: none of them.
    """
    offered = list(WRITERS if offered is None else offered)
    wanted = [_preference(part) for part in (accept or "*/*").split(",")]
    for quality, name in sorted(wanted, key=lambda one: -one[0]):
        media = _ALIASES.get(name, name) if name not in ("*/*", "application/*") else offered[0]
        if quality > 0 and media in offered:
            return media
    raise NotAcceptable(f"cannot answer as {accept}; offered are {', '.join(offered)}", field="Accept")


def answer(media: str, columns: list[str], page: dict[str, Any]) -> Response:
    """A page in a format; beside JSON the cursor travels in the header ``X-Next-Cursor``."""
    headers = {"Vary": "Accept"}
    if page["next"]:
        headers["X-Next-Cursor"] = page["next"]
    return Response(WRITERS[media](columns, page), 200, headers, media)


def _json(_: list[str], page: dict[str, Any]) -> bytes:
    return orjson.dumps(page)


def _csv(columns: list[str], page: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(item[column]) for column in columns] for item in page["items"])
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _parquet(columns: list[str], page: dict[str, Any]) -> bytes:
    items = page["items"]
    arrays = [pa.array([item[column] for item in items], _arrow_type(column)) for column in columns]
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays, names=columns), sink)
    return sink.getvalue()


def _arrow_type(column: str) -> Any:
    if column == "ts":
        return pa.timestamp("us", tz="UTC")
    return {"flag": pa.string(), "n": pa.int64(), "n_valid": pa.int64()}.get(column, pa.float64())


def _preference(part: str) -> tuple[float, str]:
    name, *parameters = (piece.strip() for piece in part.lower().split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return float(quality), name
    except ValueError:
        return 0.0, name


WRITERS: dict[str, Callable[[list[str], dict[str, Any]], bytes]] = {JSON: _json, CSV: _csv, PARQUET: _parquet}
