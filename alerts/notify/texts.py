"""The words of a notification, in Chinese, as cautious as an automatic verdict must be. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from alerts.evidence import stamp
from alerts.notify.scope_texts import scope_text
from alerts.notify.state_words import STATE_WORDS
from alerts.scope_tracks import ScopeTrack
from alerts.select import Track
from alerts.silent_tracks import SilentTrack
from alerts.state import Episode
from schemas.alerts import AlertState
from schemas.rules import RuleKind, Statistic

_MEANS = {Statistic.MEAN_10M: "10分钟均值", Statistic.MEAN_1H: "小时均值", Statistic.MEAN_1D: "日均值"}

_OTHERS = {
    Statistic.MISSING: "数据中断",
    Statistic.FLAT: "数值长时间不变(待核实)",
    Statistic.RATE: "数值变化过快(待核实)",
}


def headline(track: Track) -> str:
    """What an alert of this track claims, and no more."""
    if track.suspect:
        return "可能高于限值(超量程或可疑数据,待核实)"
    if track.rule.statistic in _OTHERS:
        return _OTHERS[track.rule.statistic]
    side = "高于" if track.rule.below is None else "低于"
    what = _MEANS.get(track.rule.statistic, "数值")
    if track.kind is RuleKind.EXCEEDANCE and track.rule.verified:
        return f"自动监测{what}{side}限值(待核实)"
    if track.statistic is Statistic.READING and not track.rule.standard:
        return f"监测值{side}预警值"
    return f"{what}{side}参考值(非判定依据)"


def text(track: Track, state: AlertState, episode: Episode | None, timezone: ZoneInfo) -> str:
    """One line for people: state, place, claim, numbers, when."""
    name = track.point.enterprise_name or track.point.enterprise
    parts = [f"【{STATE_WORDS[state]}】{name} {track.point.name or track.point.code}", headline(track)]
    if episode is not None:
        parts.append(_numbers(track, episode))
        parts.append(f"自 {_local(episode.opened_us, timezone)}")
        if episode.resolved_us is not None:
            parts.append(f"至 {_local(episode.resolved_us, timezone)}")
    if track.rule.clause and track.rule.statistic is not Statistic.MISSING:
        parts.append(f"依据 {' '.join(w for w in (track.rule.standard, track.rule.clause) if w)}")
    return ",".join(parts)


def silence_text(track: SilentTrack, state: AlertState, episode: Episode | None, timezone: ZoneInfo) -> str:
    """One line for people on a gateway or an enterprise that fell silent."""
    kind, _, rest = track.scope.partition(":")
    enterprise, _, gateway = rest.partition("/")
    name = track.gateways[0].enterprise_name if track.gateways else ""
    what = f"{name or enterprise} 网关 {gateway}" if kind == "gateway" else f"{name or enterprise} 全部网关"
    parts = [f"【{STATE_WORDS[state]}】{what}", "数据中断"]
    if episode is not None:
        parts.append(f"最后一次收到数据 {_local(episode.last_us, timezone)}")
        parts.append(f"自 {_local(episode.opened_us, timezone)}")
        if episode.resolved_us is not None:
            parts.append(f"至 {_local(episode.resolved_us, timezone)}")
    return ",".join(parts)


def payload(
    track: Track | ScopeTrack | SilentTrack,
    alert_id: int,
    state: AlertState,
    episode: Episode | None,
    evidence: Mapping[str, Any],
    late: bool,
    timezone: ZoneInfo,
) -> dict[str, Any]:
    """A notification as JSON: the alert's fields and the line for people."""
    if isinstance(track, ScopeTrack):
        line = scope_text(track, state, evidence.get("account"), timezone)
    elif isinstance(track, SilentTrack):
        line = silence_text(track, state, episode, timezone)
    else:
        line = text(track, state, episode, timezone)
    return {
        "id": alert_id,
        "rule": track.code,
        "kind": track.kind.value,
        **track.told_at,
        "state": state.value,
        "severity": track.severity.value,
        "statistic": track.statistic.value,
        "opened_at": None if episode is None else stamp(episode.opened_us),
        "resolved_at": None if episode is None or episode.resolved_us is None else stamp(episode.resolved_us),
        "value": None if episode is None else episode.peak * track.scale,
        "limit": track.rule.limit,
        "unit": track.unit,
        "clause": track.rule.clause,
        "verified": track.rule.verified,
        "late": late,
        "text": line,
    }


def _numbers(track: Track, episode: Episode) -> str:
    if track.rule.statistic is Statistic.MISSING:
        return f"已中断 {round(episode.peak / 60)} 分钟"
    if track.rule.statistic is Statistic.FLAT:
        return f"已 {round(episode.peak / 60)} 分钟不变"
    least = "至少 " if track.suspect else ""
    return f"{least}{episode.peak * track.scale:.4g} {track.unit},限值 {track.rule.limit:g} {track.unit}"


def _local(ts_us: int, timezone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(ts_us / 1_000_000, timezone).strftime("%Y-%m-%d %H:%M:%S")
