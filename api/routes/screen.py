"""The wall page and its sign-in by one-time link. Pages for browsers, no part of the API."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.auth import COOKIE
from api.service import service_of
from storage.tokens import SESSION_LIFETIME, find_caller, open_session

PAGES = Path(__file__).parent.parent / "wall"
router = APIRouter(include_in_schema=False)


@router.get("/")
def home() -> Response:
    """The wall is the front door."""
    return RedirectResponse("/wall", 307)


@router.get("/login")
def login(request: Request, link: str = "") -> Response:
    """Turn a one-time link into a session cookie; a link that is no longer good says so."""
    with service_of(request).pool.connection() as connection:
        session = open_session(connection, link)
    if session is None:
        return _page("link-ended.html", 410)
    answer = RedirectResponse("/wall", 303)
    answer.set_cookie(
        COOKIE,
        session,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/wall")
def wall(request: Request) -> Response:
    """The wall page, or how to get a link to it."""
    session = request.cookies.get(COOKIE)
    if session:
        with service_of(request).pool.connection() as connection:
            if find_caller(connection, session):
                return _page("index.html", 200)
    return _page("no-link.html", 401)


def _page(name: str, status: int) -> Response:
    return HTMLResponse((PAGES / name).read_text(encoding="utf-8"), status, {"Cache-Control": "no-store"})
