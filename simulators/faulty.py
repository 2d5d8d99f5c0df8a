"""Gateways whose messages suffer every fault there is, and the truth of what they sent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread

from simulators.faults import MINUTES_A_MESSAGE, letters
from simulators.gateway import Credentials, Gateway, Totals, leave_all
from simulators.letters import Dice, Fault, Letter
from simulators.park import Park
from simulators.plants import PLANTS
from simulators.points import GATEWAYS
from simulators.sent import Sent

_NOT_YET_MINUTES = 10  # a clock that drifts ahead is still not in the future
_RESEND_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class Storm:
    """What is to be sent.

    Attributes:
        seed: fixes every message and its faults.
        minutes: how much of the park's time, up to now.
        rates: the share of messages that each kind of fault befalls.
        gateways: how many of the park's gateways send.
        pause_s: of a gateway between two messages; 0 sends as fast as the receipts come.
        receipts: whether gateways keep their messages until the receipt, or believe the broker.
        codes: which of an enterprise's gateways send.
    """

    seed: int
    minutes: int
    rates: Mapping[Fault, float]
    gateways: int = len(PLANTS) * len(GATEWAYS)
    pause_s: float = 0.0
    receipts: bool = True
    codes: tuple[str, ...] = GATEWAYS


def run_faulty(
    mqtt_url: str, credentials: Credentials, park: Park, storm: Storm, sent: Sent, stop: Event,
    *, enough: Event | None = None,
) -> tuple[Totals, Counter[Fault]]:  # fmt: skip
    """Send all of it and wait until every message has its answer.

    Args:
        stop: ends at once, with messages unanswered.
        enough: nothing new is sent once it is set.

    Returns:
        What was sent and became of it, and how often each fault came.
    """
    now = datetime.now(UTC)
    end = (int(now.timestamp()) // 60 - _NOT_YET_MINUTES) // MINUTES_A_MESSAGE * MINUTES_A_MESSAGE
    minutes = range(end - -(-storm.minutes // MINUTES_A_MESSAGE) * MINUTES_A_MESSAGE, end)
    with ExitStack() as stack:
        threads, gateways, dice = [], [], []
        for plant, code in [(plant, code) for plant in PLANTS for code in storm.codes][: storm.gateways]:
            gateway = Gateway(
                mqtt_url, plant.code, code, credentials(plant.code, code),
                receipts=storm.receipts, resend_after_s=_RESEND_AFTER_S,
            )  # fmt: skip
            gateways.append(stack.enter_context(closing(gateway)))
            dice.append(Dice(f"{storm.seed}-{plant.code}-{code}", storm.rates))
            flow = letters(park, plant, code, minutes, dice[-1], round(now.timestamp() * 1000))
            limits = (stop, enough or Event())
            threads.append(Thread(target=_send, args=(gateway, flow, sent, storm.pause_s, *limits), daemon=True))
        stack.callback(leave_all, gateways)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        struck = sum((one.struck for one in dice), Counter[Fault]())
        return sum((gateway.totals for gateway in gateways), Totals()), struck


def _send(gateway: Gateway, flow: Iterator[Letter], sent: Sent, pause_s: float, stop: Event, enough: Event) -> None:
    for letter in flow:
        if enough.is_set() or stop.is_set():
            break
        # no protocol orders two messages that are under way: what is corrected has to be there first
        if sent.contradicts(gateway.enterprise, letter) and not gateway.drain(stop):
            break
        if letter.reconnects:
            gateway.drop()
        if not gateway.send(letter.message, stop):
            break
        sent.book(gateway.enterprise, letter, time.time())
        stop.wait(pause_s)
    gateway.drain(stop)
