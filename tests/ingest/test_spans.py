"""What the bytes of a message tell of its instants, held against what its decoder finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.decode.hj212 import decode
from ingest.messages import message_of
from ingest.spans import FOREVER, Span, span_ms
from tests.ingest.senders import frame, part

CASES = Path(__file__).parents[1] / "cases" / "hj212"
AT_MS = 1_785_546_000_000  # 2026-08-01 09:00:00 in China
HOUR_MS = 3_600_000


def telemetry(payload: bytes) -> Span | None:
    return span_ms(message_of("pw/v1/E1/g/telemetry", payload))


def hj212(payload: bytes) -> Span | None:
    return span_ms(message_of("pw/v1/E1/g/hj212", payload))


def test_stamps_that_are_not_all_milliseconds_are_unknown() -> None:
    assert telemetry(b'{"ts": 1763856000000, "values": {"E01": 1}}') == (1763856000000, 1763856000000)
    assert telemetry(b'[{"ts":1763856000000},{"ts" : 1763856060000 }]') == (1763856000000, 1763856060000)
    assert telemetry(b'[{"ts":1763856000000},{"ts":"2026-11-24T00:00:00Z"}]') is None
    assert telemetry(b"{}") is None


def test_data_time_is_local_and_the_start_of_a_statistic() -> None:
    area = "DataTime=20260801090000;a24088-Rtd=12.6,a24088-Flag=N"
    mean = area.replace("Rtd", "Avg")
    assert hj212(frame(area)) == (AT_MS, AT_MS)
    assert hj212(frame(area.replace("0000;", "0000250;"))) == (AT_MS + 250, AT_MS + 250)
    assert hj212(frame(mean, cn="2061")) == (AT_MS + HOUR_MS, AT_MS + HOUR_MS)
    assert hj212(frame(mean, cn="2031")) == (AT_MS + 24 * HOUR_MS, AT_MS + 24 * HOUR_MS)
    assert hj212(frame(mean, cn="2051")) == (AT_MS, AT_MS + HOUR_MS)
    assert hj212(frame(area) + frame(mean, cn="2061")) == (AT_MS, AT_MS + HOUR_MS)


def test_a_frame_without_its_own_data_time_is_unknown_unless_it_holds_no_reading() -> None:
    dated, undated = frame("DataTime=20260801090000;a24088-Rtd=1,a24088-Flag=N"), frame("a24088-Rtd=1,a24088-Flag=N")
    heartbeat = frame("", cn="9015")
    assert hj212(undated) is None
    assert hj212(dated + undated) is None
    assert hj212(part("a24088-Rtd=1", 2, 2)) is None
    assert hj212(part("DataTime=20260801090000;a24088-Rtd=1", 1, 2)) == (AT_MS, AT_MS)
    assert hj212(heartbeat + dated) == (AT_MS, AT_MS)
    assert hj212(frame("DataTime=19990101000000;a24088-Rtd=1")) is None
    assert hj212(frame("DataTime=20260801090000;DataTime=20260801090001;a24088-Rtd=1")) is None
    told = hj212(heartbeat)
    assert told is not None
    assert told[0] > FOREVER


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_what_is_told_holds_every_instant_that_the_decoder_finds(case: Path) -> None:
    payload = next(case.glob("payload*")).read_bytes()
    told = hj212(payload)
    found = decode(payload)
    for value in found.values + found.faulty:
        assert told is None or told[0] <= value.ts_us // 1000 <= told[1]
