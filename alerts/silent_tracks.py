"""A rule on the silence of a gateway or an enterprise: since when it is silent, and whether it spoke again. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from alerts.evidence import stamp
from alerts.state import Episode
from schemas.gateways import HeardGateway
from schemas.rules import Rule, RuleKind, Selector, Severity, Statistic, Watched

# A will that a new connection released comes just before the new connection's first word.
WILL_SETTLES = dt.timedelta(seconds=5)
_WILL_SETTLES_US = WILL_SETTLES // dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SilentTrack:
    """A rule at a gateway or an enterprise; ``gateways`` are the one, or all of it that speak for points."""

    rule: Rule
    scope: str
    gateways: tuple[HeardGateway, ...]
    scale: float = 1.0

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.scope

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
        return "s"

    @property
    def stands_at(self) -> dict[str, Any]:
        """The columns of an alert that say where it is."""
        return {"point_id": None, "scope": self.scope, "period": None}

    @property
    def told_at(self) -> dict[str, Any]:
        """The fields of a notification that say where it is."""
        enterprise, _, _ = self.scope.partition(":")[2].partition("/")
        park = self.gateways[0].park if self.gateways else ""
        return {"point": None, "scope": self.scope, "period": None, "enterprise": enterprise, "park": park}

    @property
    def heard_us(self) -> int:
        return max(gateway.heard_us for gateway in self.gateways)

    def silent_since(self, now_us: int) -> int | None:
        """Since when none of the gateways is there; None while one is. A will counts at once, else ``for`` passes."""
        hold_us = round(self.rule.hold_s * 1e6)
        since = [_silent_since(gateway, hold_us, now_us) for gateway in self.gateways]
        known = [at_us for at_us in since if at_us is not None]
        return max(known) if len(known) == len(since) else None

    def first_word(self, after_us: int) -> int | None:
        """When one of the gateways first spoke after a time; None where none did."""
        words = [
            gateway.back_us if gateway.back_us > after_us else gateway.heard_us
            for gateway in self.gateways
            if gateway.heard_us > after_us
        ]
        return min(words, default=None)

    def look(self, episode: Episode | None, now_us: int) -> Episode | None:
        """The silence that began or ended; None where it stands as it stood."""
        since_us = self.silent_since(now_us)
        if episode is not None:
            word_us = self.first_word(episode.opened_us)
            if word_us is None and since_us is not None:
                return None
            resolved_us = episode.opened_us if word_us is None else word_us  # what came late shows that it was heard
            silent_s = (resolved_us - episode.last_us) / 1e6
            return Episode(
                episode.opened_us, silent_s, resolved_us, episode.last_us,
                fired_us=episode.fired_us, resolved_us=resolved_us,
            )  # fmt: skip
        if since_us is None or not self._judges(since_us):
            return None
        return Episode(since_us, (now_us - self.heard_us) / 1e6, now_us, self.heard_us, fired_us=since_us)

    def _judges(self, at_us: int) -> bool:
        valid_from, valid_to = self.rule.valid_from, self.rule.valid_to
        begun = valid_from is None or at_us >= valid_from.timestamp() * 1e6
        return begun and (valid_to is None or at_us < valid_to.timestamp() * 1e6)

    def evidence(self, episode: Episode) -> dict[str, Any]:
        """What an alert rests on: when each gateway was heard, and whose will came."""
        rule = self.rule
        told = [
            {
                "gateway": gateway.gateway,
                "heard_at": stamp(gateway.heard_us),
                "gone_at": stamp(gateway.gone_us) if gateway.is_gone and gateway.gone_us is not None else None,
            }
            for gateway in self.gateways
        ]
        return {
            "rule": rule.code,
            "statistic": self.statistic.value,
            "limit": rule.limit,
            "unit": self.unit,
            "clause": rule.clause,
            "standard": rule.standard,
            "verified": rule.verified,
            "heard_at": stamp(episode.last_us),
            "by_will": episode.opened_us < episode.last_us + round(rule.hold_s * 1e6),
            "gateways": told,
        }


def _silent_since(gateway: HeardGateway, hold_us: int, now_us: int) -> int | None:
    """When it counts as silent: at its will, or when nothing has come from it for the time."""
    since = [gateway.heard_us + hold_us]
    if gateway.is_gone and gateway.gone_us is not None and gateway.gone_us + _WILL_SETTLES_US <= now_us:
        since.append(gateway.gone_us)
    return min(since) if min(since) <= now_us else None


def silent_tracks(rules: Iterable[Rule], gateways: Iterable[HeardGateway]) -> list[SilentTrack]:
    """Every enabled rule on gateways or enterprises at each that it selects."""
    by_enterprise: dict[str, list[HeardGateway]] = defaultdict(list)
    for gateway in gateways:
        by_enterprise[gateway.enterprise].append(gateway)
    tracks = []
    for rule in rules:
        if not rule.enabled or rule.of is Watched.POINT:
            continue
        for enterprise, mine in sorted(by_enterprise.items()):
            if not _selects(rule.points, mine[0]):
                continue
            if rule.of is Watched.ENTERPRISE:
                tracks.append(SilentTrack(rule, f"enterprise:{enterprise}", tuple(mine)))
            else:
                tracks += [SilentTrack(rule, f"gateway:{enterprise}/{one.gateway}", (one,)) for one in mine]
    return tracks


def _selects(selector: Selector, gateway: HeardGateway) -> bool:
    facts = {"enterprise": gateway.enterprise, "park": gateway.park, "industry": gateway.industry}
    return all(not getattr(selector, name) or fact in getattr(selector, name) for name, fact in facts.items())
