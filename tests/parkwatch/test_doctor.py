"""The doctor: what it finds at brokers that lose messages, and that it finds nothing at ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from parkwatch.doctor.broker import examine, examine_gateway
from parkwatch.doctor.examine import EXAMINATIONS
from parkwatch.doctor.examine import examine as examine_all
from parkwatch.doctor.findings import Finding, Level
from parkwatch.doctor.mosquitto_file import CHECKS, examine_file
from parkwatch.folders import free_port
from parkwatch.logins import Gateway, Login, accepts, wait_accepted
from parkwatch.mosquitto import CONFIGURATION, Mosquitto, find_mosquitto
from parkwatch.settings import Settings
from schemas.errors import Unavailable

SERVICES_REQUIRED = os.environ.get("CI") == "true" or os.environ.get("PARKWATCH_REQUIRE_SERVICES") == "1"
SHIPPED = Path(__file__).parent.parent.parent / "deploy" / "mosquitto" / "mosquitto.conf"


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.check: finding.level for finding in findings}


def program() -> Path:
    found = find_mosquitto()
    if found is None:
        (pytest.fail if SERVICES_REQUIRED else pytest.skip)("needs mosquitto: apt-get install mosquitto")
    return found


@contextmanager
def mosquitto_of(folder: Path, *lines: str) -> Iterator[str]:
    """A mosquitto that only has these settings; its URL."""
    port = free_port()
    user = ["user root"] if os.geteuid() == 0 else []
    file = folder / "mosquitto.conf"
    file.write_text("\n".join([f"listener {port} 127.0.0.1", *user, *lines]) + "\n", encoding="utf-8")
    process = subprocess.Popen([str(program()), "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        wait_accepted(port, Login("", ""))
        yield f"mqtt://127.0.0.1:{port}?version=5"
    finally:
        process.terminate()
        process.wait(10)


def test_a_broker_with_the_settings_it_comes_with_loses_messages(tmp_path: Path) -> None:
    with mosquitto_of(tmp_path, "allow_anonymous true", "max_packet_size 100000") as url:
        found = {finding.check: finding for finding in examine(Settings(tmp_path, mqtt_url=url))}
    wrong = {check for check, finding in found.items() if finding.level is Level.WRONG}
    assert wrong == {"queue", "packet", "strangers"}
    assert "1000 were kept" in found["queue"].what
    assert all(finding.why and finding.change for finding in found.values() if finding.level is not Level.FINE)


def test_a_broker_that_forgets_sessions_is_found(tmp_path: Path) -> None:
    with mosquitto_of(tmp_path, "allow_anonymous true", "persistent_client_expiration 1d") as url:
        found = levels(examine(Settings(tmp_path, mqtt_url=url)))
    # mosquitto does not tell a client that it will end its session sooner: only its file does
    assert found["session"] is Level.FINE
    file = tmp_path / "short.conf"
    file.write_text("persistent_client_expiration 1d\n", encoding="utf-8")
    assert levels(examine_file(file))["sessions"] is Level.WRONG


def test_ours_is_well_and_nothing_of_the_trial_stays(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "mosquitto", program()) as broker:
        settings = Settings(tmp_path, mqtt_url=broker.ingest_url)
        found = examine(settings)
        assert [f for f in found if f.level is Level.WRONG] == []
        again = {finding.check: finding.what for finding in examine(settings)}
        assert again["dropped"].startswith("0 messages dropped")


def test_a_gateway_held_to_its_own_topics_and_one_that_is_not(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "mosquitto", program()) as broker:
        login = broker.issue(Gateway("ENT01", "gw1"))
        settings = Settings(tmp_path, mqtt_url=broker.ingest_url)
        port = urlsplit(broker.url).port or 0
        assert accepts(port, login)
        assert levels(examine_gateway(settings, login.in_url(port, "3.1.1"))) == {"authority": Level.FINE}
        assert levels(examine_gateway(settings, broker.ingest_url)) == {"authority": Level.WRONG}


@pytest.mark.parametrize("which", ["shipped", "embedded"])
def test_our_files_are_well(tmp_path: Path, which: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8") if which == "shipped" else CONFIGURATION
    file = tmp_path / "mosquitto.conf"
    file.write_text(text, encoding="utf-8")
    assert [f for f in examine_file(file) if f.level is Level.WRONG] == []


def test_both_files_agree_on_the_queue() -> None:
    for setting in ("max_queued_messages", "max_queued_bytes", "max_inflight_messages", "max_packet_size"):
        values = {
            line.split()[1] for text in (SHIPPED.read_text(encoding="utf-8"), CONFIGURATION)
            for line in text.splitlines() if line.startswith(f"{setting} ")
        }  # fmt: skip
        assert len(values) == 1, setting


def test_an_empty_file_is_what_mosquitto_does_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "mosquitto.conf"
    file.write_text("", encoding="utf-8")
    found = levels(examine_file(file))
    assert len(found) == len(CHECKS)
    wrong = {check for check, level in found.items() if level is Level.WRONG}
    assert wrong == {"persistence", "queue", "authority"}


def test_a_part_that_is_away_does_not_hide_the_others(tmp_path: Path) -> None:
    def away(_settings: Settings) -> list[Finding]:
        raise Unavailable("nobody there")

    examinations = [("first", away), ("second", lambda _: [Finding("second", "x", Level.FINE, "well")])]
    found = examine_all(Settings(tmp_path), examinations)
    assert [(f.part, f.level) for f in found] == [("first", Level.WRONG), ("second", Level.FINE)]
    assert len({name for name, _ in EXAMINATIONS}) == len(EXAMINATIONS)
