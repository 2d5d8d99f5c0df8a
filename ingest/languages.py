"""Messages of every language read, with the memory that two of them need.

A message is read once, however often its batch is written: what its language remembers has moved on by then. HJ 212
parts that wait for their siblings hold their message back: it is neither answered nor acknowledged before.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from typing import Any

from ingest.decode import hj212, sparkplug
from ingest.decode.columns import Columns
from ingest.decode.hj212.replies import acknowledgement
from ingest.decode.sparkplug.edge_node import EdgeNode
from ingest.decode.status import GatewayState, Status, decode_status
from ingest.decode.telemetry import PAYLOAD_LIMIT, decode_telemetry
from ingest.directory import Directory
from ingest.messages import STATUS, TCP, Message
from ingest.names import SparkplugName, name_of
from ingest.sparkplug_nodes import NodeKey, Nodes
from schemas.hj212 import Hj212Decoded, Hj212Device
from schemas.readings import Refusal
from schemas.reasons import Reason
from schemas.sparkplug import SparkplugDecoded, SparkplugNote, SparkplugTopic
from storage.connect import Connection, is_outage

log = logging.getLogger(__name__)

_REMEMBERING = frozenset({"hj212", "sparkplug"})  # what they say depends on what they said
HELD_S = 20.0  # how long a part waits for its siblings


class StatusNote(StrEnum):
    """What was met in statuses of gateways."""

    UNREADABLE = "unreadable"


@dataclass(slots=True, eq=False)
class Entry:
    """A message that has been read, until it is answered.

    Attributes:
        arrival: whatever its answer needs.
        came_us: when it came, if that says something of its gateway; None for what is taken in again.
        status: what the gateway, or its will, says of itself with it.
        noted: what its decoder tolerated or met, by language and kind.
        node: the edge node whose state it changed.
        stale: metrics of which nothing more will come.
        commands: topics and payloads to publish after the commit.
        replies: bytes for the sender after the commit, over TCP.
    """

    arrival: Any
    message: Message
    came_us: int | None = None
    status: Status | None = None
    columns: Columns = field(default_factory=Columns)
    noted: Counter[tuple[str, str]] | None = None
    node: NodeKey | None = None
    stale: Sequence[SparkplugName] = ()
    commands: Sequence[tuple[str, bytes]] = ()
    replies: bytes = b""

    @property
    def is_delivery(self) -> bool:
        """Whether it is booked and answered; what a gateway says of itself is neither."""
        return self.message.language != STATUS

    def note(self, language: str, counts: Mapping[Any, int]) -> None:
        """Add to what its decoder tolerated or met, by kind."""
        told = {(language, kind.value): n for kind, n in counts.items()}
        self.noted = Counter(told) if self.noted is None else self.noted + Counter(told)


class Reader:
    """Reads the messages of one ingestor, in their order."""

    def __init__(self, nodes: Nodes | None = None) -> None:
        self.nodes = Nodes() if nodes is None else nodes
        self._assemblers: dict[tuple[str, str], hj212.Assembler] = {}
        self._held: dict[int, Entry] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        """Messages that are held back."""
        return len(self._held)

    def held_enterprises(self) -> frozenset[str]:
        """Whose messages are held back."""
        return frozenset(entry.message.enterprise for entry in self._held.values())

    def read(
        self,
        arrival: Any,
        message: Message,
        directory: Directory,
        now_us: int,
        connection: Connection | None = None,
        came_us: int | None = None,
    ) -> list[Entry]:
        """Read a message; what can be written now: it, and messages that waited for it.

        Args:
            came_us: when it came, for messages of the stream.

        Raises:
            OperationalError: the state of an edge node cannot be loaded; nothing was read.
        """
        if message.language not in _REMEMBERING and message.language != STATUS:  # by far the most
            return [Entry(arrival, message, came_us, None, _read_telemetry(message))]
        entry = Entry(arrival, message, came_us)
        if message.language == STATUS:
            entry.status = decode_status(message.payload)
            if entry.status is None:
                entry.note(STATUS, {StatusNote.UNREADABLE: 1})
            return [entry]
        if len(message.payload) > PAYLOAD_LIMIT:
            detail = f"{len(message.payload)} bytes; the limit is {PAYLOAD_LIMIT}"
            entry.columns.refuse(Reason.PAYLOAD_TOO_LARGE, detail)
            return [entry]
        try:
            return self._read(entry, directory, now_us, connection)
        except Exception as error:
            if is_outage(error):
                raise
            entry.columns = _failed(message, error)
            return [entry]

    def expire(self, directory: Directory, now_us: int) -> list[Entry]:
        """Messages whose parts have waited long enough; to be called now and then."""
        ready = []
        for key, assembler in list(self._assemblers.items()):
            result = hj212.expire(assembler, now_us, devices=directory.devices(key[0]))
            released = self._release(result)
            ready += released
            taker = released[-1] if released else self._newest_held(key)
            if taker is not None:
                _take_hj212(result, taker)
            self._tidy(key)
        return ready

    def _read(self, entry: Entry, directory: Directory, now_us: int, connection: Connection | None) -> list[Entry]:
        if entry.message.language == "hj212":
            return self._read_hj212(entry, directory, now_us)
        self._read_sparkplug(entry, directory, now_us, connection)
        return [entry]

    def _read_hj212(self, entry: Entry, directory: Directory, now_us: int) -> list[Entry]:
        message = entry.message
        if message.topic.startswith(TCP):
            entry.message = message = message._replace(enterprise=directory.enterprise_of(message.gateway))
        key, number = (message.enterprise, message.gateway), next(self._numbers)
        devices = directory.devices(message.enterprise)
        assembler = self._assemblers.setdefault(key, hj212.Assembler(max_age_s=HELD_S))
        result = hj212.decode(message.payload, now_us, devices=devices, assembler=assembler, source=number)
        released = self._release(result)
        self._tidy(key)
        for frame in result.frames:
            device = devices.get(frame.header.mn, Hj212Device())
            entry.replies += acknowledgement(frame.header, device.crc) or b""
        if not result.held:
            _take_hj212(result, entry)
            return [*released, entry]
        self._held[number] = entry
        _take_hj212(result, released[-1] if released else entry)  # what goes out now must be written now
        return released

    def _release(self, result: Hj212Decoded) -> list[Entry]:
        found = (self._held.pop(number, None) for number in result.released if isinstance(number, int))
        return [entry for entry in found if entry is not None]

    def _newest_held(self, key: tuple[str, str]) -> Entry | None:
        mine = (e for e in reversed(self._held.values()) if (e.message.enterprise, e.message.gateway) == key)
        return next(mine, None)

    def _tidy(self, key: tuple[str, str]) -> None:
        if not len(self._assemblers[key]):
            del self._assemblers[key]

    def _read_sparkplug(self, entry: Entry, directory: Directory, now_us: int, connection: Connection | None) -> None:
        topic = sparkplug.read_topic(entry.message.topic)
        if topic is None:
            entry.columns.refuse(Reason.MALFORMED_PAYLOAD, "the topic is none of Sparkplug B")
            return
        key = (topic.group, topic.edge)
        known = topic.group in directory.positions and self.nodes.takes(key)
        node = self.nodes.load(connection, key) if known else EdgeNode()
        names = (
            {device: list(birth.datatypes) for device, birth in node.births.items()} if "DEATH" in topic.type else {}
        )
        if known:
            entry.node = key
            self.nodes.touch(key, births=topic.type in ("NBIRTH", "DBIRTH", "NDEATH", "DDEATH"))
        result = sparkplug.decode(topic, entry.message.payload, node, now_us)
        _take_sparkplug(result, topic, entry)
        entry.stale = [SparkplugName(topic.edge, d, metric) for d in result.stale for metric in names.get(d, [])]
        if topic.type == "NDEATH":
            entry.status = Status(GatewayState.OFFLINE)
            if SparkplugNote.OLD_DEATH in result.notes:
                entry.came_us = None  # it says nothing of the gateway that is
        if result.rebirth and known:
            entry.commands = [sparkplug.rebirth_request(topic, now_us)]


def read_alone(message: Message, directory: Directory, now_us: int) -> list[Entry]:
    """Read a message that nothing came before and nothing follows."""
    reader = Reader()
    ready = reader.read(None, message, directory, now_us)
    return ready + reader.expire(directory, now_us + round(1e6 * HELD_S) + 1)


def _read_telemetry(message: Message) -> Columns:
    try:
        return decode_telemetry(message.payload)
    except Exception as error:  # noqa: BLE001  one message's own: the stream goes on
        return _failed(message, error)


def _failed(message: Message, error: Exception) -> Columns:
    log.error("reading a message of %s on %s failed", message.enterprise[:64], message.topic[:200], exc_info=error)
    columns = Columns()
    columns.refuse(Reason.MALFORMED_PAYLOAD, f"internal error: {type(error).__name__}: {error}")
    return columns


def _take_hj212(result: Hj212Decoded, entry: Entry) -> None:
    columns = entry.columns
    for value in result.values + result.faulty:
        if value.fault is not None:
            columns.faults[len(columns.points)] = value.fault.detail
        columns.names.append(name_of(value))
        columns.points.append(f"{value.mn}/{value.code}-{value.suffix}")
        _take(columns, value.ts_us, value.value, value.flag, value.fault)
    columns.refusals += result.refusals
    entry.note("hj212", result.tolerated)


def _take_sparkplug(result: SparkplugDecoded, topic: SparkplugTopic, entry: Entry) -> None:
    columns = entry.columns
    for value in result.values + result.faulty:
        if value.fault is not None:
            columns.faults[len(columns.points)] = value.fault.detail
        name = SparkplugName(value.edge, value.device, value.metric)
        columns.names.append(name)
        columns.points.append(name.paths[0])
        _take(columns, value.ts_us, value.value, value.flag, value.fault)
    columns.refusals += [_placed(refusal, topic) for refusal in result.refusals]
    entry.note("sparkplug", result.notes)


def _placed(refusal: Refusal, topic: SparkplugTopic) -> Refusal:
    return refusal if refusal.point else replace(refusal, point=topic.device or None)


def _take(columns: Columns, ts_us: int, value: float, flag: str, fault: Refusal | None) -> None:
    if fault is not None and fault.reason is Reason.UNKNOWN_FLAG:
        value = 0.0  # any number: the flag is what it is refused for
    columns.ts_us.append(ts_us)
    columns.values.append(value)
    columns.flags.append(flag)
