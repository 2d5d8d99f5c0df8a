"""The edge nodes of an ingestor: in memory while they talk, in the database for the next start."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping

import orjson

from ingest.decode.sparkplug.edge_node import Birth, EdgeNode
from storage.connect import Connection
from storage.languages import StoredNode, find_node, put_node

NodeKey = tuple[str, str]  # enterprise, edge

_IN_MEMORY = 2_000
_NAME_LIMIT = 128


class Nodes:
    """Loads, keeps and saves edge nodes. What is saved with a batch is what they were when the batch was read.

    A batch may be saved in another thread, while the next one is read.
    """

    live = True

    def __init__(self) -> None:
        self._nodes: OrderedDict[NodeKey, EdgeNode] = OrderedDict()
        self._births_changed: set[NodeKey] = set()
        self._changed: set[NodeKey] = set()
        self._being_saved: Counter[NodeKey] = Counter()
        self._guard = threading.Lock()

    def takes(self, key: NodeKey) -> bool:
        """Whether the edge's name can be remembered."""
        return len(key[1]) <= _NAME_LIMIT

    def load(self, connection: Connection | None, key: NodeKey) -> EdgeNode:
        """The node, from the database where it is not in memory."""
        node = self._nodes.get(key)
        if node is None:
            stored = find_node(connection, *key) if connection is not None else None
            node = self._nodes[key] = EdgeNode() if stored is None else _node(stored)
            self._make_room()
        self._nodes.move_to_end(key)
        return node

    def touch(self, key: NodeKey, *, births: bool) -> None:
        """Say that a node is about to change."""
        self._changed.add(key)
        if births:
            self._births_changed.add(key)

    def states(self, keys: Iterable[NodeKey]) -> dict[NodeKey, StoredNode]:
        """What the nodes are now, to be saved with the batch that made them so; ``saved`` follows."""
        taken = {key: _stored(self._nodes[key], births=key in self._births_changed) for key in sorted(set(keys))}
        with self._guard:
            self._being_saved.update(taken.keys())
        self._changed.difference_update(taken)
        self._births_changed.difference_update(taken)
        return taken

    def saved(self, keys: Iterable[NodeKey]) -> None:
        """The transaction of these states is over."""
        with self._guard:
            self._being_saved.subtract(list(keys))
            self._being_saved = +self._being_saved

    def forget(self, enterprise: str) -> None:
        """Load the nodes of an enterprise anew: another ingestor has gone on with them."""
        for key in [key for key in self._nodes if key[0] == enterprise and not self._is_unsaved(key)]:
            del self._nodes[key]

    def _is_unsaved(self, key: NodeKey) -> bool:
        return key in self._changed or key in self._being_saved

    def _make_room(self) -> None:
        for key in list(self._nodes)[: max(0, len(self._nodes) - _IN_MEMORY)]:
            if not self._is_unsaved(key):
                del self._nodes[key]


class Memories(Nodes):
    """Nodes as they were committed, for messages of the past: read, never saved."""

    live = False

    def states(self, keys: Iterable[NodeKey]) -> dict[NodeKey, StoredNode]:  # noqa: ARG002
        """Nothing: the present is the stream's."""
        return {}


def save_nodes(connection: Connection, states: Mapping[NodeKey, StoredNode], now: dt.datetime) -> None:
    """Write the states of nodes, within the caller's transaction."""
    for key, state in states.items():
        put_node(connection, *key, state, now)


def _stored(node: EdgeNode, *, births: bool) -> StoredNode:
    told = {device: {"datatypes": b.datatypes, "names": b.names} for device, b in node.births.items()}
    written = orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS) if births else None
    return StoredNode(written, node.seq, node.bd_seq, node.asked_us)


def _node(stored: StoredNode) -> EdgeNode:
    told = orjson.loads(stored.births or b"{}")
    births = {
        device: Birth(birth["datatypes"], {int(alias): name for alias, name in birth["names"].items()})
        for device, birth in told.items()
    }
    return EdgeNode(births, stored.seq, stored.bd_seq, stored.asked_us)
