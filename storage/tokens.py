"""Tokens: who calls. Only their sha256 is stored; the token itself is shown once, to whoever made it.

A *bearer* token goes into the Authorization header. A *link* is good for one sign-in and turns into a *session*,
which a browser keeps in a cookie.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from schemas.access import AccessRole, Caller
from schemas.errors import InvalidInput, NotFound
from storage.access import SEES_ALL, ensure_enterprise_role, enterprise_role
from storage.connect import Connection
from storage.queries import execute, fetch, fetch_dicts, fetch_value

BEARER_LIFETIME = dt.timedelta(days=365)
LINK_LIFETIME = dt.timedelta(hours=1)
SESSION_LIFETIME = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; the secret is not part of it."""

    id: int
    kind: str
    role: AccessRole
    enterprise: str | None
    name: str
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    used_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    role: str
    enterprise: str | None
    enterprise_id: int | None


def create_token(
    connection: Connection,
    role: AccessRole,
    enterprise: str | None = None,
    name: str = "",
    lifetime: dt.timedelta = BEARER_LIFETIME,
) -> str:
    """Make a bearer token and return it; it cannot be read again later.

    Raises:
        InvalidInput: an enterprise token without enterprise, or another token with one.
        NotFound: no such enterprise.
    """
    return _create(connection, "bearer", role, enterprise, name, lifetime)


def create_link(
    connection: Connection,
    role: AccessRole = AccessRole.WALL,
    enterprise: str | None = None,
    name: str = "",
    lifetime: dt.timedelta = LINK_LIFETIME,
) -> str:
    """Make the secret of a one-time link, to be opened as ``/login?link=SECRET``. Raises as `create_token`."""
    return _create(connection, "link", role, enterprise, name, lifetime)


def find_caller(connection: Connection, token: str) -> Caller | None:
    """Whose bearer or session token this is; None for unknown, expired and revoked ones."""
    found = fetch(connection, _Found, "find_token", sha256=_sha256(token))
    return _caller(found[0]) if found else None


def open_session(connection: Connection, link: str, lifetime: dt.timedelta = SESSION_LIFETIME) -> str | None:
    """Use up a one-time link; the session token it buys, or None if it is unknown, used, expired or revoked."""
    with connection.transaction():
        used = fetch(connection, _Found, "use_link", sha256=_sha256(link))
        if not used:
            return None
        secret = secrets.token_urlsafe(32)
        _insert(connection, secret, "session", used[0].role, used[0].enterprise_id, f"link {used[0].id}", lifetime)
        return secret


def revoke_token(connection: Connection, token_id: int) -> None:
    """End a token now.

    Raises:
        NotFound: no such token, or it is revoked already.
    """
    if not execute(connection, "revoke_token", id=token_id):
        raise NotFound(f"token {token_id}: no such token, or it is revoked already; `parkwatch token list` shows them")


def list_tokens(connection: Connection) -> list[Token]:
    """All tokens, oldest first."""
    return [Token(**row | {"role": AccessRole(row["role"])}) for row in fetch_dicts(connection, "list_tokens")]


def living_tokens(connection: Connection, ids: list[int]) -> set[int]:
    """Those of ``ids`` that are neither expired nor revoked."""
    return {row["id"] for row in fetch_dicts(connection, "list_living_tokens", ids=ids)}


def _create(
    connection: Connection, kind: str, role: AccessRole, enterprise: str | None, name: str, lifetime: dt.timedelta
) -> str:
    if (role is AccessRole.ENTERPRISE) != (enterprise is not None):
        raise InvalidInput("role enterprise needs an enterprise, and only that role takes one", field="enterprise")
    if lifetime <= dt.timedelta():
        raise InvalidInput("must be longer than 0", field="lifetime")
    secret = secrets.token_urlsafe(32)
    with connection.transaction():
        enterprise_id = None if enterprise is None else _enterprise_id(connection, enterprise)
        if enterprise_id is not None:
            ensure_enterprise_role(connection, enterprise_id)
        _insert(connection, secret, kind, role.value, enterprise_id, name, lifetime)
    return secret


def _insert(
    connection: Connection,
    secret: str,
    kind: str,
    role: str,
    enterprise_id: int | None,
    name: str,
    lifetime: dt.timedelta,
) -> None:
    execute(
        connection,
        "insert_token",
        sha256=_sha256(secret),
        kind=kind,
        role=role,
        enterprise_id=enterprise_id,
        name=name,
        lifetime=lifetime,
    )


def _enterprise_id(connection: Connection, code: str) -> int:
    found = fetch_value(connection, "find_enterprise", code=code)
    if found is None:
        raise NotFound(f"enterprise {code!r} is not in the registry; `parkwatch registry apply` adds it")
    return int(found)


def _caller(found: _Found) -> Caller:
    role = SEES_ALL if found.enterprise_id is None else enterprise_role(found.enterprise_id)
    return Caller(found.id, AccessRole(found.role), found.enterprise, role)


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
