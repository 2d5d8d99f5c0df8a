"""The registry file: parks, enterprises, points, meter epochs, instruments and rules, read strictly.

A misspelt key, a wrong unit of time or a point named twice is an error that names file, line and field.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Annotated, Any

import msgspec
import yaml

from schemas.durations import parse_duration
from schemas.errors import InvalidInput
from schemas.hj212 import CrcVariant, LengthRule
from schemas.meter_care import attribute_faults, parent_faults, written_attributes
from schemas.points import ELECTRICITY_ROLES, Basis, Kind, Role
from schemas.structs import struct_reader
from schemas.units import plain_unit

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
PointCode = Annotated[str, msgspec.Meta(pattern=r"^[^/+#\s\x00][^/+#\x00]{0,127}$")]


_DEVICE_KEY = re.compile(r"[^\x00]+/[^\x00]+")


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class EpochSpec(_Strict, frozen=True, rename={"valid_from": "from"}):
    """From when a register counts how: width, multiplier (CT x PT), declared registers."""

    valid_from: dt.datetime
    width: float | None = None
    multiplier: float = 1.0
    first: float | None = None
    last: float | None = None
    reason: str | None = None


class Hj212Spec(_Strict, frozen=True):
    mn: str
    code: str
    unit: str | None = None
    crc: CrcVariant = CrcVariant.STRICT
    length: LengthRule = LengthRule.STRICT
    minute_interval: str | float = "10min"

    @property
    def settings(self) -> dict[str, str]:
        """What differs from the standard, as attributes of the point."""
        told = {"hj212_crc": self.crc, "hj212_length": self.length}
        settings = {name: value.value for name, value in told.items() if value != "strict"}
        minutes = round(parse_duration(self.minute_interval))
        return settings if minutes == 600 else {**settings, "hj212_minute_interval_s": str(minutes)}


class PointSpec(_Strict, frozen=True):
    """One measuring point. Unset ``medium`` and ``quantity`` follow from the role."""

    code: PointCode
    role: Role
    kind: Kind
    unit: str
    name: str = ""
    medium: str = ""
    quantity: str = ""
    interval: str | float = "60s"
    epochs: list[EpochSpec] = []
    range: tuple[float | None, float | None] | None = None
    plausible: tuple[float | None, float | None] | None = None
    max_age: str | float | None = None
    capacity_kw: float | None = None
    reported_basis: Basis | None = None
    outlet: Code | None = None
    location: tuple[float, float] | None = None
    hj212: Hj212Spec | None = None
    sparkplug: str | None = None
    telemetry: str | None = None
    attributes: dict[str, Any] = {}

    @property
    def interval_s(self) -> float:
        return parse_duration(self.interval)

    @property
    def max_age_s(self) -> float | None:
        return None if self.max_age is None else parse_duration(self.max_age)

    @property
    def stored_attributes(self) -> dict[str, Any]:
        """The free attributes, a device's key, and what a logger does otherwise than the standard."""
        attributes = written_attributes(self.attributes)
        if self.telemetry is not None:
            attributes = {**attributes, "telemetry": self.telemetry}
        return attributes if self.hj212 is None else {**attributes, **self.hj212.settings}


class InstrumentSpec(_Strict, frozen=True):
    """A certificate, a green-power trade, or a certificate sold out of own generation."""

    id: str
    kind: str
    mwh: float
    vintage: str | None = None
    period: str | None = None
    use_period: str | None = None
    cancelled: dt.date | None = None
    settlement: str = "monthly"
    serials: list[str] = []


class ParkSpec(_Strict, frozen=True):
    code: Code
    name: str = ""


class EnterpriseSpec(_Strict, frozen=True):
    code: Code
    park: Code
    name: str = ""
    industry: str | None = None
    points: list[PointSpec] = []
    instruments: list[InstrumentSpec] = []


class Registry(_Strict, frozen=True):
    parks: list[ParkSpec] = []
    enterprises: list[EnterpriseSpec] = []
    rules: list[dict[str, Any]] = []
    include_packs: list[str] = []
    notifications: dict[str, Any] = {}


_read = struct_reader(Registry)


def parse_registry(text: str, source: str = "registry") -> Registry:
    """Read a registry file.

    Raises:
        InvalidInput: names the file, the line and the field.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"not YAML: {error}", source=source) from error
    except ValueError as error:  # a date that no calendar has
        raise InvalidInput(f"a value cannot be read: {error}", source=source) from error
    try:
        registry = _read(document if document is not None else {})
        _examine(registry)
    except (msgspec.ValidationError, _Fault) as error:
        reason, _, path = str(error).partition(" - at `$")
        field = path.rstrip("`").lstrip(".")
        line = _line_of(root, field)
        raise InvalidInput(reason, source=f"{source}:{line}" if line else source, field=field) from error
    return registry


def medium_of(point: PointSpec) -> str:
    """The declared medium, else what the role implies."""
    if point.medium:
        return point.medium
    if point.role in ELECTRICITY_ROLES:
        return "electricity"
    return "air" if point.role in (Role.STACK, Role.FENCE) else "other"


def quantity_of(point: PointSpec) -> str:
    """The declared quantity, else active energy for electricity and the point's code for the rest."""
    if point.quantity:
        return point.quantity
    return "active_energy" if medium_of(point) == "electricity" else point.code


def epoch_fault(epoch: EpochSpec) -> tuple[str, str] | None:
    """The field of an epoch that no meter can have, and why; None where all is well."""
    if epoch.valid_from.tzinfo is None:
        return "from", "needs an offset, such as 2026-01-01T00:00:00+08:00"
    for name, value in (("width", epoch.width), ("multiplier", epoch.multiplier)):
        if value is not None and not 0 < value < math.inf:
            return name, f"must be a number above 0, not {value}"
    for name, value in (("first", epoch.first), ("last", epoch.last)):
        if value is not None and not 0 <= value < math.inf:
            return name, f"must be a register of 0 or more, not {value}"
    if epoch.first is not None and epoch.width is not None and epoch.first >= epoch.width:
        return "first", f"{epoch.first} does not fit the width {epoch.width}"
    return None


class _Fault(ValueError):
    def __init__(self, reason: str, path: str) -> None:
        super().__init__(f"{reason} - at `$.{path}`")


def _examine(registry: Registry) -> None:
    parks = _unique([park.code for park in registry.parks], "parks", "park")
    _unique([enterprise.code for enterprise in registry.enterprises], "enterprises", "enterprise")
    for i, enterprise in enumerate(registry.enterprises):
        place = f"enterprises[{i}]"
        if enterprise.park not in parks:
            raise _Fault(f"park {enterprise.park!r} is not listed under parks", f"{place}.park")
        _unique([point.code for point in enterprise.points], f"{place}.points", "point")
        for j, point in enumerate(enterprise.points):
            _examine_point(point, f"{place}.points[{j}]")
        _examine_names(enterprise.points, f"{place}.points")
        parents = [point.attributes.get("parent") for point in enterprise.points]
        for j, reason in parent_faults([point.code for point in enterprise.points], parents):
            raise _Fault(reason, f"{place}.points[{j}].attributes.parent")


def _examine_names(points: list[PointSpec], place: str) -> None:
    """What a point is called in a language must mean one point of the enterprise."""
    owners: dict[tuple[str, str], str] = {}
    for j, point in enumerate(points):
        hj212 = f"{point.hj212.code} of MN {point.hj212.mn}" if point.hj212 else None
        for field, name in (("sparkplug", point.sparkplug), ("telemetry", point.telemetry), ("hj212.code", hj212)):
            if name is None:
                continue
            owner = owners.setdefault((field, name), point.code)
            if owner != point.code:
                raise _Fault(f"{name!r} is the point {owner} already", f"{place}[{j}].{field}")


def _examine_point(point: PointSpec, place: str) -> None:
    minutes = point.hj212.minute_interval if point.hj212 else None
    durations = {"interval": point.interval, "max_age": point.max_age, "hj212.minute_interval": minutes}
    for name, value in durations.items():
        try:
            seconds = None if value is None else parse_duration(value)
        except ValueError as error:
            raise _Fault(str(error), f"{place}.{name}") from error
        if seconds is not None and seconds <= 0:
            raise _Fault("must be longer than 0 s", f"{place}.{name}")
    for name, bounds in (("range", point.range), ("plausible", point.plausible)):
        if bounds and None not in bounds and bounds[0] >= bounds[1]:  # type: ignore[operator]
            raise _Fault("the lower end must be below the upper end", f"{place}.{name}")
    if point.epochs and point.kind is not Kind.COUNTER:
        raise _Fault(f"only a counter has epochs, this point is a {point.kind.value}", f"{place}.epochs")
    _examine_languages(point, place)
    for name, reason in attribute_faults(point.attributes):
        raise _Fault(reason, f"{place}.attributes.{name}")
    for k, epoch in enumerate(point.epochs):
        _examine_epoch(epoch, f"{place}.epochs[{k}]", point.epochs[k - 1] if k else None)


def _examine_languages(point: PointSpec, place: str) -> None:
    if point.telemetry is not None and not _DEVICE_KEY.fullmatch(point.telemetry):
        raise _Fault("expected DEVICE/KEY, as the gateway names them", f"{place}.telemetry")
    if "telemetry" in point.attributes:
        raise _Fault("is a field of the point, not of its attributes", f"{place}.attributes.telemetry")
    if point.hj212 and point.hj212.unit and plain_unit(point.hj212.unit) != plain_unit(point.unit):
        raise _Fault(
            f"the logger sends {point.hj212.unit}, the point is in {point.unit}: values are stored as they are sent,"
            " so declare the point in the logger's unit",
            f"{place}.hj212.unit",
        )


def _examine_epoch(epoch: EpochSpec, place: str, before: EpochSpec | None) -> None:
    fault = epoch_fault(epoch)
    if fault:
        raise _Fault(fault[1], f"{place}.{fault[0]}")
    if before and epoch.valid_from <= before.valid_from:
        raise _Fault("epochs overlap: each must begin after the one before", f"{place}.from")


def _unique(codes: list[str], place: str, what: str) -> set[str]:
    seen: set[str] = set()
    for i, code in enumerate(codes):
        if code in seen:
            raise _Fault(f"{what} {code!r} is listed twice", f"{place}[{i}].code")
        seen.add(code)
    return seen


def _line_of(root: yaml.Node | None, field: str) -> int | None:
    """The line, from 1, of the deepest node of the path that exists."""
    node = root
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", field):
        child: yaml.Node | None = None
        if name and isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == name), None)
        elif index and isinstance(node, yaml.SequenceNode) and int(index) < len(node.value):
            child = node.value[int(index)]
        if child is None:
            break
        node = child
    return node.start_mark.line + 1 if node is not None else None
