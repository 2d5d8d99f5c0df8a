"""`serve` in a process of its own: an open live stream does not hold up the end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx

from schemas.access import AccessRole
from storage.connect import Connection
from storage.tokens import create_token
from tests.api.park import serving, wait_until

PROGRAM = """
import sys
from api.app import create_app, serve
serve(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))
"""


def test_sigint_ends_open_streams(database_url: str, connection: Connection) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, database_url, str(port)])
    try:
        wait_until(lambda: _answers(f"{base}/health/ready"))
        headers = {"Authorization": f"Bearer {create_token(connection, AccessRole.ADMIN)}"}
        with httpx.stream("GET", f"{base}/api/v1/live", headers=headers, timeout=30) as response:
            lines = response.iter_lines()
            assert next(lines) == "retry: 2000"
            process.send_signal(signal.SIGINT)
            assert not any("event: reading" in line for line in lines), "the stream ends"
        process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()


def test_without_database_it_says_so() -> None:
    with serving("postgresql://nobody@127.0.0.1:1/none", pool_timeout_s=0.5) as base:
        assert httpx.get(f"{base}/health/live").status_code == 200
        away = httpx.get(f"{base}/health/ready", timeout=30)
        assert away.status_code == 503
        assert away.headers["Retry-After"] == "5"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
