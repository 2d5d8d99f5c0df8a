"""Park overview: the green-power share with what it rests on, energy, carbon, freshness."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards import board, variable, with_panels
from dashboards.panels import (
    GREEN,
    KILOGRAM,
    KWH,
    RED,
    SECONDS,
    SHARE,
    AnyPanel,
    Place,
    bars,
    dial,
    figures,
    lines,
    rows,
    share_steps,
    stacked_bars,
    steps,
    with_unit,
)

UID = "parkwatch-overview"


def park_overview() -> Dashboard:
    """The dashboard "园区总览 / Park overview"."""
    made = board(UID, "园区总览 / Park overview", "绿电占比、能源、碳排放与数据时效", since="now-30d")
    made.with_variable(variable("scope", "范围 / Scope"))
    made.with_variable(variable("green_rule", "绿电口径 / Green-power rule"))
    made.with_variable(variable("carbon_rule", "核算口径 / Carbon rule"))
    share, bounds = "park_overview/month_share", "park_overview/month_bounds"
    panels: list[AnyPanel] = [
        dial("绿电占比(当月) / Green-power share, month", "按所选口径核算,未经核查;刻度在 35 % 变色", share, Place(6)),
        figures("占比构成 / What the share rests on", "上下界与数据覆盖率随占比一并给出", bounds, Place(8), SHARE),
        figures("当月用电 / Electricity, month", "E、D、S、T、C 各项", "park_overview/month_terms", Place(10), KWH),
        lines(
            "每日绿电占比 / Share by day",
            "物理占比、逐时匹配占比与上下界",
            "park_overview/daily_share",
            Place(12),
            SHARE,
            interval="1d",
        ).thresholds(share_steps()),
        stacked_bars(
            "每日电量(按角色) / Energy by role", "缺测小时不计为 0", "park_overview/daily_energy", Place(12), KWH
        ),
        bars("企业绿电占比(当月) / By enterprise", "按所选口径", "park_overview/enterprise_share", Place(12, 10)),
        with_unit(
            rows("企业明细(当月) / Enterprises", "占比、上下界与覆盖率", "park_overview/enterprises", Place(12, 10)),
            {"policy_share": SHARE, "share_low": SHARE, "share_high": SHARE, "coverage": SHARE, "consumption_kwh": KWH},
        ),
        figures(
            "范围二(当月) / Scope 2, month", "按规则核算,未经核查", "park_overview/month_scope2", Place(6), KILOGRAM
        ),
        lines(
            "每日范围二 / Scope 2 by day",
            "基于位置与基于市场",
            "park_overview/daily_scope2",
            Place(10),
            KILOGRAM,
            interval="1d",
        ),
        with_unit(
            rows("数据时效 / Freshness", "企业最新读数的年龄与静默点位", "park_overview/freshness", Place(8)),
            {"age_s": SECONDS},
        ).thresholds(steps((None, GREEN), (1, RED))),
    ]
    return with_panels(made, panels)
