"""Documents of plain values, as YAML and JSON give them, into structs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def struct_reader(struct: type[S]) -> Callable[[Any], S]:
    """What reads a document as this struct or raises ``msgspec.ValidationError``; made while a module is imported.

    msgspec learns what a struct holds when one is first read, and ends the process if two threads do that at once.
    A decoder learns it at once.
    """
    msgspec.json.Decoder(struct)

    def read(document: Any) -> S:
        return msgspec.convert(document, struct, str_keys=True)

    return read
