"""The protobuf messages of Sparkplug B (``org.eclipse.tahu.protobuf``), as far as numbers need them.

Field numbers are the specification's. Other fields (data sets, templates, metadata) are skipped as unknown. Text is
declared as bytes, which is the same on the wire, so that a damaged name spoils its own metric and not the payload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, cast

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

__all__ = ["DecodeError", "Metric", "Payload", "new_payload", "parse"]

_F = FieldDescriptorProto
_PACKAGE = "parkwatch.sparkplug"
_VALUE = {
    "int_value": _F.TYPE_UINT32,
    "long_value": _F.TYPE_UINT64,
    "float_value": _F.TYPE_FLOAT,
    "double_value": _F.TYPE_DOUBLE,
    "boolean_value": _F.TYPE_BOOL,
    "string_value": _F.TYPE_BYTES,
}

ValueField = Literal["int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value"]


class _Numbers(Protocol):
    int_value: int
    long_value: int
    float_value: float
    double_value: float
    boolean_value: bool
    string_value: bytes

    def WhichOneof(self, oneof_group: Literal["value"]) -> ValueField | None: ...  # noqa: N802  protobuf's name
    def HasField(self, field_name: str) -> bool: ...  # noqa: N802


class Property(_Numbers, Protocol):
    """A PropertyValue."""

    is_null: bool


class PropertySet(Protocol):
    """Parallel lists of keys and values."""

    keys: Sequence[bytes]
    values: Sequence[Property]


class Metric(_Numbers, Protocol):
    """A metric; ``HasField`` tells an absent field from a zero."""

    name: bytes
    alias: int
    timestamp: int
    datatype: int
    is_historical: bool
    is_null: bool
    properties: PropertySet


class _Metrics(Protocol):
    def add(self) -> Metric: ...
    def __iter__(self) -> Iterator[Metric]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Metric: ...


class Payload(Protocol):
    """A payload; timestamps are milliseconds since the epoch."""

    timestamp: int
    metrics: _Metrics
    seq: int
    uuid: bytes

    def HasField(self, field_name: str) -> bool: ...  # noqa: N802
    def SerializeToString(self) -> bytes: ...  # noqa: N802


def parse(data: bytes) -> Payload:
    """``data`` as a payload.

    Raises:
        DecodeError: it is none.
    """
    message = _PAYLOAD()
    message.ParseFromString(data)
    return cast("Payload", message)


def new_payload() -> Payload:
    """An empty payload to fill in."""
    return cast("Payload", _PAYLOAD())


def _field(
    message: DescriptorProto,
    name: str,
    number: int,
    kind: _F.Type.ValueType,
    *,
    repeated: bool = False,
    of: str = "",
    in_oneof: bool = False,
) -> None:
    label = _F.LABEL_REPEATED if repeated else _F.LABEL_OPTIONAL
    added = message.field.add(name=name, number=number, type=kind, label=label)
    if of:
        added.type_name = f".{_PACKAGE}.{of}"
    if in_oneof:
        added.oneof_index = 0


def _values(message: DescriptorProto, first_number: int) -> None:
    message.oneof_decl.add(name="value")
    for number, (name, kind) in enumerate(_VALUE.items(), first_number):
        _field(message, name, number, kind, in_oneof=True)


def _payload_class() -> type[Message]:
    file = FileDescriptorProto(name="parkwatch/sparkplug.proto", package=_PACKAGE, syntax="proto2")
    prop = file.message_type.add(name="PropertyValue")
    _field(prop, "is_null", 2, _F.TYPE_BOOL)
    _values(prop, 3)
    properties = file.message_type.add(name="PropertySet")
    _field(properties, "keys", 1, _F.TYPE_BYTES, repeated=True)
    _field(properties, "values", 2, _F.TYPE_MESSAGE, repeated=True, of="PropertyValue")
    metric = file.message_type.add(name="Metric")
    _field(metric, "name", 1, _F.TYPE_BYTES)
    _field(metric, "alias", 2, _F.TYPE_UINT64)
    _field(metric, "timestamp", 3, _F.TYPE_UINT64)
    _field(metric, "datatype", 4, _F.TYPE_UINT32)
    _field(metric, "is_historical", 5, _F.TYPE_BOOL)
    _field(metric, "is_null", 7, _F.TYPE_BOOL)
    _field(metric, "properties", 9, _F.TYPE_MESSAGE, of="PropertySet")
    _values(metric, 10)
    payload = file.message_type.add(name="Payload")
    _field(payload, "timestamp", 1, _F.TYPE_UINT64)
    _field(payload, "metrics", 2, _F.TYPE_MESSAGE, repeated=True, of="Metric")
    _field(payload, "seq", 3, _F.TYPE_UINT64)
    _field(payload, "uuid", 4, _F.TYPE_BYTES)
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_PAYLOAD = _payload_class()
