"""Every top-level package is ours, declared and typed; nothing else lies beside them."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
NOT_SHIPPED = {"tests", "benchmarks"}
OTHER_FOLDERS = {"docs", "deploy"}


def kept_folders() -> set[str]:
    """Top-level folders with files that are, or may be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {path.split("/", 1)[0] for path in listed if "/" in path and not path.startswith(".")}


def test_the_declared_packages_are_the_ones_that_exist() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SHIPPED == PACKAGES
    assert kept_folders() - NOT_SHIPPED - OTHER_FOLDERS == PACKAGES


def test_every_list_of_packages_is_the_same() -> None:
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == PACKAGES
    assert set(PROJECT["tool"]["mypy"]["files"]) == PACKAGES | NOT_SHIPPED


def test_every_package_says_what_it_is_for_and_is_typed() -> None:
    for package in sorted(PACKAGES):
        first = (ROOT / package / "__init__.py").read_text(encoding="utf-8")[:3]
        assert first == '"""', package
        assert (ROOT / package / "py.typed").exists(), package


def test_the_readme_shows_every_package() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [package for package in PACKAGES if f"| `{package}/` |" not in readme]


def test_no_package_shadows_one_that_we_depend_on() -> None:
    installed = {path.name for path in (ROOT / ".venv").glob("lib/python3*/site-packages/*") if path.is_dir()}
    assert not installed & PACKAGES


def test_it_cannot_be_published_by_mistake() -> None:
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]
