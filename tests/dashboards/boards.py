"""The committed dashboards, and every query in them, for the tests beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "deploy" / "grafana" / "dashboards"


@dataclass(frozen=True, slots=True)
class PlacedQuery:
    """A query and where it stands; ``shape`` is ``time_series``, ``table``, ``variable`` or ``annotation``."""

    place: str
    sql: str
    shape: str
    kind: str


def boards() -> dict[str, dict[str, Any]]:
    """Every committed dashboard by its file's stem."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def queries() -> Iterator[PlacedQuery]:
    """Every query of every panel, variable and annotation."""
    for name, board in boards().items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield PlacedQuery(f"{name}/{panel['title']}", target["rawSql"], target["format"], panel["type"])
        for variable in board["templating"]["list"]:
            yield PlacedQuery(f"{name}/${variable['name']}", variable["query"], "variable", "variable")
        for marks in board["annotations"]["list"]:
            yield PlacedQuery(f"{name}/{marks['name']}", marks["target"]["rawSql"], "annotation", "annotation")
