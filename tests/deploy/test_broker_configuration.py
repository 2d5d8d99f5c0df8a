"""The shipped broker configuration on a real mosquitto, with the secrets that the script makes."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from parkwatch.folders import free_port
from parkwatch.logins import Gateway, Login, accepts, new_password, wait_accepted
from parkwatch.mosquitto import find_mosquitto, gateway_rights, put_login

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "deploy" / "mosquitto"
SERVICES_REQUIRED = os.environ.get("CI") == "true" or os.environ.get("PARKWATCH_REQUIRE_SERVICES") == "1"


def need(found: object, what: str) -> None:
    if not found:
        (pytest.fail if SERVICES_REQUIRED else pytest.skip)(f"needs {what}: apt-get install {what}")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The secret files of a fresh installation."""
    need(shutil.which("openssl"), "openssl")
    folder = tmp_path / "secrets"
    subprocess.run(["sh", str(ROOT / "deploy" / "make-secrets.sh"), str(folder)], check=True, capture_output=True)
    return folder


def ingest_login(made: Path) -> Login:
    url = urlsplit((made / "mqtt_url").read_text(encoding="utf-8"))
    return Login(url.username or "", url.password or "")


@pytest.fixture
def broker(tmp_path: Path, made: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port and process of a mosquitto over the shipped file; before 2.1 without its persistence plugin."""
    program = find_mosquitto()
    need(program, "mosquitto")
    port = free_port()
    text = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8")
    text = text.replace("listener 1883", f"listener {port} 127.0.0.1").replace("/mosquitto/", f"{tmp_path}/")
    text = re.sub(r"^plugin.*$", "", text, flags=re.MULTILINE)
    for folder in ("logins", "data", "config/conf.d"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(made / "mqtt_passwords", tmp_path / "logins" / "passwords")
    shutil.copy(SHIPPED / "rights", tmp_path / "logins" / "rights")
    user = "user root\n" if os.geteuid() == 0 else ""
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(user + text, encoding="utf-8")
    process = subprocess.Popen([str(program), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        wait_accepted(port, ingest_login(made))
        yield port, process
    finally:
        process.terminate()
        process.wait(10)


def test_it_takes_the_made_login_and_nobody_else(broker: tuple[int, subprocess.Popen[bytes]], made: Path) -> None:
    port, _ = broker
    assert accepts(port, ingest_login(made))
    assert not accepts(port, Login("parkwatch-ingest", new_password()))
    assert not accepts(port, Login("", ""))


def test_a_gateway_is_let_in_after_a_reload(broker: tuple[int, subprocess.Popen[bytes]], tmp_path: Path) -> None:
    port, process = broker
    gateway = Gateway("ENT01", "gw1")
    login = Login(gateway.username, new_password())
    put_login(tmp_path / "logins" / "passwords", tmp_path / "logins" / "rights", login, gateway_rights(gateway))
    assert not accepts(port, login)
    process.send_signal(signal.SIGHUP)
    wait_accepted(port, login)


def test_secrets_are_made_once(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    subprocess.run(["sh", str(ROOT / "deploy" / "make-secrets.sh"), str(made)], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
    assert made.stat().st_mode & 0o777 == 0o700
    assert len(set(before.values())) == len(before) == 6


def test_every_setting_of_the_broker_has_its_reason() -> None:
    lines = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    unexplained = {"plugin", "persistence_location", "log_type", "log_timestamp_format"}  # beside an explained line
    for above, line in itertools.pairwise(lines):
        if line and not line.startswith("#") and line.split()[0] not in unexplained:
            assert above.startswith("#"), line


def test_every_setting_of_emqx_has_its_reason() -> None:
    lines = (ROOT / "deploy" / "emqx.conf").read_text(encoding="utf-8").splitlines()
    told = [(above, line) for above, line in itertools.pairwise(lines) if line and not line.startswith("#")]
    assert len(told) >= 10
    for above, line in told:
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+ = \S+", line), line
        assert above.startswith("#") or line.startswith("force_shutdown."), line
