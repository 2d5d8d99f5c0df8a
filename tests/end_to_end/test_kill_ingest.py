"""kill -9 of ingest in mid-stream, on either broker: nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.chaos import Target, run, service
from parkwatch.mosquitto import find_mosquitto


@pytest.mark.parametrize("broker", ["auto", "iotcore"])
def test_ingest_killed_in_mid_stream(tmp_path: Path, broker: str) -> None:
    if broker == "auto" and find_mosquitto() is None:
        pytest.skip("the other case runs the same broker: mosquitto is not installed (apt install mosquitto)")
    with service(tmp_path / "data", tmp_path / "log", PARKWATCH_BROKER=broker) as found:
        targets = [Target.INGEST, Target.INGEST]
        report = run(
            found, targets, seed=4, receipts=True, truth_file=tmp_path / "truth", gateways=6, pause_s=0.05, settle_s=3.0
        )
    assert report.differences == []
    assert (report.lost, report.doubled, report.unanswered) == (0, 0, 0)
    assert report.readings > 2_000
