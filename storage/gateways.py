"""Gateways: which login belongs to which enterprise. The passwords are the broker's, not kept here."""

from __future__ import annotations

from schemas.errors import NotFound
from storage.connect import Connection
from storage.queries import execute, fetch_dicts


def examine_enterprise(connection: Connection, code: str) -> None:
    """Refuse an enterprise that no gateway may belong to.

    Raises:
        NotFound: the registry does not know it, or it is retired.
    """
    known = [row["code"] for row in fetch_dicts(connection, "list_active_enterprises")]
    if code not in known:
        some = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
        raise NotFound(
            f"enterprise {code!r} is not in the registry, or is retired; "
            + (f"it has {some}" if known else "it is empty: `parkwatch registry apply FILE` fills it")
        )


def put_gateway(connection: Connection, enterprise: str, code: str, username: str) -> None:
    """Note the login of a gateway, in the place of an earlier one."""
    execute(connection, "put_gateway", enterprise=enterprise, code=code, username=username)
