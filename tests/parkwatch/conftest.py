"""What the tests of the embedded services share."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")


@dataclass(frozen=True, slots=True)
class OtherUser:
    """How to run this project's Python as a user who owns nothing."""

    uid: int
    prefix: tuple[str, ...]
    python: str
    environment: dict[str, str]


@pytest.fixture(scope="session")
def other_user() -> OtherUser:
    """Needs root, to become somebody else, and a Python that others can reach (often root's own is not)."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    same = f"import parkwatch, psycopg, sys; assert sys.version_info[:2] == {sys.version_info[:2]}"
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info[1]}"):
        # through a shell: what root hands over is started with more rights than what nobody starts
        probe = [*NOBODY, "sh", "-c", '"$0" -c "$1"', python, same]
        if not subprocess.run(probe, env={**os.environ, **environment}, capture_output=True, check=False).returncode:
            return OtherUser(65534, NOBODY, python, environment)
    pytest.skip("no Python that another user can reach with this project's packages")
