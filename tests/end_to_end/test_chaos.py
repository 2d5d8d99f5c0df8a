"""Parts killed under load, with every fault of the simulator: ``./dev bench chaos`` in short."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.chaos import Report, Target, run, service
from parkwatch.mosquitto import find_mosquitto

SETTLE_S = 2.0


@pytest.fixture
def mosquitto() -> None:
    if find_mosquitto() is None:
        assert os.environ.get("PARKWATCH_REQUIRE_SERVICES") != "1", "mosquitto is not installed"
        pytest.skip("mosquitto is not installed: apt install mosquitto")


def storm(folder: Path, targets: list[Target], *, seed: int, receipts: bool = True) -> Report:
    with service(folder / "data", folder / "log") as found:
        return run(
            found, targets, seed=seed, receipts=receipts, truth_file=folder / "truth", gateways=6, settle_s=SETTLE_S
        )


def assert_sound(report: Report) -> None:
    assert report.differences == []
    assert (report.lost, report.doubled, report.unanswered) == (0, 0, 0)
    assert report.messages > 100
    assert report.readings > 2_000


def test_ingest_and_the_database_killed(tmp_path: Path) -> None:
    assert_sound(storm(tmp_path, [Target.INGEST, Target.POSTGRES] * 2, seed=1))


@pytest.mark.usefixtures("mosquitto")
def test_the_broker_killed_and_restarted(tmp_path: Path) -> None:
    assert_sound(storm(tmp_path, [Target.BROKER, Target.RESTART, Target.BROKER], seed=2))


@pytest.mark.usefixtures("mosquitto")
def test_gateways_that_believe_the_broker_lose_nothing_but_what_it_forgets(tmp_path: Path) -> None:
    targets = [Target.INGEST, Target.RESTART, Target.POSTGRES]
    assert_sound(storm(tmp_path, targets, seed=3, receipts=False))
