"""What a Grafana would only show in the browser: checked without one."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from dashboards.postgres import DATASOURCE_UID, PLUGIN
from tests.dashboards.boards import ROOT, PlacedQuery, boards, queries

BOARDS = boards()
QUERIES = list(queries())
MIN_REFRESH_S = 10
UNITS = {None, "short", "percentunit", "kwatth", "s", "masskg"}
MACROS = {"__timeFilter", "__timeFrom", "__timeTo", "__timeGroup", "__timeGroupAlias"}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board["panels"]
    return found


def references(node: object) -> list[dict[str, str]]:
    """Every data source reference anywhere below a node."""
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["datasource"]] if "datasource" in node else []
    return own + [found for item in node.values() for found in references(item)]


def test_uids_and_titles_are_unique() -> None:
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS) == 3
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS)


@pytest.mark.parametrize("name", BOARDS)
def test_panels_are_told_apart(name: str) -> None:
    ids = [panel["id"] for panel in panels(BOARDS[name])]
    titles = [panel["title"] for panel in panels(BOARDS[name])]
    assert ids == list(range(1, len(ids) + 1))
    assert len(set(titles)) == len(titles)
    assert all(panel["description"] for panel in panels(BOARDS[name]))


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(BOARDS[name]):
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("name", BOARDS)
def test_one_data_source(name: str) -> None:
    found = references(BOARDS[name])
    assert found
    assert all(reference == {"type": PLUGIN, "uid": DATASOURCE_UID} for reference in found)


@pytest.mark.parametrize("name", BOARDS)
def test_settings(name: str) -> None:
    board = BOARDS[name]
    number, unit = re.fullmatch(r"(\d+)([sm])", board["refresh"]).groups()  # type: ignore[union-attr]
    assert int(number) * {"s": 1, "m": 60}[unit] >= MIN_REFRESH_S
    assert board["timezone"] == "Asia/Shanghai"
    assert board["schemaVersion"] == 42
    assert {panel["fieldConfig"]["defaults"].get("unit") for panel in panels(board)} <= UNITS
    for variable in board["templating"]["list"]:
        assert "allValue" not in variable, "it would be put in unquoted"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_sql(query: PlacedQuery) -> None:
    assert query.sql.startswith("-- "), "says what it is for"
    for name, arguments in re.findall(r"\$(\w+)\(([^)]*)\)", query.sql):
        assert name in MACROS
        assert "(" not in arguments, "Grafana cuts a nested call at its first bracket"
    assert not re.findall(r"\$\{\w+\}|\[\[", query.sql), "variables only as ${name:sqlstring}"
    assert re.findall(r"\$\{\w+:(\w+)\}", query.sql) == ["sqlstring"] * query.sql.count("${")
    if query.shape != "variable":
        bounded = any(macro in query.sql for macro in ("$__timeFilter(", "$__timeTo()"))
        assert bounded or "-- window: now" in query.sql, "bounded by the window, or says why not"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_only_the_visible_schema_is_read(query: PlacedQuery) -> None:
    text = re.sub(r"--[^\n]*|extract\(epoch FROM[^)]*\)", "", query.sql)
    relations = re.findall(r"\b(?:FROM|JOIN)\s+([\w.(]+)", text)
    assert all(relation.startswith(("visible.", "(")) or relation == "FROM" for relation in relations), relations


@pytest.mark.parametrize("query", [q for q in QUERIES if q.kind == "state-timeline"], ids=lambda query: query.place)
def test_state_timelines_use_numeric_codes(query: PlacedQuery) -> None:
    assert "AS state" in query.sql
    assert query.shape == "time_series"


def test_the_data_source_is_provisioned_as_the_frontend_needs_it() -> None:
    path = ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "parkwatch.yaml"
    (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["datasources"]
    assert (source["type"], source["uid"], source["access"]) == (PLUGIN, DATASOURCE_UID, "proxy")
    assert "database" not in source, "the frontend refuses every query of such a source"
    assert source["jsonData"]["database"] == "parkwatch"
    assert source["jsonData"]["maxOpenConns"] <= 10
    assert not source["editable"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert source["url"].removeprefix("$") in compose["services"]["grafana"]["environment"]
