"""The committed JSON is what the code builds, and the SDK reads it back unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.build import FOLDER, as_text, dashboards, write
from dashboards.postgres import register


def test_committed_json_equals_the_build(tmp_path: Path) -> None:
    built = {path.name: path.read_text(encoding="utf-8") for path in write(tmp_path)}
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert committed == built, "run `.venv/bin/python -m dashboards.build` and commit what it writes"


@pytest.mark.parametrize("name", ["park-overview", "outlets", "data-quality"])
def test_round_trip(name: str) -> None:
    register_default_plugins()
    register()
    built = dashboards()[name]
    read_back = json.loads(json.dumps(Dashboard.from_json(built), cls=JSONEncoder))
    assert as_text(read_back) == as_text(built)
