"""Provisioning against a stub that keeps Grafana's contract; against a real Grafana where ``GRAFANA_URL`` names one."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dashboards.provision import Source, provision
from schemas.errors import InvalidInput, NotAllowed, Unavailable

TOKEN = "glsa_test"
SOURCE = Source("database:5432", "parkwatch", "grafana", "not-a-real-password")


class Stub(ThreadingHTTPServer):
    """What Grafana 13 keeps behind the few routes that we call."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Routes)
        self.kept: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []


class Routes(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        kept = self.server.kept.get(self.path.removeprefix("/api/"))
        self._answer(200 if kept else 404, kept or {"message": "not found"})

    def do_POST(self) -> None:
        body = self._body()
        match self.path:
            case "/api/datasources":
                self._keep(f"datasources/uid/{body['uid']}", body)
            case "/api/folders":
                self._keep(f"folders/{body['uid']}", body)
            case "/api/dashboards/db":
                uid = body["dashboard"]["uid"]
                if f"folders/{body['folderUid']}" not in self.server.kept:
                    self._answer(400, {"message": "folder not found"})
                else:
                    self._keep(f"dashboards/uid/{uid}", body, {"uid": uid, "url": f"/d/{uid}/x", "status": "success"})
            case _:
                self._answer(404, {"message": self.path})

    def do_PUT(self) -> None:
        self._keep(self.path.removeprefix("/api/"), self._body())

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _keep(self, key: str, body: dict[str, Any], answer: dict[str, Any] | None = None) -> None:
        if self.headers["Authorization"] == f"Bearer {TOKEN}":
            self.server.kept[key] = body
        self._answer(200, answer or body)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status, body = 401, {"message": "Unauthorized"}
        self.server.calls.append(f"{self.command} {self.path}")
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def grafana() -> Iterator[Stub]:
    with Stub() as stub:
        thread = threading.Thread(target=stub.serve_forever)
        thread.start()
        yield stub
        stub.shutdown()
        thread.join()


def url(stub: Stub) -> str:
    return f"http://127.0.0.1:{stub.server_port}"


def test_everything_is_put_in_its_place(grafana: Stub) -> None:
    done = provision(url(grafana), TOKEN, SOURCE)
    assert set(done.dashboards) == {"parkwatch-overview", "parkwatch-outlets", "parkwatch-quality"}
    source = grafana.kept["datasources/uid/parkwatch"]
    assert source["jsonData"]["database"] == "parkwatch"
    assert "database" not in source
    for uid in done.dashboards:
        kept = grafana.kept[f"dashboards/uid/{uid}"]
        assert (kept["folderUid"], kept["overwrite"]) == ("parkwatch", True)
        assert "id" not in kept["dashboard"] or kept["dashboard"]["id"] is None


def test_again_changes_nothing(grafana: Stub) -> None:
    provision(url(grafana), TOKEN, SOURCE)
    before = json.dumps(grafana.kept, sort_keys=True)
    grafana.calls.clear()
    provision(url(grafana), TOKEN, SOURCE)
    assert json.dumps(grafana.kept, sort_keys=True) == before
    assert "POST /api/folders" not in grafana.calls
    assert "POST /api/datasources" not in grafana.calls


def test_without_a_data_source_it_says_what_to_do(grafana: Stub) -> None:
    with pytest.raises(InvalidInput, match="--host"):
        provision(url(grafana), TOKEN)


def test_a_wrong_token(grafana: Stub) -> None:
    with pytest.raises(NotAllowed, match="role Admin"):
        provision(url(grafana), "wrong", SOURCE)
    assert not grafana.kept


def test_nobody_there(grafana: Stub) -> None:
    grafana.server_close()
    with pytest.raises(Unavailable, match="does not answer"):
        provision(url(grafana), TOKEN, SOURCE)


@pytest.mark.skipif("GRAFANA_URL" not in os.environ, reason="set GRAFANA_URL and GRAFANA_TOKEN to try a real Grafana")
def test_a_real_grafana() -> None:
    real, token = os.environ["GRAFANA_URL"], os.environ["GRAFANA_TOKEN"]
    first = provision(real, token, SOURCE)
    assert provision(real, token) == first
