"""Which gateways spoke with a batch, which are gone by their will, and whose gateway speaks for a point."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.assemble import booked
from ingest.decode.status import GatewayState, Status
from ingest.languages import Entry
from schemas.batches import Batch
from storage.gateways import GatewayWord

_NOBODY = -1
_LEARN_AGAIN = dt.timedelta(minutes=10)  # another ingestor may have told of a point meanwhile


def words_of(entries: Iterable[Entry]) -> list[GatewayWord]:
    """What entries say of their gateways, in any order of the entries but that of a gateway's own statuses.

    A will that names another connection than the one that said last that it is online is of a former one.
    """
    heard: dict[tuple[str, str], tuple[int, int]] = {}  # most entries say no more: a word for each would cost too much
    statuses: list[tuple[int, Status, tuple[str, str]]] = []
    for entry in entries:
        came_us = entry.came_us
        if came_us is None:
            continue
        sender = (booked(entry.message.enterprise), booked(entry.message.gateway))
        if entry.status is not None:
            statuses.append((came_us, entry.status, sender))
            continue
        first_us, last_us = heard.get(sender, (came_us, came_us))
        heard[sender] = (min(first_us, came_us), max(last_us, came_us))
    said = {sender: GatewayWord(*sender, *times) for sender, times in heard.items()}
    for came_us, status, sender in statuses:
        said[sender] = _with_status(said.get(sender) or GatewayWord(*sender), came_us, status)
    return [said[sender] for sender in sorted(said)]


def _with_status(word: GatewayWord, came_us: int, status: Status) -> GatewayWord:
    if status.state is GatewayState.OFFLINE:
        if not word.session or status.session in ("", word.session):
            return replace(word, gone_us=came_us, gone_session=status.session)
        return word
    first_us, heard_us = min(word.first_us or came_us, came_us), max(word.heard_us or came_us, came_us)
    return replace(word, first_us=first_us, heard_us=heard_us, session=status.session)


class Spokesmen:
    """The gateway that spoke last for each point, as far as this ingestor has told the database."""

    def __init__(self) -> None:
        self._gateways: dict[str, int] = {}
        self._of_point: NDArray[np.int32] = np.zeros(0, np.int32)
        self._learnt_at = dt.datetime.min.replace(tzinfo=dt.UTC)

    def changes(self, batch: Batch, now: dt.datetime) -> dict[int, str]:
        """The points of a batch for which another gateway speaks now than before, or that are new."""
        if now - self._learnt_at > _LEARN_AGAIN:
            self._gateways.clear()
            self._of_point, self._learnt_at = np.zeros(0, np.int32), now
        points = batch.block.point_id
        if not len(points):
            return {}
        told = [self._gateways.setdefault(d.gateway, len(self._gateways)) for d in batch.deliveries]
        speaks = np.array(told, np.int32)[batch.delivery]
        room = int(points.max()) + 1 - len(self._of_point)
        if room > 0:
            self._of_point = np.concatenate([self._of_point, np.full(room, _NOBODY, np.int32)])
        other = np.flatnonzero(self._of_point[points] != speaks)
        if not len(other):
            return {}
        self._of_point[points[other]] = speaks[other]  # of several in one batch the last one counts
        names = list(self._gateways)
        changed = np.unique(points[other])
        return {int(point): names[self._of_point[point]] for point in changed}

    def forget(self) -> None:
        """What was told may not have been committed."""
        self._gateways.clear()
        self._of_point = np.zeros(0, np.int32)
