"""Parts killed under load, with every fault of the simulator: ``./dev bench chaos`` in short."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.chaos import Report, Target, run, service
from parkwatch.mosquitto import find_mosquitto

SETTLE_S = 1.0
HAS_MOSQUITTO = find_mosquitto() is not None


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


def test_gateways_that_wait_for_receipts_lose_nothing_whatever_dies(tmp_path: Path) -> None:
    broker = [Target.BROKER, Target.RESTART] if HAS_MOSQUITTO else []
    assert_sound(storm(tmp_path, [Target.INGEST, *broker, Target.POSTGRES] * 2, seed=1))


def test_gateways_that_believe_the_broker_lose_nothing_but_what_it_forgets(tmp_path: Path) -> None:
    if not HAS_MOSQUITTO:
        assert os.environ.get("PARKWATCH_REQUIRE_SERVICES") != "1", "mosquitto is not installed: apt install mosquitto"
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    targets = [Target.INGEST, Target.RESTART, Target.POSTGRES]
    assert_sound(storm(tmp_path, targets, seed=3, receipts=False))
