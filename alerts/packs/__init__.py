"""Rule packs: limits of published standards as data, to copy from or to apply as they are.

Their numbers were not checked against the standards' own text: every rule is a warning with ``verified: false``. What
binds a plant is its discharge permit.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from schemas.errors import NotFound
from schemas.rule_bodies import parse_rules
from schemas.rules import Rule

FOLDER = Path(__file__).parent


def pack_names() -> list[str]:
    """The packs that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_packs() -> dict[str, list[Rule]]:
    """Every pack by its name."""
    return {name: load_pack(name) for name in pack_names()}


def load_pack(name: str) -> list[Rule]:
    """The rules of a pack.

    Raises:
        NotFound: no such pack.
        InvalidInput: names the rule and the field.
    """
    if name not in pack_names():
        raise NotFound(f"rule pack {name!r}: there are {', '.join(pack_names())}")
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return parse_rules(document["rules"], f"alerts/packs/{name}.yaml")
