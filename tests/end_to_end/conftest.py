"""The whole service for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import Start, serving


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Start]:
    """Starts the service over ``tmp_path / "data"``; nothing of it may be left after the test."""
    with serving(tmp_path) as start:
        yield start
