"""A rule on shares or budgets at a scope in a period: its verdicts, and the one episode that a period has. Pure.

A figure to date is seen at the end of each local day. Beyond the limit it counts only where nothing that is missing
could bring it back behind it, so that a month with half its data never cries wolf; behind the limit, as it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from accounting.periods import month_period, year_period
from alerts.state import Episode, Observation, Terms, run
from alerts.verdict import Limits, Verdict, judge_value
from schemas.rule_bodies import rule_body
from schemas.rules import AMOUNT_UNITS, Rule, RuleKind, Severity, Span, Statistic
from schemas.scopes import FigureToDate, Measure, ScopePlace

EACH_ENTERPRISE = "enterprise:*"
_ENTERPRISE, _PARK = "enterprise:", "park:"
_DAY_US = 86_400_000_000
_JUDGED_BY = ("statistic", "amount", "accounting", "span", "unit", "above", "below")


@dataclass(frozen=True, slots=True)
class ScopePeriod:
    """A local month or year, named as in the API; [start, end) in microseconds."""

    name: str
    span: Span
    first: dt.date
    start_us: int
    end_us: int

    def holds(self, opened_us: int) -> bool:
        """Whether a figure to date of this period can have this stamp."""
        return self.start_us < opened_us <= self.end_us


def period_of(span: Span, day: dt.date, zone: ZoneInfo) -> ScopePeriod:
    """The month or year of a day."""
    first = day.replace(day=1) if span is Span.MONTH else dt.date(day.year, 1, 1)
    period = month_period(first, zone) if span is Span.MONTH else year_period(first, zone)
    name = f"{first:%Y-%m}" if span is Span.MONTH else f"{first:%Y}"
    return ScopePeriod(name, span, first, _us(period.starts_at), _us(period.ends_at))


def period_named(name: str, zone: ZoneInfo) -> ScopePeriod:
    """The period of a name that an alert carries."""
    if len(name) == len("2026"):
        return period_of(Span.YEAR, dt.date(int(name), 1, 1), zone)
    return period_of(Span.MONTH, dt.date.fromisoformat(f"{name}-01"), zone)


@dataclass(frozen=True, slots=True)
class ScopeTrack:
    """A rule at a scope in a period.

    Attributes:
        scale: a figure of the accounts times this is in the rule's unit.
    """

    rule: Rule
    scope: str
    period: ScopePeriod
    place: ScopePlace
    limits: Limits
    terms: Terms
    scale: float

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def key(self) -> tuple[str, str]:
        return self.code, f"{self.scope} {self.period.name}"

    @property
    def kind(self) -> RuleKind:
        return self.rule.kind

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def statistic(self) -> Statistic:
        return self.rule.statistic

    @property
    def unit(self) -> str:
        base = self.rule.amount.rpartition("_")[2]
        return self.rule.unit or {"kwh": "kWh", "kg": "kg"}.get(base, "1")

    @property
    def stands_at(self) -> dict[str, Any]:
        """The columns of an alert that say where it is."""
        return {"point_id": None, "scope": self.scope, "period": self.period.name}

    @property
    def told_at(self) -> dict[str, Any]:
        """The fields of a notification that say where it is."""
        where = {"point": None, "scope": self.scope, "period": self.period.name}
        return where | {"enterprise": self.place.code, "park": self.place.park}

    @property
    def measure(self) -> Measure:
        return Measure(self.scope, self.rule.amount, self.rule.accounting)

    @property
    def judged_by(self) -> dict[str, Any]:
        return judged_by(rule_body(self.rule))

    def verdict(self, figure: FigureToDate, zone: ZoneInfo) -> Verdict:
        """A figure at the end of a day."""
        if figure.ends_us - self.period.start_us < self.rule.hold_s * 1e6:
            return Verdict.PERIOD_TOO_YOUNG
        if figure.value is None:
            return Verdict.NO_CONSUMPTION if self.statistic is Statistic.SHARE else Verdict.NOT_COMPUTED
        verdict = judge_value(figure.ends_us, figure.value, self.limits, zone)
        if verdict is not Verdict.EXCEEDS:
            return verdict
        sign = self.limits.sign
        least = figure.low if sign > 0 else figure.high
        return verdict if least is not None and least * sign > self.limits.limit * sign else Verdict.UNCERTAIN


def judged_by(body: dict[str, Any]) -> dict[str, Any]:
    """What of a rule's body makes its alerts other ones: not who is told, nor how severe it is."""
    return {name: body[name] for name in _JUDGED_BY if name in body}


def scope_track(rule: Rule, scope: str, period: ScopePeriod, enterprises: dict[str, ScopePlace]) -> ScopeTrack:
    """A rule at a scope."""
    scale = AMOUNT_UNITS[rule.amount.rpartition("_")[2]][rule.unit]
    sign = 1 if rule.below is None else -1
    clear = rule.clear_below if sign > 0 else rule.clear_above
    limits = Limits(
        limit=round(rule.limit / scale, 9),
        clear=round((rule.limit if clear is None else clear) / scale, 9),
        sign=sign,
        valid_from_us=None if rule.valid_from is None else _us(rule.valid_from),
        valid_to_us=None if rule.valid_to is None else _us(rule.valid_to),
    )
    terms = Terms(clear_hold_us=round(rule.clear_hold_s * 1e6), gap_us=3 * _DAY_US, sign=sign)
    return ScopeTrack(rule, scope, period, _place(scope, enterprises), limits, terms, scale)


def scopes_of(rule: Rule, enterprises: Iterable[ScopePlace], period: ScopePeriod) -> list[str]:
    """The scopes that a rule judges in a period; ``enterprise:*`` is each enterprise that had not left before it."""
    found: dict[str, None] = {}
    for scope in rule.scope:
        if scope == EACH_ENTERPRISE:
            here = [e.code for e in enterprises if e.retired_us is None or e.retired_us > period.start_us]
            found |= dict.fromkeys(f"{_ENTERPRISE}{code}" for code in here)
        else:
            found[scope] = None
    return list(found)


def episode_of(track: ScopeTrack, figures: Sequence[FigureToDate], over: bool, zone: ZoneInfo) -> Episode | None:
    """The episode that figures tell of, in order of their days; a period that is over ends what is open in it."""
    seen = [
        Observation(f.ends_us, 0.0 if f.value is None else f.value, track.verdict(f, zone))
        for f in figures
        if track.period.holds(f.ends_us)
    ]
    ended, present = run(None, seen, track.terms)
    if present is not None and over:
        present = replace(present, clearing_us=track.period.end_us, resolved_us=track.period.end_us)
    return _as_one([*ended, *([present] if present else [])], track.terms.sign)


def _as_one(episodes: Sequence[Episode], sign: int) -> Episode | None:
    """A period has one alert: what recovers and comes again in it fires again."""
    if not episodes:
        return None
    first, last = episodes[0], episodes[-1]
    worst = max(episodes, key=lambda episode: episode.peak * sign)
    return replace(
        last,
        opened_us=first.opened_us,
        fired_us=first.fired_us,
        peak=worst.peak,
        peak_us=worst.peak_us,
        exceeding=sum(episode.exceeding for episode in episodes),
        samples=(),
    )


def scope_evidence(track: ScopeTrack, episode: Episode, figures: Sequence[FigureToDate]) -> dict[str, Any]:
    """What an alert of a scope rests on: the figures at its opening, its worst, and the newest that was judged."""
    rule = track.rule
    by_end = {figure.ends_us: figure for figure in figures}
    newest = by_end.get(episode.resolved_us or 0) or figures[-1]
    return {
        "rule": rule.code,
        "statistic": track.statistic.value,
        "limit": rule.limit,
        "unit": track.unit,
        "clause": rule.clause,
        "standard": rule.standard,
        "verified": rule.verified,
        "account": {
            "scope": track.scope,
            "period": track.period.name,
            "amount": rule.amount,
            "accounting_rule": newest.rule,
            "opened": shown(track, by_end[episode.opened_us]),
            "peak": shown(track, by_end[episode.peak_us]),
            "newest": shown(track, newest),
        },
        "exceeding": episode.exceeding,
    }


def shown(track: ScopeTrack, figure: FigureToDate) -> dict[str, Any]:
    """A figure in the rule's unit; ``through`` is the instant that ends its last day."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * track.scale

    ends = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=figure.ends_us)
    return {
        "through": ends.isoformat(),
        "value": scaled(figure.value),
        "low": scaled(figure.low),
        "high": scaled(figure.high),
        "coverage": figure.coverage,
    }


def _place(scope: str, enterprises: dict[str, ScopePlace]) -> ScopePlace:
    if scope.startswith(_ENTERPRISE):
        code = scope.removeprefix(_ENTERPRISE)
        return enterprises.get(code, ScopePlace(code, "", ""))
    return ScopePlace("", "", scope.removeprefix(_PARK) if scope.startswith(_PARK) else "")


def _us(at: dt.datetime) -> int:
    return round(at.timestamp()) * 1_000_000
