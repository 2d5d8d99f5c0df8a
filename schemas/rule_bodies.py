"""Alert rules as the registry and the API write them, read strictly (docs/reference/rules.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.durations import parse_duration
from schemas.errors import InvalidInput
from schemas.marks import MarkKind
from schemas.points import Basis, Role
from schemas.rule_faults import RuleFault, examine
from schemas.rules import (
    AMOUNTS,
    ActiveHours,
    Authority,
    Override,
    Rule,
    RuleKind,
    Selector,
    Severity,
    Span,
    Statistic,
    Watched,
)
from schemas.structs import struct_reader

Words = str | list[str]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class _Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Words = []
    medium: Words = []
    role: Role | list[Role] = []
    enterprise: Words = []
    park: Words = []
    industry: Words = []
    point: Words = []
    codes: Words = []


class _Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    point: str
    above: float | None = None
    below: float | None = None
    clear_below: float | None = None
    clear_above: float | None = None
    clause: str | None = None
    verified: bool | None = None


class _Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"hold": "for"}):
    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    kind: RuleKind
    points: _Points = _Points()
    statistic: Statistic
    severity: Severity | None = None
    name: str = ""
    above: float | None = None
    below: float | None = None
    unit: str = ""
    basis: Basis | None = None
    clause: str = ""
    standard: str = ""
    verified: bool = False
    hold: str | float = 0.0
    clear_below: float | None = None
    clear_above: float | None = None
    clear_for: str | float = 0.0
    channels: tuple[str, ...] = ("log",)
    active: Hours | None = None
    valid_from: dt.datetime | None = None
    valid_to: dt.datetime | None = None
    enabled: bool = True
    authority: Authority | None = None
    overrides: tuple[_Override, ...] = ()
    of: Watched = Watched.POINT
    scope: Words = []
    amount: str = ""
    span: Span = Span.MONTH
    accounting: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = ""
    reference_o2: float | None = None
    max_amplification: float | None = None
    exempt: tuple[MarkKind, ...] = ()


_read = struct_reader(_Spec)


def parse_rules(bodies: list[Mapping[str, Any]], source: str = "", field: str = "rules") -> list[Rule]:
    """Read the rules of a file or pack.

    Raises:
        InvalidInput: names the rule's place, its field and what is wrong.
    """
    rules = [parse_rule(body, source, f"{field}[{i}]") for i, body in enumerate(bodies)]
    seen: set[str] = set()
    for i, rule in enumerate(rules):
        if rule.code in seen:
            raise InvalidInput(f"rule {rule.code!r} is listed twice", source=source, field=f"{field}[{i}].code")
        seen.add(rule.code)
    return rules


def parse_rule(body: Mapping[str, Any], source: str = "", field: str = "") -> Rule:
    """Read one rule from its YAML or JSON mapping.

    Raises:
        InvalidInput: names the field and what is wrong.
    """
    try:
        spec = _read(dict(body))
        rule = _rule(spec)
        examine(rule)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise InvalidInput(reason, source=source, field=_join(field, path.rstrip("`").lstrip("."))) from error
    except RuleFault as fault:
        raise InvalidInput(fault.reason, source=source, field=_join(field, fault.field)) from fault
    return rule


def rule_body(rule: Rule) -> dict[str, Any]:
    """The rule as ``parse_rule`` reads it again; only what differs from the defaults."""
    body: dict[str, Any] = {}
    for item in fields(Rule):
        value = getattr(rule, item.name)
        if value != item.default and value != Selector():
            body[_WRITTEN.get(item.name, item.name)] = _plain(value)
    return body


_WRITTEN = {"hold_s": "for", "clear_hold_s": "clear_for"}


def _plain(value: Any) -> Any:
    if isinstance(value, Selector):
        return {name: list(words) for name, words in asdict(value).items() if words}
    if isinstance(value, Override):
        return {name: word for name, word in asdict(value).items() if word is not None}
    if isinstance(value, ActiveHours):
        return f"{_clock(value.start_minute)}-{_clock(value.end_minute)}"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _rule(spec: _Spec) -> Rule:
    usual = Severity.CRITICAL if spec.kind is RuleKind.EXCEEDANCE else Severity.WARNING
    same = {f.name: getattr(spec, f.name) for f in fields(Rule) if f.name in spec.__struct_fields__}
    return Rule(
        **same
        | {
            "points": Selector(**{name: _words(getattr(spec.points, name)) for name in _Points.__struct_fields__}),
            "severity": spec.severity or usual,
            "channels": tuple(spec.channels),
            "exempt": tuple(sorted(kind.value for kind in spec.exempt)),
            "active": _active(spec.active),
            "hold_s": _seconds(spec.hold, "for"),
            "clear_hold_s": _seconds(spec.clear_for, "clear_for"),
            "authority": spec.authority or _authority(spec),
            "overrides": tuple(Override(**msgspec.structs.asdict(override)) for override in spec.overrides),
            "scope": _words(spec.scope),
            "amount": spec.amount or AMOUNTS.get(spec.statistic, ("",))[0],
        }
    )


def _authority(spec: _Spec) -> Authority:
    if not spec.standard and spec.clause.lower().startswith(("permit", "排污许可")):
        return Authority.PERMIT
    return Authority.STANDARD if spec.standard else Authority.OWN


def _seconds(text: str | float, field: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise RuleFault(field, str(error)) from error
    if seconds < 0:
        raise RuleFault(field, "must not be negative")
    return seconds


def _words(words: Any) -> tuple[str, ...]:
    return (str(words),) if isinstance(words, str) else tuple(str(word) for word in words)


def _active(text: str | None) -> ActiveHours | None:
    if text is None:
        return None
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    return ActiveHours(start, end)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _join(field: str, part: str) -> str:
    return ".".join(text for text in (field, part) if text)
