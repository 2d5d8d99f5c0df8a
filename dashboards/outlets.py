"""VOCs outlets: hourly means against the limit, the state of every outlet, the alerts."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards import board, variable, with_panels
from dashboards.panels import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    SECONDS,
    AnyPanel,
    Place,
    figures,
    lines,
    rows,
    states,
    with_unit,
)

UID = "parkwatch-outlets"
STATES = {
    0: ("正常", GREEN),
    1: ("无效小时", GREY),
    2: ("预警", AMBER),
    3: ("高于限值(待核实)", RED),
    4: ("不可判定", BLUE),
}


def outlets() -> Dashboard:
    """The dashboard "VOCs 排口 / Outlets"."""
    made = board(UID, "VOCs 排口 / Outlets", "小时均值与限值、状态、报警;自动监测数据,待核实", since="now-24h")
    made.with_variable(variable("enterprise", "企业 / Enterprise", multi=True))
    made.with_variable(variable("quantity", "因子 / Quantity"))
    panels: list[AnyPanel] = [
        figures("未结束的报警 / Open alerts", "按种类", "outlets/open_alerts", Place(8, 5), "short"),
        figures("排口状态 / Outlets by state", "按最新判定", "outlets/outlet_states", Place(16, 5), "short"),
        lines(
            "小时均值与限值 / Hourly means and limits",
            "仅有效小时;限值来自规则,未核实的限值只是参考值",
            "outlets/hourly_means",
            Place(24, 11),
            "short",
            interval="1h",
        ),
        lines(
            "实时读数 / Readings",
            "按标记 N 的读数,按间隔取最大值",
            "outlets/readings",
            Place(24, 9),
            "short",
            interval="1m",
        ),
        states(
            "排口状态时间线 / State timeline", "每小时一格;缺测为空白", "outlets/state_timeline", Place(24, 9), STATES
        ),
        rows("报警 / Alerts", "峰值、限值、依据条款", "outlets/alerts", Place(24, 10)),
        with_unit(
            rows("最新读数 / Latest readings", "含标记与年龄", "outlets/latest", Place(24, 10)), {"age_s": SECONDS}
        ),
    ]
    return with_panels(made, panels)
