"""Gateways: which login belongs to which enterprise, and when each spoke. Passwords are the broker's, not kept here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class GatewayWord:
    """What was heard of a gateway; microseconds of arrival.

    Attributes:
        first_us, heard_us: its first and newest message; None where only its will came.
        session: the connection that it named last when it came online; empty where it named none.
        gone_us: when its will came, after all that it said itself; ``gone_session`` is the connection it is of.
    """

    enterprise: str
    gateway: str
    first_us: int | None = None
    heard_us: int | None = None
    session: str = ""
    gone_us: int | None = None
    gone_session: str = ""


def note_words(connection: Connection, words: Sequence[GatewayWord]) -> None:
    """Note that gateways spoke, or are gone; inside the caller's transaction. Twice or late it comes to the same."""
    spoke = [word for word in words if word.first_us is not None]
    if spoke:
        execute(
            connection,
            "note_gateways_heard",
            **_named(spoke),
            first=[_instant(word.first_us) for word in spoke],
            heard=[_instant(word.heard_us) for word in spoke],
            sessions=[word.session or None for word in spoke],
        )
    gone = [word for word in words if word.gone_us is not None]
    if gone:
        at, sessions = [_instant(word.gone_us) for word in gone], [word.gone_session for word in gone]
        execute(connection, "note_gateways_gone", **_named(gone), gone=at, sessions=sessions)


def put_spokesmen(connection: Connection, gateways: Mapping[int, str]) -> None:
    """Note the gateway that speaks for each of these points; inside the caller's transaction."""
    if gateways:
        points = sorted(gateways)
        execute(connection, "put_point_gateways", point_ids=points, gateways=[gateways[point] for point in points])


def _named(words: Sequence[GatewayWord]) -> dict[str, list[str]]:
    return {"enterprises": [word.enterprise for word in words], "gateways": [word.gateway for word in words]}


def _instant(at_us: int | None) -> dt.datetime | None:
    return None if at_us is None else dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=at_us)
