"""Documentation that lists things lists all of them, and its links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from click import Command, Context, Group

from api.app import create_app
from parkwatch.cli import cli
from parkwatch.settings import Settings
from schemas.flags import Flag
from schemas.points import Basis, Kind, Role
from schemas.reasons import Reason
from schemas.registry import EnterpriseSpec, EpochSpec, InstrumentSpec, PointSpec, parse_registry

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def commands(command: Command, path: str = "") -> Iterator[str]:
    if not isinstance(command, Group):
        yield path
        return
    for name in command.list_commands(Context(command)):
        below = command.get_command(Context(command), name)
        assert below is not None
        yield from commands(below, f"{path} {name}".strip())


@pytest.mark.parametrize("command", list(commands(cli)))
def test_every_command_is_named(command: str) -> None:
    assert re.search(rf"^\| `{re.escape(command)}[ `]", reference("cli"), re.MULTILINE)


def test_no_command_is_named_that_does_not_exist() -> None:
    named = re.findall(r"^\| `([a-z]+(?: [a-z]+)?)[ `]", reference("cli"), re.MULTILINE)
    assert set(named) == set(commands(cli))


def test_every_setting_is_named() -> None:
    source = (ROOT / "parkwatch" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"(PARKWATCH_[A-Z0-9_]+)"', source))
    assert len(read) >= len(fields(Settings))
    assert not [name for name in read if f"| `{name}` |" not in reference("settings")]


def test_no_setting_is_named_that_nobody_reads() -> None:
    named = set(re.findall(r"^\| `(PARKWATCH_\w+)`", reference("settings"), re.MULTILINE))
    read = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "parkwatch").rglob("*.py"))
    assert not [name for name in named if name not in read]


@pytest.mark.parametrize("page", ["mqtt", "mqtt.zh"])
def test_every_reason_is_explained_in_the_order_of_examination(page: str) -> None:
    named = re.findall(r"^\| `(\w+)` \| \S.* \| \S.* \|$", reference(page), re.MULTILINE)
    assert named == [reason.value for reason in Reason]


def test_every_flag_is_named() -> None:
    assert not [flag for flag in Flag if f"`{flag.value}`" not in reference("mqtt")]


def test_every_word_of_the_registry_is_named() -> None:
    specs = (EnterpriseSpec, PointSpec, EpochSpec, InstrumentSpec)
    words = {name for spec in specs for name in spec.__struct_encode_fields__}
    words |= {word.value for choices in (Role, Kind, Basis) for word in choices}
    assert not [word for word in words if not re.search(rf"\b{word}\b", reference("registry"))]


def test_every_route_is_named() -> None:
    routes = create_app("postgresql://nobody@127.0.0.1:1/none", timezone="UTC").openapi()["paths"]
    text = reference("api")
    missing = [path for path in routes if path.removeprefix("/api/v1") not in text]
    assert not missing


def test_every_visible_view_is_named() -> None:
    sql = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "storage" / "sql" / "migrations").glob("*.sql"))
    views = set(re.findall(r"CREATE VIEW visible\.(\w+)", sql))
    assert not [view for view in views if f"`{view}`" not in reference("database")]


def test_examples_of_the_registry_are_read() -> None:
    found = 0
    for page in (DOCS / "reference" / "registry.md", DOCS / "tutorial" / "first-park.md"):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            if "enterprises" in (yaml.safe_load(block) or {}):
                assert parse_registry(block, page.name).enterprises
                found += 1
    assert found == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        aimed = (page.parent / file).resolve() if file else page
        assert aimed.exists(), target
        assert not anchor or anchor in anchors(aimed), target


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code forges make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, todo = set(), [DOCS / "index.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        found = re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        todo += [(page.parent / target).resolve() for target in found if "://" not in target]
    decisions = set((DOCS / "decisions").glob("*.md"))
    assert not set(DOCS.rglob("*.md")) - reached - decisions
    numbers = sorted(int(page.name[:4]) for page in decisions)
    assert len(numbers) == len(set(numbers))


def test_the_two_commands() -> None:
    entry = (ROOT / "dev").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("demo", "test"):
        assert f"./dev {command}" in readme
        assert re.search(rf"^    {command}\) ", entry, re.MULTILINE)
    for text in (readme, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        for command in re.findall(r"\./dev ([a-z]+)", text):
            assert re.search(rf"^    {command}\) ", entry, re.MULTILINE), command


def test_contributing_is_under_a_page() -> None:
    lines = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert lines[2] == "```sh"


def test_the_changelog_keeps_its_form() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Changelog"
    assert "## [Unreleased]" in lines
    kinds = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
