"""Sparkplug B: a message and the state of its edge node in, values, refusals and what to do next out. Pure.

``payload`` is the protobuf, ``metrics`` makes numbers, ``edge_node`` remembers births, aliases and the sequence.
Data are QoS 0 in Sparkplug: a gap in the sequence is seen and answered by asking for a rebirth, not repaired.
"""

from __future__ import annotations

from math import nan

from ingest.decode.sparkplug.edge_node import Birth, EdgeNode
from ingest.decode.sparkplug.metrics import NUMERIC, flag_of, name_of, number_of, stamp_of
from ingest.decode.sparkplug.payload import DecodeError, Metric, Payload, new_payload, parse
from schemas.readings import Refusal
from schemas.reasons import Reason
from schemas.sparkplug import SparkplugDecoded, SparkplugNote, SparkplugTopic, SparkplugValue

__all__ = ["EdgeNode", "decode", "read_topic", "rebirth_request"]

_NAMESPACE = "spBv1.0"
_NODE_TYPES = frozenset({"NBIRTH", "NDATA", "NDEATH", "NCMD"})
_DEVICE_TYPES = frozenset({"DBIRTH", "DDATA", "DDEATH", "DCMD"})
_BD_SEQ = b"bdSeq"
_CONTROL = ("Node Control/", "Device Control/")
_COMPRESSED = b"SPBV1.0_COMPRESSED"


def read_topic(topic: str) -> SparkplugTopic | None:
    """The parts of a Sparkplug topic; None for any other, also for ``STATE``."""
    match topic.split("/"):
        case [namespace, group, kind, edge] if namespace == _NAMESPACE and kind in _NODE_TYPES and group and edge:
            return SparkplugTopic(group, kind, edge)
        case [namespace, group, kind, edge, device] if (
            namespace == _NAMESPACE and kind in _DEVICE_TYPES and group and edge and device
        ):
            return SparkplugTopic(group, kind, edge, device)
    return None


def rebirth_request(edge: SparkplugTopic, now_us: int) -> tuple[str, bytes]:
    """Topic and payload of the command that asks the edge node of ``edge`` to be born again."""
    payload = new_payload()
    payload.timestamp = now_us // 1000
    metric = payload.metrics.add()
    metric.name, metric.timestamp, metric.datatype = b"Node Control/Rebirth", now_us // 1000, 11
    metric.boolean_value = True
    return f"{_NAMESPACE}/{edge.group}/NCMD/{edge.edge}", payload.SerializeToString()


def decode(topic: SparkplugTopic, data: bytes, node: EdgeNode, now_us: int) -> SparkplugDecoded:
    """Read a message of the edge node whose state ``node`` is, and bring that state up to date.

    Values of births are readings too: they are the current ones. Commands (NCMD, DCMD) say nothing.
    """
    result = SparkplugDecoded()
    if topic.type in ("NCMD", "DCMD"):
        return result
    try:
        payload = parse(data)
    except DecodeError as error:
        result.refusals.append(Refusal(Reason.MALFORMED_PAYLOAD, f"no Sparkplug B payload: {error}"))
        return result
    if payload.uuid == _COMPRESSED:
        detail = "compressed payloads are not supported: switch compression off at the edge node"
        result.refusals.append(Refusal(Reason.MALFORMED_PAYLOAD, detail))
    elif topic.type == "NDEATH":
        _node_dies(payload, node, result)
    else:
        _live_message(topic, payload, node, now_us, result)
    return result


def _node_dies(payload: Payload, node: EdgeNode, result: SparkplugDecoded) -> None:
    bd_seq = _bd_seq(payload)
    if node.bd_seq is not None and bd_seq is not None and bd_seq != node.bd_seq:
        result.notes[SparkplugNote.OLD_DEATH] += 1  # the will of an earlier connection, delivered late
        return
    result.stale = node.dies() or [""]


def _live_message(
    topic: SparkplugTopic, payload: Payload, node: EdgeNode, now_us: int, result: SparkplugDecoded
) -> None:
    is_birth = topic.type in ("NBIRTH", "DBIRTH")
    if is_birth and not node.has_room(topic.device, len(payload.metrics)):
        detail = f"the edge node {topic.edge} has more devices or metrics than can be remembered"
        result.refusals.append(Refusal(Reason.MALFORMED_PAYLOAD, detail))
        return
    in_order = _takes_its_place(topic, payload, node, result)
    birth = node.births.get(topic.device)
    if birth is None:
        result.notes[SparkplugNote.UNBORN] += 1
    for metric in payload.metrics:
        _read_metric(topic, metric, payload, birth, result, is_birth=is_birth)
    if topic.type == "DDEATH":
        node.births.pop(topic.device, None)
        result.stale = [topic.device]
    unknown_alias = any(refusal.reason is Reason.UNKNOWN_POINT for refusal in result.refusals)
    if not in_order or unknown_alias or (birth is None and topic.type != "DDEATH"):
        result.rebirth = node.ask(now_us)


def _takes_its_place(topic: SparkplugTopic, payload: Payload, node: EdgeNode, result: SparkplugDecoded) -> bool:
    """Keep the sequence and register a birth; False if something before this message was lost."""
    seq = payload.seq if payload.HasField("seq") and payload.seq < 256 else None
    if topic.type == "NBIRTH":
        node.born(seq, _bd_seq(payload))
        return True
    if not node.alive:
        return False
    if topic.type == "DBIRTH":
        node.births[topic.device] = Birth()
    if seq is None:
        result.notes[SparkplugNote.SEQUENCE_MISSING] += 1
        return True
    if not node.follows(seq):
        result.notes[SparkplugNote.SEQUENCE_GAP] += 1
        return False
    return True


def _read_metric(
    topic: SparkplugTopic,
    metric: Metric,
    payload: Payload,
    birth: Birth | None,
    result: SparkplugDecoded,
    *,
    is_birth: bool,
) -> None:
    name = name_of(metric, birth)
    if isinstance(name, Refusal):
        result.refusals.append(name)
        return
    if is_birth and birth is not None:
        alias = metric.alias if metric.HasField("alias") else None
        if not birth.declare(name, alias, metric.datatype):
            result.notes[SparkplugNote.ALIAS_GIVEN_TWICE] += 1
    datatype = metric.datatype or (birth.datatypes.get(name, 0) if birth else 0)
    note = _no_reading(name, metric, datatype, is_birth=is_birth)
    if note is not None:
        result.notes[note] += 1
        return
    payload_ms = payload.timestamp if payload.HasField("timestamp") else None
    reading = _reading(topic, name, metric, datatype, payload_ms, result)
    if isinstance(reading, Refusal):
        result.refusals.append(reading)
    else:
        (result.faulty if reading.fault else result.values).append(reading)


def _no_reading(name: str, metric: Metric, datatype: int, *, is_birth: bool) -> SparkplugNote | None:
    """Why a metric is not even a refused reading. Text in a birth describes; text in data is a reading gone wrong."""
    if name == "bdSeq" or name.startswith(_CONTROL):
        return SparkplugNote.CONTROL_METRIC
    if metric.is_null:
        return SparkplugNote.NO_VALUE
    text = datatype not in NUMERIC or metric.WhichOneof("value") in (None, "string_value")
    return SparkplugNote.NOT_NUMERIC if is_birth and text else None


def _reading(
    topic: SparkplugTopic,
    name: str,
    metric: Metric,
    datatype: int,
    payload_ms: int | None,
    result: SparkplugDecoded,
) -> SparkplugValue | Refusal:
    stamp = stamp_of(metric, payload_ms)
    if isinstance(stamp, Refusal):
        return _named(stamp, topic, name, stamp.ts)
    ts_us, borrowed = stamp
    if borrowed:
        result.notes[SparkplugNote.STAMP_FROM_PAYLOAD] += 1
    value, flag = number_of(metric, datatype), flag_of(metric)
    series = (topic.edge, topic.device, name, ts_us)
    historical = metric.is_historical
    if isinstance(value, Refusal):
        return SparkplugValue(*series, nan, "?", historical, _named(value, topic, name, str(ts_us // 1000)))
    if isinstance(flag, Refusal):
        return SparkplugValue(*series, nan, "?", historical, _named(flag, topic, name, str(ts_us // 1000)))
    return SparkplugValue(*series, value, flag.value, historical)


def _named(refusal: Refusal, topic: SparkplugTopic, name: str, ts: str | None) -> Refusal:
    point = "/".join(part for part in (topic.edge, topic.device, name) if part)
    return Refusal(refusal.reason, refusal.detail, point, ts)


def _bd_seq(payload: Payload) -> int | None:
    for metric in payload.metrics:
        if metric.name == _BD_SEQ and metric.WhichOneof("value") in ("long_value", "int_value"):
            return metric.long_value if metric.WhichOneof("value") == "long_value" else metric.int_value
    return None
