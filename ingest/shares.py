"""This ingestor's share of the enterprises: what it subscribes to, what it keeps unread, what it passes on.

Moves are described in ``storage/shares.py``. Three threads meet here: the stream asks what may be read now, the
committer says what is committed, and ``tend`` is called every second beside them, follows the table and talks to the
broker.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from threading import Lock
from typing import Any

from ingest.consumer import Arrival, Consumer
from ingest.languages import Reader
from ingest.messages import MARK, mark_topic, topic_filters
from storage import shares as table
from storage.connect import Connection
from storage.shares import EVERYTHING, Share

log = logging.getLogger(__name__)

CAUGHT_UP_S = 5.0  # what is under way for no longer than this is the present
_AGAIN_S = 300.0  # a mark that has not come back by then is sent again: the broker may have died with it


@dataclass(slots=True)
class _Mark:
    """A message to ourselves: when it has come back, all that the broker had for us before is committed."""

    token: bytes
    sent_at: float
    settled_at: float | None = None

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.sent_at


class Shares:
    """The share of one ingestor.

    Attributes:
        empty_handed: whether nothing is subscribed, and all that the session had is committed: it may be forgotten.
    """

    def __init__(self, client_id: str, consumer: Consumer, prefix: str, claims: list[str] | None) -> None:
        self.empty_handed = False
        self._me, self._consumer, self._prefix, self._claims = client_id, consumer, prefix, claims
        self._mark_topic = mark_topic(prefix, client_id)
        self._guard = Lock()
        self._kept_back: frozenset[str] = frozenset()  # enterprises that are not ours to read yet
        self._acquired: set[str] = set()  # since the stream last asked
        self._waiting: deque[Any] = deque()  # arrivals of the stream that are kept back
        self._came: list[Arrival] = []  # marks of the stream whose predecessors are not committed
        self._held: frozenset[str] = frozenset()  # enterprises of which parts of a message wait for the others
        self._settled_held: frozenset[str] = frozenset()  # the same, as the stream told it last
        self._subscribed: set[str] | None = None  # None: the session may hold anything
        self._probe: _Mark | None = None
        self._leaving: dict[str, _Mark] = {}

    # the stream's side

    def admit(self, arrivals: list[Any], reader: Reader) -> list[Any]:
        """Of what came, and of what was kept back before, that which may be read now."""
        with self._guard:
            kept_back, acquired, self._acquired = self._kept_back, self._acquired, set()
        for enterprise in acquired:
            reader.nodes.forget(enterprise)  # another has read it meanwhile, and saved what it knows
        if not kept_back and not self._waiting:
            self._came += [a for a in arrivals if a.message.language == MARK]
            return [a for a in arrivals if a.message.language != MARK]
        admitted, waiting = [], self._waiting
        self._waiting = deque()
        for arrival in [*waiting, *arrivals]:
            if arrival.message.language == MARK:
                self._came.append(arrival)
            elif arrival.message.enterprise in kept_back:
                self._waiting.append(arrival)
            else:
                admitted.append(arrival)
        return admitted

    def settlement(self, reader: Reader) -> Callable[[], None] | None:
        """What is to be called once all that was admitted so far is committed, but what the reader holds."""
        held, came = reader.held_enterprises(), self._came
        if not came and held == self._settled_held:
            return None
        self._came, self._settled_held = [], held
        return partial(self._settle, held, came)

    def _settle(self, held: frozenset[str], came: list[Arrival]) -> None:
        with self._guard:
            self._held = held
            for mark in [self._probe, *self._leaving.values()]:
                if mark is not None and any(arrival.message.payload == mark.token for arrival in came):
                    mark.settled_at = time.monotonic()
        self._consumer.acknowledge(came)

    # the table's side

    def prepare(self, connection: Connection) -> None:
        """Learn our share before the first message comes."""
        found = table.enroll(connection, self._me, self._claims)
        self._consumer.subscriptions.want([self._mark_topic, *self._filters(self._wanted(found))])
        self._keep_back(found)

    def tend(self, connection: Connection) -> None:
        """Follow the table: subscribe, leave, offer, secure, pass on."""
        if not self._consumer.connected.is_set():
            return
        found = table.keep_whole(connection, self._me)
        self._keep_back(found)
        if self._subscribe(connection, found):
            for share in found:
                if share.successor == self._me and share.stage == "offered":
                    table.secure(connection, self._me, share.enterprise)
            self._pass_on(connection, found)
        self._see_whether_empty(found)
        held = sorted(self._subscribed or ())
        table.say_subscribed(connection, self._me, held, drained=self.empty_handed)

    def _wanted(self, found: list[Share]) -> set[str]:
        """What our session is to hold: what is ours, unless it is on its way out, and what is on its way in."""
        ours = {s.enterprise for s in found if s.ingestor == self._me and s.enterprise not in self._leaving}
        return ours | {s.enterprise for s in found if s.successor == self._me and s.stage in ("offered", "secured")}

    def _keep_back(self, found: list[Share]) -> None:
        coming = frozenset(s.enterprise for s in found if s.successor == self._me and s.ingestor != self._me)
        with self._guard:
            self._acquired |= self._kept_back - coming
            self._kept_back = coming

    def _subscribe(self, connection: Connection, found: list[Share]) -> bool:
        """Make the session hold what it is to hold: first what is new, then away with the rest."""
        wanted, held = self._wanted(found), self._subscribed
        new = wanted - (held or set())
        if (new or held is None) and not self._consumer.subscriptions.add([self._mark_topic, *self._filters(new)]):
            return False
        known = {EVERYTHING, *table.weights(connection)} if held is None else held
        old = known - wanted
        if old and not self._consumer.subscriptions.remove(self._filters(old)):
            return False
        if wanted != held:
            log.info("reads %s", ", ".join(sorted(wanted)) or "nothing")
        self._subscribed = wanted
        return True

    def _pass_on(self, connection: Connection, found: list[Share]) -> None:
        mine = {s.enterprise: s for s in found if s.ingestor == self._me}
        if any(share.stage == "wanted" for share in mine.values()) and self._caught_up():
            table.offer(connection, self._me)
        secured = {enterprise for enterprise, share in mine.items() if share.stage == "secured"}
        for enterprise in set(self._leaving) - secured:
            del self._leaving[enterprise]  # passed on, or the plan was changed
        for enterprise in sorted(set(self._leaving)):
            self._finish(connection, enterprise)
        begun = secured - set(self._leaving) - self._held
        if begun and self._consumer.subscriptions.remove(self._filters(begun)):
            self._subscribed = (self._subscribed or set()) - begun
            mark = self._send_mark()
            self._leaving.update(dict.fromkeys(begun, mark))

    def _finish(self, connection: Connection, enterprise: str) -> None:
        """Pass an enterprise on once the mark that was sent after leaving it has come back."""
        mark = self._leaving[enterprise]
        if mark.settled_at is None and mark.age_s > _AGAIN_S:
            self._leaving[enterprise] = self._send_mark()
        if (
            mark.settled_at is not None
            and enterprise not in self._held
            and table.pass_on(connection, self._me, enterprise)
        ):
            del self._leaving[enterprise]
            log.info("%s is passed on", enterprise)

    def _caught_up(self) -> bool:
        """Whether what is sent now is committed within seconds, as a mark shows."""
        probe = self._probe
        if probe is None or (probe.settled_at is None and probe.age_s > _AGAIN_S):
            self._probe = self._send_mark()
            return False
        if probe.settled_at is None:
            return False
        self._probe = None
        return probe.settled_at - probe.sent_at < CAUGHT_UP_S

    def _see_whether_empty(self, found: list[Share]) -> None:
        idle = self._subscribed == set() and not any(self._me in (s.ingestor, s.successor) for s in found)
        quiet = idle and not self._waiting and not self._held
        self.empty_handed = quiet and (self.empty_handed or self._caught_up())

    def _send_mark(self) -> _Mark:
        mark = _Mark(token_hex(8).encode(), time.monotonic())
        self._consumer.publish(self._mark_topic, mark.token)
        return mark

    def _filters(self, enterprises: set[str]) -> list[str]:
        return topic_filters(self._prefix, sorted(enterprises))
