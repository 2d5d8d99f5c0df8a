"""What a gateway says of itself: that it is there, or, by its last will, that it is gone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec


class GatewayState(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Status:
    """``session`` names the connection it is of; empty where the gateway does not tell them apart."""

    state: GatewayState
    session: str = ""


class _Payload(msgspec.Struct, frozen=True):
    state: GatewayState
    session: Annotated[str, msgspec.Meta(max_length=64)] = ""


_DECODER = msgspec.json.Decoder(_Payload)


def decode_status(payload: bytes) -> Status | None:
    """The status in ``{"state": "online" | "offline", "session": "..."}``; None where it is none."""
    try:
        told = _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return None if "\0" in told.session else Status(told.state, told.session)
