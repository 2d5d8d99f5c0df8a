"""Data quality: the books, what was refused and why, what waits to be computed, who has gone quiet."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards import board, variable, with_panels
from dashboards.panels import (
    GREEN,
    RED,
    SECONDS,
    SHARE,
    AnyPanel,
    Place,
    figures,
    lines,
    rows,
    stacked_bars,
    steps,
    with_unit,
)

UID = "parkwatch-quality"


def data_quality() -> Dashboard:
    """The dashboard "数据质量 / Data quality"."""
    made = board(UID, "数据质量 / Data quality", "账目、拒收、待算小时、数据时效", since="now-7d")
    made.with_variable(variable("enterprise", "企业 / Enterprise", multi=True))
    panels: list[AnyPanel] = [
        figures(
            "账目 / The books",
            "收到 = 入库 + 重复 + 更正 + 拒收;差额必须为 0",
            "data_quality/books",
            Place(16, 5),
            "short",
        ),
        figures(
            "待算小时 / Dirty hours",
            "待计算的点位小时数与最早标记的年龄",
            "data_quality/dirty_hours",
            Place(8, 5),
            "short",
        ),
        stacked_bars(
            "每日读数 / Readings by day", "入库、重复、更正、拒收", "data_quality/ledger_by_day", Place(12), "short"
        ),
        stacked_bars(
            "拒收原因 / Rejected by reason",
            "每种原因的处理见 MQTT 参考文档",
            "data_quality/rejected_by_reason",
            Place(12),
            "short",
        ),
        rows("账目明细 / Ledger", "按企业与本地日", "data_quality/ledger", Place(12, 9)),
        rows("最近拒收 / Recently rejected", "原始字节可重放", "data_quality/rejected", Place(12, 9)),
        lines(
            "有效小时比例 / Valid hours",
            "有读数的小时中有效的比例",
            "data_quality/valid_hours",
            Place(12, 9),
            SHARE,
            interval="1d",
        ),
        with_unit(
            rows(
                "最新读数年龄 / Age of the latest reading", "最久未更新的在前", "data_quality/latest_ages", Place(12, 9)
            ),
            {"age_s": SECONDS, "interval_s": SECONDS},
        ).thresholds(steps((None, GREEN), (3, RED))),
        rows(
            "待复核的表计跳变 / Unexplained meter steps",
            "不猜测,待复核",
            "data_quality/unexplained_steps",
            Place(24, 8),
        ),
    ]
    return with_panels(made, panels)
