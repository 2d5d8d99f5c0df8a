"""Errors as RFC 9457 problems: one tree in, one shape out, translated here only."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound, ParkWatchError, Unavailable
from storage.connect import OperationalError

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


class Unauthenticated(NotAllowed):
    """No token, or one that is unknown, expired or revoked."""


class TooLarge(InvalidInput):
    """A body above the size that is accepted."""


class NotAcceptable(InvalidInput):
    """No format that is offered is one the caller accepts."""


STATUS: dict[type[ParkWatchError], int] = {
    Unauthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    NotAcceptable: 406,
    Conflict: 409,
    TooLarge: 413,
    InvalidInput: 422,
    Unavailable: 503,
    ParkWatchError: 500,
}


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    reason: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] = []


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An error answer."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, instance=request.url.path, errors=errors or []
    )
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of the app leave as a problem."""
    app.add_exception_handler(ParkWatchError, _ours)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: ParkWatchError) -> int:
    """The HTTP status of an error: that of its nearest class in the tree."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _ours(request: Request, error: Exception) -> Response:
    error = cast("ParkWatchError", error)
    status = status_of(error)
    headers = {}
    if status == 401:
        headers = {"WWW-Authenticate": 'Bearer realm="parkwatch"'}
    if error.retryable:
        headers = {"Retry-After": "5"}
    fields = [FieldProblem(field=error.field, reason=error.reason)] if isinstance(error, InvalidInput) else []
    return problem(request, status, str(error), errors=fields, headers=headers)


def _database_away(request: Request, error: Exception) -> Response:
    log.warning("database: %s", error)
    detail = "the database does not answer in time; try again in a few seconds"
    return problem(request, 503, detail, headers={"Retry-After": "5"})


def _invalid(request: Request, error: Exception) -> Response:
    faults: list[dict[str, Any]] = jsonable_encoder(cast("RequestValidationError", error).errors())
    fields = [FieldProblem(field=".".join(map(str, f["loc"][1:])), reason=_reason(f)) for f in faults]
    detail = "; ".join(f"{field.field}: {field.reason}" for field in fields)
    return problem(request, 422, detail, errors=fields)


def _reason(fault: dict[str, Any]) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")


def _http(request: Request, error: Exception) -> Response:
    error = cast("HTTPException", error)
    detail = error.detail
    if error.status_code == 404:
        detail = f"nothing at {request.url.path}; /api/v1/openapi.json lists what there is"
    return problem(request, error.status_code, detail, headers=dict(error.headers or {}))


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(request, 500, "an error of the service, not of the request; its log names it")
