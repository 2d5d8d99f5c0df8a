"""The words of an alert on a share or a budget, in Chinese: the rule, coverage and bounds are always said. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from alerts.notify.state_words import STATE_WORDS
from alerts.scope_tracks import ScopePeriod, ScopeTrack
from schemas.alerts import AlertState
from schemas.rules import Span, Statistic

_AMOUNTS = {
    "policy_share": "绿电占比",
    "physical_share": "物理绿电占比",
    "hourly_matched_share": "逐时匹配绿电占比",
    "consumption_kwh": "用电量",
    "scope1_kg": "范围一排放",
    "scope2_location_kg": "范围二排放(区域法)",
    "scope2_market_kg": "范围二排放(市场法)",
}
NOT_VERIFIED = "按规则核算,未经核查"


def scope_text(track: ScopeTrack, state: AlertState, account: Mapping[str, Any] | None, timezone: ZoneInfo) -> str:
    """One line for people: state, scope, period, claim, figure with bounds and coverage, rule.

    Args:
        account: of the alert's evidence; None where its cause is gone.
    """
    name = _scope_name(track)
    head = f"【{STATE_WORDS[state]}】{name} {_period(track.period)}"
    parts = [f"{head}累计{_AMOUNTS[track.rule.amount]}{_claim(track)}"]
    if account is not None:
        parts += [_figure(track, account["newest"]), f"截至 {_last_day(account['newest'], timezone)}"]
        parts.append(f"核算规则 {account['accounting_rule']}")
    if track.rule.clause or track.rule.standard:
        parts.append(f"依据 {' '.join(w for w in (track.rule.standard, track.rule.clause) if w)}")
    return ",".join([*parts, NOT_VERIFIED])


def _scope_name(track: ScopeTrack) -> str:
    kind, _, code = track.scope.partition(":")
    if kind == "enterprise":
        return track.place.name or code
    return {"city": "全市", "park": f"园区 {code}", "industry": f"行业 {code}"}[kind]


def _period(period: ScopePeriod) -> str:
    return f"{period.first.year}年" if period.span is Span.YEAR else f"{period.first.year}年{period.first.month}月"


def _claim(track: ScopeTrack) -> str:
    if track.statistic is Statistic.BUDGET:
        return "超过预算"
    return "低于目标" if track.rule.below is not None else "高于限值"


def _figure(track: ScopeTrack, figure: Mapping[str, Any]) -> str:
    unit = "" if track.unit == "1" else "%" if track.unit == "%" else f" {track.unit}"
    covered = figure["coverage"]
    coverage = "数据覆盖率未知" if covered is None else f"数据覆盖率 {covered:.1%}"
    value = "—" if figure["value"] is None else f"{figure['value']:.4g}{unit}"
    if track.statistic is Statistic.BUDGET:
        return f"{value}(缺数未计入,{coverage}),预算 {track.rule.limit:g}{unit}"
    low, high = ("未知" if figure[end] is None else f"{figure[end]:.4g}{unit}" for end in ("low", "high"))
    return f"{value}(区间 {low} 至 {high},{coverage}),限值 {track.rule.limit:g}{unit}"


def _last_day(figure: Mapping[str, Any], timezone: ZoneInfo) -> str:
    ends = dt.datetime.fromisoformat(figure["through"]).astimezone(timezone)
    return f"{ends - dt.timedelta(minutes=1):%Y-%m-%d} 24:00"
