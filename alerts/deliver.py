"""From the outbox to a channel, at least once; each channel by itself, so that a dead one delays nobody."""

from __future__ import annotations

import datetime as dt
import time

from alerts.notify.channels import Channel, NotDelivered
from storage.connect import Connection
from storage.outbox import Message, bury_messages, claim_messages, finish_messages, postpone_messages, release_messages

_BATCH = 20
_ROUND_S = 10.0  # a slow channel gives the rest back, so that a service that ends need not wait for it
_LEASE = dt.timedelta(minutes=2)
_LONGEST_WAIT_S = 600.0
PATIENCE = dt.timedelta(days=3)


def deliver(connection: Connection, name: str, channel: Channel, now: dt.datetime) -> int:
    """Send what is due on a channel; how many it took.

    Rows are claimed for a while, not locked, so no transaction is open while a channel is slow. The first message
    that is not taken ends the round: the rest would wait for the same reason.
    """
    messages = claim_messages(connection, name, now, now + _LEASE, _BATCH)
    ends = time.monotonic() + _ROUND_S
    for position, message in enumerate(messages):
        if time.monotonic() > ends:
            release_messages(connection, [m.id for m in messages[position:]], now)
            return position
        try:
            channel.send(message.id, message.payload)
        except NotDelivered as error:
            _try_later(connection, message, now, str(error))
            release_messages(connection, [m.id for m in messages[position + 1 :]], now + _pause(message))
            return position
        finish_messages(connection, [message.id], now)
    return len(messages)


def _try_later(connection: Connection, message: Message, now: dt.datetime, error: str) -> None:
    """Later with every attempt; after three days it is a dead letter, and the error stays in the row."""
    if now - message.created_at > PATIENCE:
        bury_messages(connection, [message.id], now, error)
    else:
        postpone_messages(connection, [message.id], now + _pause(message), error)


def _pause(message: Message) -> dt.timedelta:
    return dt.timedelta(seconds=min(2.0 ** min(message.attempts, 16), _LONGEST_WAIT_S))
