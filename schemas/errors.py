"""The one error tree.

ParkWatchError            something a person can act on; its text says what and where
├── InvalidInput          the caller sent something wrong (names file or source, field and reason)
├── NotAllowed            no token, or a token without the right
├── NotFound              it does not exist, or is not the caller's to see
├── Conflict              it contradicts what is already stored
└── Unavailable           a service is away; trying again later can help (`retryable`)
"""

from __future__ import annotations

from typing import ClassVar


class ParkWatchError(Exception):
    """Base of all errors that ParkWatch raises on purpose."""

    retryable: ClassVar[bool] = False


class InvalidInput(ParkWatchError):
    """Input that cannot be accepted, with the place it stands in.

    Args:
        reason: what is wrong, for a person.
        source: the file or message it stands in, if known.
        field: the path of the field, such as ``enterprises[0].points[2].unit``.
    """

    def __init__(self, reason: str, *, source: str = "", field: str = "") -> None:
        self.reason, self.source, self.field = reason, source, field
        super().__init__(": ".join(part for part in (source, field, reason) if part))


class NotAllowed(ParkWatchError):
    """The caller is unknown or lacks the right."""


class NotFound(ParkWatchError):
    """Nothing there that the caller may see."""


class Conflict(ParkWatchError):
    """The request contradicts stored facts."""


class Unavailable(ParkWatchError):
    """A service that is needed is away."""

    retryable = True
