"""The topic filters of a session, changed while it runs; a change has happened when the broker has confirmed it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Lock
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

log = logging.getLogger(__name__)

PATIENCE_S = 10.0


class Subscriptions:
    """What a session is to hold. Whatever happens to the connection, it is asked for again with the next one."""

    def __init__(self, client: mqtt.Client, filters: list[str], five: bool) -> None:
        self._client, self._five = client, five
        self._filters = dict.fromkeys(filters)
        self._turn = Lock()
        self._changed = Condition()
        self._answers: dict[int, bool] = {}
        client.on_subscribe = self._on_answer
        client.on_unsubscribe = self._on_answer

    def renew(self) -> None:
        """Ask for all of it, in a connection that has just begun."""
        if self._filters:
            self._client.subscribe(self._asked(list(self._filters)))

    def want(self, filters: list[str]) -> None:
        """Have these asked for with the next connection."""
        self._filters.update(dict.fromkeys(filters))

    def add(self, filters: list[str]) -> bool:
        """Subscribe; whether the broker has confirmed it."""
        self.want(filters)
        return self._ask(lambda: self._client.subscribe(self._asked(filters)))

    def remove(self, filters: list[str]) -> bool:
        """Unsubscribe; whether the broker has confirmed it."""
        for topic_filter in filters:
            self._filters.pop(topic_filter, None)
        return self._ask(lambda: self._client.unsubscribe(filters))

    def _asked(self, filters: list[str]) -> Any:
        """The topics at QoS 1. What a broker retains is the past: over MQTT 5 it is told to keep it."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND) if self._five else 1
        return [(topic_filter, options) for topic_filter in filters]

    def _ask(self, request: Callable[[], tuple[Any, int | None]]) -> bool:
        with self._turn:
            _, number = request()
            with self._changed:
                if number is None or not self._changed.wait_for(lambda: number in self._answers, PATIENCE_S):
                    return False
                granted = self._answers.pop(number)
                self._answers.clear()
        if not granted:
            log.error("the broker refuses a subscription: may this login read every topic?")
        return granted

    def _on_answer(self, _client: object, _data: object, number: int, reasons: Any, _properties: object) -> None:
        with self._changed:
            self._answers[number] = not any(reason.is_failure for reason in (reasons or []))
            self._changed.notify_all()
