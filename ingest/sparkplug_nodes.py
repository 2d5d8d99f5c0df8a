"""The edge nodes of an ingestor: in memory while they talk, in the database for the next start."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable

import orjson

from ingest.decode.sparkplug.edge_node import Birth, EdgeNode
from storage.connect import Connection
from storage.languages import StoredNode, find_node, put_node

NodeKey = tuple[str, str]  # enterprise, edge

_IN_MEMORY = 2_000
_NAME_LIMIT = 128


class Nodes:
    """Loads, keeps and saves edge nodes. What was saved with a batch is what its commit made true."""

    live = True

    def __init__(self) -> None:
        self._nodes: OrderedDict[NodeKey, EdgeNode] = OrderedDict()
        self._births_changed: set[NodeKey] = set()
        self._unsaved: set[NodeKey] = set()

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
        self._unsaved.add(key)
        if births:
            self._births_changed.add(key)

    def save(self, connection: Connection, keys: Iterable[NodeKey], now: dt.datetime) -> None:
        """Write the nodes, within the caller's transaction; ``saved`` follows its commit."""
        for key in sorted(set(keys)):
            put_node(connection, *key, _stored(self._nodes[key], births=key in self._births_changed), now)

    def saved(self, keys: Iterable[NodeKey]) -> None:
        """The transaction of ``save`` is committed."""
        self._unsaved.difference_update(keys)
        self._births_changed.difference_update(keys)

    def forget(self, enterprise: str) -> None:
        """Load the nodes of an enterprise anew: another ingestor has gone on with them."""
        for key in [key for key in self._nodes if key[0] == enterprise and key not in self._unsaved]:
            del self._nodes[key]

    def _make_room(self) -> None:
        for key in list(self._nodes)[: max(0, len(self._nodes) - _IN_MEMORY)]:
            if key not in self._unsaved:
                del self._nodes[key]


class Memories(Nodes):
    """Nodes as they were committed, for messages of the past: read, never saved."""

    live = False

    def save(self, connection: Connection, keys: Iterable[NodeKey], now: dt.datetime) -> None:
        """Nothing: the present is the stream's."""


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
