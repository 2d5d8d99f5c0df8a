"""Who calls, and whether they may: settled before a body is read or a parameter is looked at."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any, cast

from fastapi import Depends, Path, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.access import ACCESS, READING_POSTS, WALL_SCOPES
from api.problems import Unauthenticated
from api.service import service_of
from schemas.access import AccessRole, Caller
from schemas.errors import NotAllowed, NotFound
from storage.access import acting_as
from storage.connect import Connection
from storage.queries import fetch_dicts, fetch_value
from storage.tokens import find_caller

COOKIE = "parkwatch_session"
PREFIX = "/api/v1"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class GuardedRoute(APIRoute):
    """A route of the access table: 401 and 403 come before any 422."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        path = self.path.removeprefix(PREFIX)
        allowed = {method: ACCESS[method, path] for method in self.methods or ()}

        async def guarded(request: Request) -> Response:
            caller = await run_in_threadpool(authenticate, request)
            if caller.role not in allowed[request.method]:
                raise NotAllowed(f"role {caller.role.value} may not {request.method} {path}")
            request.state.caller = caller
            return await handle(request)

        return guarded


def authenticate(request: Request) -> Caller:
    """The caller of a request, by bearer token or, for reading only, by session cookie.

    Raises:
        Unauthenticated: no token, or none that is good.
        NotAllowed: a cookie tries to change something (a foreign page could make a browser send it).
    """
    bearer = bearer_of(request)
    token = bearer or request.cookies.get(COOKIE)
    if not token:
        raise Unauthenticated("this needs `Authorization: Bearer TOKEN`; `parkwatch token create` makes one")
    with service_of(request).pool.connection() as connection:
        caller = find_caller(connection, token)
    if caller is None:
        raise Unauthenticated("the token is unknown, expired or revoked; `parkwatch token create` makes a new one")
    if not bearer and request.method not in _READS:
        raise NotAllowed("a browser session only reads; send a bearer token to change something")
    return caller


def bearer_of(request: Request) -> str | None:
    """The token of the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


Who = Annotated[Caller, Depends(_caller)]


def _rows(request: Request, caller: Who) -> Iterator[Connection]:
    service = service_of(request)
    lent = service.reads.connection() if _only_reads(request) else service.pool.connection()
    with lent as connection, acting_as(connection, caller):
        yield connection


def _only_reads(request: Request) -> bool:
    """Whether a replica may answer; a request that writes looks at its own transaction's outcome afterwards."""
    path = request.scope["route"].path.removeprefix(PREFIX)
    return request.method in _READS or (request.method, path) in READING_POSTS


Rows = Annotated[Connection, Depends(_rows)]
"""A connection in a read-only transaction that sees the caller's rows."""


def _own_point(
    rows: Rows, point: Annotated[str, Query(description="ENTERPRISE/POINT", examples=["ENT01/V01"])]
) -> dict[str, Any]:
    found = fetch_dicts(rows, "find_visible_point", address=point) if _sound(point) else []
    if not found:
        raise NotFound(f"no point {point!r} that you may see; /api/v1/points lists yours, written ENTERPRISE/POINT")
    return found[0]


OwnPoint = Annotated[dict[str, Any], Depends(_own_point)]
"""The point a request names: 404 unless it is the caller's, before other parameters are looked at."""


def _own_enterprise(rows: Rows, enterprise: Annotated[str | None, Query()] = None) -> str | None:
    if enterprise is None:
        return None
    if not _sound(enterprise) or fetch_value(rows, "find_visible_enterprise", code=enterprise) is None:
        raise NotFound(f"no enterprise {enterprise!r} that you may see; /api/v1/enterprises lists yours")
    return enterprise


OwnEnterprise = Annotated[str | None, Depends(_own_enterprise)]


def _known_enterprise(rows: Rows, enterprise: Annotated[str, Path(max_length=200)]) -> str:
    if not _sound(enterprise) or fetch_value(rows, "find_visible_enterprise", code=enterprise) is None:
        raise NotFound(f"no enterprise {enterprise!r} that you may see; /api/v1/enterprises lists yours")
    return enterprise


KnownEnterprise = Annotated[str, Depends(_known_enterprise)]
"""The enterprise of a path: 404 unless it is the caller's."""


def _own_scope(
    rows: Rows,
    caller: Who,
    scope: Annotated[
        str | None,
        Query(description="city, park:P, industry:I or enterprise:E; an enterprise's default is itself, else city"),
    ] = None,
) -> str:
    if scope is None:
        scope = f"enterprise:{caller.enterprise}" if caller.enterprise else "city"
    shown = caller.role is not AccessRole.WALL or scope.startswith(WALL_SCOPES)
    sums = caller.role is not AccessRole.ENTERPRISE
    if not (shown and _sound(scope)) or fetch_value(rows, "find_visible_scope", scope=scope, sums=sums) is None:
        raise NotFound(f"no scope {scope!r} that you may see; scopes are city, park:P, industry:I and enterprise:E")
    return scope


OwnScope = Annotated[str, Depends(_own_scope)]


def _sound(text: str) -> bool:
    """PostgreSQL has no text with a zero byte."""
    return "\x00" not in text
