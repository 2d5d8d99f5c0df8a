"""Faulty gateways: the same seed gives the same messages, and each message is what its truth says."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from ingest.decode.telemetry import decode_telemetry
from simulators.faults import letters
from simulators.letters import Dice, Fault, Letter, rates
from simulators.park import Park
from simulators.plants import PLANTS

NOW = dt.datetime(2026, 10, 20, 12, 0, tzinfo=dt.UTC)
END = int(NOW.timestamp()) // 60


def sent(seed: str, rate: float, gateway: str = "energy", minutes: int = 1440) -> tuple[list[Letter], Dice]:
    dice = Dice(seed, rates(rate))
    park = Park(7, dt.date(2026, 10, 1))
    flow = letters(park, PLANTS[0], gateway, range(END - minutes, END), dice, round(NOW.timestamp() * 1000))
    return list(flow), dice


@pytest.mark.parametrize("gateway", ["energy", "air"])
def test_every_message_is_read_as_it_was_meant(gateway: str) -> None:
    found, dice = sent("1", 0.2, gateway, 4 * 1440)
    for letter in found:
        columns = decode_telemetry(letter.message.payload)
        assert len(columns.points) + len(columns.refusals) == len(letter.rows) + (letter.spoiled is not None)
        digest = hashlib.sha256(letter.message.payload).hexdigest()
        assert letter.message.id == (columns.message_id or digest)
        if letter.spoiled:
            assert [refusal.reason for refusal in columns.refusals] == [letter.spoiled]
    elsewhere = {Fault.WRAP, Fault.RESET, Fault.SWAP} if gateway == "air" else {Fault.FROZEN}
    assert set(+dice.struck) == set(Fault) - elsewhere


def test_the_seed_fixes_all() -> None:
    assert sent("1", 0.1)[0] == sent("1", 0.1)[0]
    assert sent("1", 0.1)[0] != sent("2", 0.1)[0]


def test_without_faults_it_is_the_park() -> None:
    found, dice = sent("1", 0.0)
    assert not +dice.struck
    assert not any(letter.refused for letter in found)
    stamps = [row.ts for letter in found for row in letter.rows]
    assert stamps == sorted(stamps, key=str)
    assert max(len({row.ts for row in letter.rows}) for letter in found) == 5
