"""Write the dashboards as the JSON files that Grafana is provisioned with: ``python -m dashboards.build [FOLDER]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.data_quality import data_quality
from dashboards.outlets import outlets
from dashboards.park_overview import park_overview
from dashboards.postgres import register

FOLDER = Path(__file__).parent.parent / "deploy" / "grafana" / "dashboards"


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard as JSON, by its file's stem."""
    register()
    return {
        "park-overview": _as_json(park_overview()),
        "outlets": _as_json(outlets()),
        "data-quality": _as_json(data_quality()),
    }


def as_text(dashboard: dict[str, Any]) -> str:
    """The file's text: indented, Chinese readable, the same on every machine."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> list[Path]:
    """Write every dashboard below ``folder``; the files' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, dashboard in dashboards().items():
        path = folder / f"{name}.json"
        path.write_text(as_text(dashboard), encoding="utf-8")
        written.append(path)
    return written


def _as_json(dashboard: Dashboard) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(json.dumps(dashboard.build(), cls=JSONEncoder)))


if __name__ == "__main__":
    for path in write(*map(Path, sys.argv[1:2])):
        sys.stderr.write(f"{path}\n")
