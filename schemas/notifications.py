"""How alerts become messages: matchers, groups, mutes, escalation; read strictly (docs/reference/notifications.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from schemas.durations import parse_duration
from schemas.errors import InvalidInput
from schemas.structs import struct_reader

LABELS = (
    *("rule", "kind", "severity", "statistic", "point", "scope", "enterprise", "park"),
    *("industry", "quantity", "medium", "role", "verified"),
)
CHANNEL = r"log|(webhook|apprise):[a-z0-9_-]+"
_MATCHER = re.compile(r"^\s*([a-z_]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$", re.DOTALL)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Matcher:
    """``rule=nmhc-hour``, ``point!=ENT01/V01``, ``enterprise=~ENT0[1-3]``, ``severity!~info|warning``; anchored."""

    label: str
    operator: str
    value: str

    def matches(self, labels: Labels) -> bool:
        found = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (found == self.value) == (self.operator == "=")
        return (re.fullmatch(self.value, found) is not None) == (self.operator == "=~")


@dataclass(frozen=True, slots=True)
class Silence:
    """No message tells of alerts that match all matchers, from one time to another."""

    id: int
    matchers: tuple[Matcher, ...]
    from_ts: dt.datetime
    to_ts: dt.datetime


@dataclass(frozen=True, slots=True)
class Mute:
    """A time of the week in which nothing is told of alerts that match; minutes of the local day, over midnight too."""

    name: str
    matchers: tuple[Matcher, ...]
    start_minute: int
    end_minute: int
    days: frozenset[int]  # Monday is 0; of a stretch over midnight the day on which it begins

    def holds(self, local: dt.datetime) -> bool:
        minute = local.hour * 60 + local.minute
        if self.start_minute < self.end_minute:
            return local.weekday() in self.days and self.start_minute <= minute < self.end_minute
        if minute >= self.start_minute:
            return local.weekday() in self.days
        return minute < self.end_minute and (local.weekday() - 1) % 7 in self.days


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told as well when nobody has acknowledged an alert for a time."""

    after: dt.timedelta
    matchers: tuple[Matcher, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """How notifications are grouped, as in Alertmanager, and when they are held back."""

    group_by: tuple[str, ...] = ("rule", "enterprise")
    group_wait: dt.timedelta = dt.timedelta(seconds=5)
    group_interval: dt.timedelta = dt.timedelta(minutes=1)
    repeat_interval: dt.timedelta = dt.timedelta(hours=4)
    late_after: dt.timedelta = dt.timedelta(hours=1)
    flapping_times: int = 5
    flapping_within: dt.timedelta = dt.timedelta(hours=1)
    mutes: tuple[Mute, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    digest_at: str | None = "08:00"
    digest_channels: tuple[str, ...] = ("log",)
    correction_days: int = 5  # local days after a month in which it can be corrected


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Duration = str | float


class _Flapping(_Strict, frozen=True):
    times: Annotated[int, msgspec.Meta(ge=2)] = 5
    within: Duration = "1h"


class _Mute(_Strict, frozen=True):
    name: str
    active: Hours = "00:00-24:00"
    days: tuple[str, ...] = _DAYS
    matchers: list[str] = []


class _Escalation(_Strict, frozen=True):
    after: Duration
    channels: list[str]
    matchers: list[str] = []


class _Digest(_Strict, frozen=True):
    at: Clock | None = "08:00"
    channels: tuple[str, ...] = ("log",)
    correction_days: Annotated[int, msgspec.Meta(ge=0, le=27)] = 5


class _Form(_Strict, frozen=True):
    group_by: tuple[str, ...] = ("rule", "enterprise")
    group_wait: Duration = "5s"
    group_interval: Duration = "1min"
    repeat_interval: Duration = "4h"
    late_after: Duration = "1h"
    flapping: _Flapping = _Flapping()
    mutes: list[_Mute] = []
    escalation: list[_Escalation] = []
    digest: _Digest = _Digest()


_read = struct_reader(_Form)


def parse_policy(body: Mapping[str, Any], source: str = "", field: str = "notifications") -> Policy:
    """Read the section of a registry.

    Raises:
        InvalidInput: names the field and what is wrong.
    """
    try:
        form = _read(dict(body))
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise InvalidInput(reason, source=source, field=f"{field}{path.rstrip('`')}") from error
    place = _Place(source, field)
    for i, label in enumerate(form.group_by):
        if label not in LABELS:
            raise place.fault(f"group_by[{i}]", f"{label!r} is no label: {', '.join(LABELS)}")
    return Policy(
        tuple(form.group_by),
        place.duration("group_wait", form.group_wait),
        place.duration("group_interval", form.group_interval),
        place.duration("repeat_interval", form.repeat_interval),
        place.duration("late_after", form.late_after),
        form.flapping.times,
        place.duration("flapping.within", form.flapping.within),
        tuple(_mute(mute, place.below(f"mutes[{i}]")) for i, mute in enumerate(form.mutes)),
        tuple(_escalation(step, place.below(f"escalation[{i}]")) for i, step in enumerate(form.escalation)),
        form.digest.at,
        place.channels("digest.channels", form.digest.channels),
        form.digest.correction_days,
    )


def parse_matchers(texts: Sequence[str], source: str = "", field: str = "matchers") -> tuple[Matcher, ...]:
    """Read matchers such as ``rule=nmhc-hour``.

    Raises:
        InvalidInput: names the matcher and what is wrong.
    """
    matchers = []
    for i, text in enumerate(texts):
        found = _MATCHER.match(text)
        place = _Place(source, field)
        if found is None:
            raise place.fault(f"[{i}]", f"{text!r} is no matcher: write label=value, !=, =~ or !~")
        label, operator, value = found.groups()
        if label not in LABELS:
            raise place.fault(f"[{i}]", f"{label!r} is no label: {', '.join(LABELS)}")
        if operator in ("=~", "!~"):
            _check_pattern(value, place, f"[{i}]")
        matchers.append(Matcher(label, operator, value))
    return tuple(matchers)


@dataclass(frozen=True, slots=True)
class _Place:
    source: str
    field: str

    def below(self, part: str) -> _Place:
        return _Place(self.source, f"{self.field}.{part}")

    def fault(self, part: str, reason: str) -> InvalidInput:
        dot = "" if part.startswith("[") else "."
        return InvalidInput(reason, source=self.source, field=f"{self.field}{dot}{part}")

    def duration(self, part: str, text: Duration) -> dt.timedelta:
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            raise self.fault(part, str(error)) from error
        if seconds < 0:
            raise self.fault(part, "must not be negative")
        return dt.timedelta(seconds=seconds)

    def channels(self, part: str, names: Sequence[str]) -> tuple[str, ...]:
        for i, name in enumerate(names):
            if not re.fullmatch(CHANNEL, name):
                raise self.fault(f"{part}[{i}]", f"{name!r} is no channel: log, webhook:<name> or apprise:<name>")
        return tuple(names)


def _check_pattern(pattern: str, place: _Place, part: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise place.fault(part, f"{pattern!r} is no regular expression: {error}") from error


def _mute(form: _Mute, place: _Place) -> Mute:
    for i, day in enumerate(form.days):
        if day not in _DAYS:
            raise place.fault(f"days[{i}]", f"{day!r} is none of {', '.join(_DAYS)}")
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in form.active.split("-"))
    matchers = parse_matchers(form.matchers, place.source, f"{place.field}.matchers")
    return Mute(form.name, matchers, start, end, frozenset(_DAYS.index(day) for day in form.days))


def _escalation(form: _Escalation, place: _Place) -> Escalation:
    matchers = parse_matchers(form.matchers, place.source, f"{place.field}.matchers")
    return Escalation(place.duration("after", form.after), matchers, place.channels("channels", form.channels))
