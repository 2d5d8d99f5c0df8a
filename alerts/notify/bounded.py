"""A bound on what a channel may take: a server that answers a byte a second is slower than any time-out of a socket."""

from __future__ import annotations

import threading
from typing import Any

from alerts.notify.channels import Channel, NotDelivered

LONGEST_SEND_S = 15.0


class Bounded:
    """A channel that is left alone when it takes too long, so that its thread and whoever waits for that go on.

    What was left behind may still arrive: delivery is at least once. Until its end nothing more is tried.
    """

    def __init__(self, channel: Channel, longest_s: float = LONGEST_SEND_S) -> None:
        self._channel, self._longest_s = channel, longest_s
        self._left_behind: threading.Thread | None = None

    def send(self, message_id: int, payload: dict[str, Any]) -> None:
        """Hand a message over.

        Raises:
            NotDelivered: it was not taken, or not in time, or an earlier one still hangs.
        """
        if self._left_behind is not None and self._left_behind.is_alive():
            raise NotDelivered("an earlier message still hangs")
        raised: list[Exception] = []

        def run() -> None:
            try:
                self._channel.send(message_id, payload)
            except Exception as error:  # noqa: BLE001  raised in the thread that waits
                raised.append(error)

        thread = threading.Thread(target=run, daemon=True)  # it must not hold up the end of the process
        thread.start()
        thread.join(self._longest_s)
        if thread.is_alive():
            self._left_behind = thread
            raise NotDelivered(f"not taken within {self._longest_s:g} s")
        if raised:
            raise raised[0]
