"""The history of the park through the same door as everything else: MQTT, with a receipt for every message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import date, datetime
from threading import Event

from simulators.gateway import Credentials, Gateway, Totals, leave_all
from simulators.park import Park
from simulators.plants import PLANTS, Plant
from simulators.points import GATEWAYS, points_of
from simulators.streams import MINUTES, minute_of
from simulators.telemetry import messages

Progress = Callable[[int, int], None]


def run_backfill(
    mqtt_url: str, credentials: Credentials, park: Park, until: datetime, stop: Event, *,
    days: int | None = None, window: int = 4, receipts: bool = True, progress: Progress | None = None,
) -> Totals:  # fmt: skip
    """Send the history up to and with the minute of ``until``, and wait for every receipt.

    The newest day goes first, each day in order of time: today's hours are right within seconds, and a live simulator
    beside it never leaves a meter step from last month to now.

    Args:
        days: only so many local days, the current one included; by default all since ``park.since``.
        window: messages without a receipt per gateway.
        progress: called with readings sent so far and an estimate of all.

    Returns:
        What was sent and became of it.
    """
    last_day, last_minute = minute_of(until)
    first_day = park.since.toordinal() if days is None else max(park.since.toordinal(), last_day - days + 1)
    planned = _planned(first_day, last_day, last_minute)
    with ExitStack() as stack:
        gateways = {}
        for plant, code in _gateways():
            gateway = Gateway(
                mqtt_url, plant.code, code, credentials(plant.code, code), window=window, receipts=receipts,
                announces=False,
            )  # fmt: skip
            gateways[plant.code, code] = stack.enter_context(closing(gateway))
        stack.callback(leave_all, list(gateways.values()))
        for day in range(last_day, first_day - 1, -1):
            end = last_minute + 1 if day == last_day else MINUTES
            if not _send_day(gateways, park, day, end, stop):
                break
            if progress:
                progress(_total(gateways).sent, planned)
        for gateway in gateways.values():
            gateway.drain(stop)
        return _total(gateways)


def history_start(park: Park, until: datetime, days: int | None) -> date:
    """The first local day that ``run_backfill`` sends."""
    last_day, _ = minute_of(until)
    return park.since if days is None else max(park.since, date.fromordinal(last_day - days + 1))


def _gateways() -> Iterator[tuple[Plant, str]]:
    return ((plant, code) for plant in PLANTS for code in GATEWAYS)


def _send_day(gateways: dict[tuple[str, str], Gateway], park: Park, day: int, end: int, stop: Event) -> bool:
    """Send one day, all gateways in turn, so that none runs far ahead; False if stopped."""
    pending = [
        (gateways[plant.code, code], messages(park.frame(plant, code, day), day, f"{plant.code}-{code}", 0, end))
        for plant, code in _gateways()
    ]
    while pending:
        still = []
        for gateway, queue in pending:
            message = next(queue, None)
            if message is None:
                continue
            if not gateway.send(message, stop):
                return False
            still.append((gateway, queue))
        pending = still
    return True


def _planned(first_day: int, last_day: int, last_minute: int) -> int:
    minutes = (last_day - first_day) * MINUTES + last_minute + 1
    return minutes * sum(len(points_of(plant)) for plant in PLANTS)


def _total(gateways: dict[tuple[str, str], Gateway]) -> Totals:
    return sum((gateway.totals for gateway in gateways.values()), Totals())
