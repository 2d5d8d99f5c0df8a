"""Entries into the database: statistics registered, one transaction a batch, the one message isolated that cannot be.

An outage is raised, to be tried again; anything else that goes wrong is some message's own: the batch is halved until
it stands alone, and it alone is refused, its bytes kept.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.assemble import assemble_columns
from ingest.directory import UNKNOWN_POINT, Directory, read_directory
from ingest.languages import Entry, Reader
from ingest.names import Hj212Name
from ingest.sparkplug_nodes import NodeKey, save_nodes
from ingest.words import Spokesmen, words_of
from schemas.batches import Batch
from schemas.errors import Unavailable
from schemas.readings import Receipt
from schemas.reasons import Reason
from storage.connect import Connection, is_outage
from storage.gateways import note_words, put_spokesmen
from storage.languages import StoredNode, add_notes, note_staleness
from storage.seen_points import SeenPoint, add_seen_points
from storage.write_batch import BatchWriter

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Entries identified and examined, with all that their commit writes beside them.

    Attributes:
        nodes: the edge nodes as these entries left them.
        stale, awake: keys of the points that fell silent, and of those that spoke.
    """

    entries: list[Entry]
    batch: Batch
    nodes: dict[NodeKey, StoredNode]
    stale: list[int]
    awake: list[int]

    def answered(self, receipts: list[Receipt]) -> list[tuple[Entry, Receipt | None]]:
        """Each entry with its receipt; None where it gets none."""
        given = iter(receipts)
        return [(entry, next(given) if entry.is_delivery else None) for entry in self.entries]


class Clerk:
    """Prepares entries, on a connection of its own: one batch is prepared while another is committed."""

    def __init__(self, connection: Connection, reader: Reader) -> None:
        self.connection = connection
        self._reader = reader
        self._directory: Directory | None = None

    def directory(self) -> Directory:
        """The registry as it is now."""
        self._directory = read_directory(self.connection, self._directory)
        return self._directory

    def prepare(self, entries: list[Entry], nodes: Mapping[NodeKey, StoredNode] | None = None) -> Prepared:
        """Identify and examine entries as of now.

        Args:
            nodes: the edge nodes as they were when these entries, and maybe others, were prepared before.

        Raises:
            OperationalError, Unavailable: the database is away; nothing has changed.
        """
        now = dt.datetime.now(dt.UTC)
        directory = self._register_seen(entries, self.directory())
        told = [entry for entry in entries if entry.is_delivery]
        batch = assemble_columns([e.message for e in told], [e.columns for e in told], directory, now)
        talking = [entry for entry in entries if entry.node is not None]
        keys = {entry.node for entry in talking if entry.node}
        states = self._reader.nodes.states(keys) if nodes is None else {k: nodes[k] for k in keys if k in nodes}
        stale, awake = _staleness(talking, directory) if self._reader.nodes.live else ([], [])
        return Prepared(entries, batch, states, stale, awake)

    def _register_seen(self, entries: list[Entry], directory: Directory) -> Directory:
        """Register the loggers' own statistics that no point stands for yet."""
        seen: dict[tuple[int, str], SeenPoint] = {}
        for entry in (entry for entry in entries if entry.columns.names):
            for name in dict.fromkeys(entry.columns.names):
                if not isinstance(name, Hj212Name) or not name.part:
                    continue
                live = directory.live_position(entry.message.enterprise, name)
                if live >= 0 and directory.position_of(entry.message.enterprise, name) == UNKNOWN_POINT:
                    point = _seen_point(int(directory.point_id[live]), name)
                    seen[point.live_id, point.part] = point
        if not seen:
            return directory
        added = add_seen_points(self.connection, list(seen.values()))
        log.info("statistics seen for the first time: %s", ", ".join(added) or "known to another ingestor")
        return self.directory()


class Desk(Clerk):
    """One connection's writer with its view of the registry."""

    def __init__(self, connection: Connection, writer: BatchWriter, reader: Reader) -> None:
        super().__init__(connection, reader)
        self._writer = writer
        self._spokesmen = Spokesmen()

    def write(
        self,
        entries: list[Entry],
        beside: Callable[[Connection], None] | None = None,
        prepared: Prepared | None = None,
    ) -> list[tuple[Entry, Receipt | None]]:
        """Commit entries; each with its receipt, in order. One that cannot even be refused is left out, unanswered.

        What a gateway says of itself gets no receipt.

        Args:
            beside: what else is to be written in the transaction.
            prepared: the same entries, where they are prepared already.

        Raises:
            OperationalError, Unavailable: the database is away; what is committed by then counts as redelivered.
        """
        return self._write(entries, beside, prepared, None)

    def _write(
        self,
        entries: list[Entry],
        beside: Callable[[Connection], None] | None,
        prepared: Prepared | None,
        nodes: Mapping[NodeKey, StoredNode] | None,
    ) -> list[tuple[Entry, Receipt | None]]:
        try:
            prepared = prepared or self.prepare(entries, nodes)
            return self._commit(prepared, beside)
        except Exception as error:
            if is_outage(error):
                raise
            if self.connection.closed:
                raise Unavailable(f"database: {error}") from error
            if len(entries) == 1:
                return self._refuse(entries[0], error, beside)
        middle, nodes = len(entries) // 2, prepared.nodes if prepared else nodes
        first = self._write(entries[:middle], beside, None, nodes)
        return first + self._write(entries[middle:], beside, None, nodes)

    def _refuse(
        self, entry: Entry, error: Exception, beside: Callable[[Connection], None] | None
    ) -> list[tuple[Entry, Receipt | None]]:
        topic = entry.message.topic[:200]
        log.error("a message on %s cannot be written; it alone is refused", topic, exc_info=error)
        refused = Entry(entry.arrival, entry.message, entry.came_us, replies=entry.replies)
        detail = f"internal error: {type(error).__name__}: {error}"
        refused.columns.refuse(Reason.REFUSED_BY_DATABASE, detail)
        try:
            return self._commit(self.prepare([refused]), beside)
        except Exception as again:
            if is_outage(again):
                raise
            if self.connection.closed:
                raise Unavailable(f"database: {again}") from again
            log.critical("a message on %s cannot even be kept; it stays with the broker", topic, exc_info=again)
            return []

    def _commit(
        self, prepared: Prepared, beside: Callable[[Connection], None] | None
    ) -> list[tuple[Entry, Receipt | None]]:
        now = dt.datetime.now(dt.UTC)

        def remember(connection: Connection) -> None:
            save_nodes(connection, prepared.nodes, now)
            if prepared.stale or prepared.awake:
                note_staleness(connection, prepared.stale, prepared.awake, now)
            add_notes(connection, sum((entry.noted for entry in prepared.entries if entry.noted), Counter()))
            if self._reader.nodes.live:
                note_words(connection, words_of(prepared.entries))
                put_spokesmen(connection, self._spokesmen.changes(prepared.batch, now))
            if beside is not None:
                beside(connection)

        try:
            receipts = self._writer.write(prepared.batch, now, remember)
        except BaseException:
            self._spokesmen.forget()
            raise
        self._reader.nodes.saved(prepared.nodes)
        return prepared.answered(receipts)


def _seen_point(live_id: int, name: Hj212Name) -> SeenPoint:
    kind = "interval" if name.interval_s else "gauge"
    return SeenPoint(live_id, name.part, kind, float(name.interval_s) or None, name.same_unit)


def _staleness(entries: list[Entry], directory: Directory) -> tuple[list[int], list[int]]:
    """Keys of the points that fell silent with this batch, and of those that spoke in it; the last word counts."""
    silent: dict[int, bool] = {}
    for entry in entries:
        for names, is_silent in ((entry.columns.names, False), (entry.stale, True)):
            positions = (directory.position_of(entry.message.enterprise, name) for name in names)
            silent.update(dict.fromkeys((int(directory.point_id[p]) for p in positions if p >= 0), is_silent))
    stale = [key for key, is_silent in silent.items() if is_silent]
    return stale, [key for key, is_silent in silent.items() if not is_silent]
