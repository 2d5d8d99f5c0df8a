"""POST and GET /imports: the API takes tables in and queues them; ingest executes them."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.auth import PREFIX, GuardedRoute, OwnEnterprise, Rows, Who
from api.delivery_shapes import Import, Queued
from api.paging import Cursor, Limit, page, read_cursor
from api.problems import TooLarge
from api.service import service_of
from api.shapes import Page
from schemas.csv_mapping import parse_mapping
from schemas.errors import InvalidInput, NotAllowed, NotFound
from storage.imports import add_import
from storage.queries import fetch_dicts

router = APIRouter(route_class=GuardedRoute, tags=["ingest"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 256 * 1024 * 1024
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "example": "ts,point,value,flag\n"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}, "mapping": {"type": "string"}},
                }
            },
        },
    }
}


Kind = Annotated[Literal["readings", "instruments"], Query()]


@dataclass(frozen=True, slots=True)
class Upload:
    filename: str
    content: bytes
    mapping: str | None = None


async def _upload(request: Request) -> Upload:
    """The body, once the caller is known to be welcome; the only place that reads one piece by piece."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST:
            raise TooLarge(f"the table is larger than {LARGEST >> 20} MiB; send it in parts", field="body")
        pieces.append(piece)
    return _unpack(request.headers.get("Content-Type", ""), b"".join(pieces))


@router.post("/imports", status_code=202, response_model=Queued, openapi_extra=_BODY)
def queue_import(
    request: Request,
    response: Response,
    who: Who,
    enterprise: OwnEnterprise,
    upload: Annotated[Upload, Depends(_upload)],
    kind: Kind = "readings",
) -> Any:
    """Queue a table ``ts,point,value[,flag]``, or any table with a mapping; or one of instruments, CSV or XLSX.

    An enterprise's table touches its own points only, and it books no instruments.
    """
    if kind == "instruments" and who.enterprise:
        raise NotAllowed("an enterprise books no instruments; the energy bureau does")
    if not upload.content.strip():
        raise InvalidInput("the table is empty", field="body")
    mapping = None if upload.mapping is None else msgspec.to_builtins(parse_mapping(upload.mapping, "mapping"))
    owner = who.enterprise or enterprise
    with service_of(request).pool.connection() as connection:
        import_id = add_import(connection, kind, owner, upload.filename, mapping, upload.content)
    response.headers["Location"] = f"{PREFIX}/imports/{import_id}"
    return {"id": import_id, "state": "queued"}


@router.get("/imports", response_model=Page[Import])
def list_imports(request: Request, rows: Rows, cursor: Cursor = None, limit: Limit = 100) -> Any:
    """Your imports, oldest first."""
    (after,) = read_cursor(cursor, int)
    found = fetch_dicts(rows, "list_visible_imports", id=None, after=after, limit=limit + 1)
    return page(found, limit, ["id"], service_of(request).zone)


@router.get("/imports/{import_id}", response_model=Import)
def read_import(request: Request, rows: Rows, import_id: Annotated[int, Path(ge=1, lt=2**62)]) -> Any:
    """One import; ``result`` says what became of its rows."""
    found = fetch_dicts(rows, "list_visible_imports", id=import_id, after=None, limit=1)
    if not found:
        raise NotFound(f"no import {import_id} that you may see; /api/v1/imports lists yours")
    return page(found, 1, ["id"], service_of(request).zone)["items"][0]


def _unpack(content_type: str, body: bytes) -> Upload:
    if not content_type.lower().startswith("multipart/form-data"):
        return Upload("upload.xlsx" if body.startswith(b"PK") else "upload.csv", body)
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = {str(part.get_param("name", header="content-disposition")): part for part in message.iter_parts()}
    if "file" not in parts:
        raise InvalidInput("the form has no part named file", field="file")
    mapping = _bytes_of(parts["mapping"]) if "mapping" in parts else None
    try:
        text = None if mapping is None else mapping.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8", field="mapping") from error
    return Upload(parts["file"].get_filename() or "upload.csv", _bytes_of(parts["file"]), text)


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
