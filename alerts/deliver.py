"""From the outbox to a channel, at least once; each channel by itself, so that a dead one delays nobody."""

from __future__ import annotations

import datetime as dt

from alerts.notify.channels import Channel, NotDelivered
from storage.alerts import Message, claim_messages, finish_messages, postpone_messages, release_messages
from storage.connect import Connection

_BATCH = 50
_LEASE = dt.timedelta(minutes=2)
_LONGEST_WAIT_S = 600.0
GIVEN_UP = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
PATIENCE = dt.timedelta(days=3)


def deliver(connection: Connection, name: str, channel: Channel, now: dt.datetime) -> int:
    """Send what is due on a channel; how many it took.

    Rows are claimed for a while, not locked, so no transaction is open while a channel is slow. The first message
    that is not taken ends the round: the rest would wait for the same reason.
    """
    messages = claim_messages(connection, name, now, now + _LEASE, _BATCH)
    for position, message in enumerate(messages):
        try:
            channel.send(message.id, message.payload)
        except NotDelivered as error:
            postpone_messages(connection, [message.id], _next_try(message, now), str(error))
            release_messages(connection, [m.id for m in messages[position + 1 :]], now + _pause(message))
            return position
        finish_messages(connection, [message.id], now)
    return len(messages)


def _next_try(message: Message, now: dt.datetime) -> dt.datetime:
    """Later with every attempt; after three days never again, the error stays in the row."""
    if now - message.created_at > PATIENCE:
        return GIVEN_UP
    return now + _pause(message)


def _pause(message: Message) -> dt.timedelta:
    return dt.timedelta(seconds=min(2.0 ** min(message.attempts, 16), _LONGEST_WAIT_S))
