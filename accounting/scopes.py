"""Scopes: each enterprise, and the industries, parks and the city it adds up to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from schemas.accounts import AccountedEnterprise


class Scopes:
    """Enterprises in the order of their keys, and the groups they belong to.

    Attributes:
        position: of an enterprise, by its key.
        names: of the enterprises' scopes.
        groups: name of a group and the positions of its members.
    """

    def __init__(self, enterprises: Sequence[AccountedEnterprise]) -> None:
        ordered = sorted(enterprises, key=lambda e: e.id)
        self.position = {e.id: i for i, e in enumerate(ordered)}
        self.ids = [e.id for e in ordered]
        self.names = [f"enterprise:{e.code}" for e in ordered]
        self.groups: dict[str, NDArray[np.intp]] = {"city": np.arange(len(ordered))}
        for prefix, keys in (("park", [e.park for e in ordered]), ("industry", [e.industry for e in ordered])):
            for key in sorted({k for k in keys if k}):
                members = [i for i, k in enumerate(keys) if k == key]
                self.groups[f"{prefix}:{key}"] = np.array(members, dtype=np.intp)

    def __len__(self) -> int:
        return len(self.names)
