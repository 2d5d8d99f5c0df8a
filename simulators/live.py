"""The park as it runs: every gateway reads at each minute and sends what it read, seconds later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

from simulators.events import is_offline
from simulators.gateway import Credentials, Gateway, Totals, leave_all
from simulators.park import Park
from simulators.plants import PLANTS, Plant
from simulators.points import GATEWAYS
from simulators.streams import LOCAL, MINUTES, minute_of
from simulators.telemetry import Message, messages

_MINUTE_S = 60
_LONGEST_PAUSE_S = 1.0


@dataclass(slots=True)
class _Sender:
    """One gateway and the first minute it has not sent yet (minutes since the epoch); that is its whole memory."""

    gateway: Gateway
    plant: Plant
    code: str
    delay_s: float
    next_minute: int

    def due(self, now: float) -> range:
        """The minutes that can be sent: read already, and long enough ago for this gateway's place in the minute."""
        return range(self.next_minute, int((now - self.delay_s) // _MINUTE_S) + 1)


def run_live(
    mqtt_url: str, credentials: Credentials, park: Park, stop: Event, *,
    since: datetime | None = None, receipts: bool = True,
) -> Totals:  # fmt: skip
    """Publish until ``stop`` is set, beginning with the minute of ``since`` (by default now).

    Gateways send one after the other over the minute. A line that is down, or a broker that is away, delays a
    gateway: it goes on later where it stopped, in order.

    Returns:
        What was sent and became of it.
    """
    begin = int((since or datetime.now(UTC)).timestamp()) // _MINUTE_S
    first = int(datetime.combine(park.since, datetime.min.time(), LOCAL).timestamp()) // _MINUTE_S
    with ExitStack() as stack:
        senders = []
        for i, (plant, code) in enumerate(_gateways()):
            gateway = Gateway(mqtt_url, plant.code, code, credentials(plant.code, code), receipts=receipts)
            stack.enter_context(closing(gateway))
            delay_s = 1.0 + i * 55.0 / (len(PLANTS) * len(GATEWAYS))
            senders.append(_Sender(gateway, plant, code, delay_s, max(begin, first)))
        stack.callback(leave_all, [sender.gateway for sender in senders])
        while not stop.is_set():
            for sender in senders:
                _send_due(sender, park, stop)
            stop.wait(_pause(senders))
        return sum((sender.gateway.totals for sender in senders), Totals())


def _gateways() -> Iterator[tuple[Plant, str]]:
    return ((plant, code) for code in GATEWAYS for plant in PLANTS)


def _send_due(sender: _Sender, park: Park, stop: Event) -> None:
    due = sender.due(time.time())
    if not due or _is_down(sender, park, due[-1]):
        return
    for message, end in _messages_of(sender, park, due):
        if stop.is_set() or not sender.gateway.has_room():
            return
        sender.gateway.send(message, stop)
        sender.next_minute = end
    sender.next_minute = due.stop


def _messages_of(sender: _Sender, park: Park, due: range) -> Iterator[tuple[Message, int]]:
    """The messages of the due minutes, day by day, each with the minute after its last one."""
    start = due.start
    while start < due.stop:
        day, first = minute_of(datetime.fromtimestamp(start * _MINUTE_S, UTC))
        end = min(MINUTES, first + due.stop - start)
        midnight = start - first
        frame = park.frame(sender.plant, sender.code, day)
        for message in messages(frame, day, f"{sender.plant.code}-{sender.code}", first, end):
            yield message, midnight + message.end
        start = midnight + end


def _is_down(sender: _Sender, park: Park, minute: int) -> bool:
    day, of_day = minute_of(datetime.fromtimestamp(minute * _MINUTE_S, UTC))
    return is_offline(sender.plant, sender.code, park.seed, day, of_day)


def _pause(senders: list[_Sender]) -> float:
    """Seconds until the next gateway has something to send, at least a moment and at most a second."""
    now = time.time()
    soonest = min(sender.next_minute * _MINUTE_S + sender.delay_s for sender in senders)
    return min(_LONGEST_PAUSE_S, max(0.05, soonest - now))


def hours_ago(hours: float) -> datetime:
    """The beginning of the hour that many hours ago."""
    moment = datetime.now(UTC) - timedelta(hours=hours)
    return moment.replace(minute=0, second=0, microsecond=0)
