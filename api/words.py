"""How a verdict may be put in public: automatic judgements are cautious, unverified limits judge nobody."""

from __future__ import annotations

_MEANS = {
    "mean_10m": ("10分钟均值", "10-minute mean"),
    "mean_1h": ("小时均值", "hourly mean"),
    "mean_1d": ("日均值", "daily mean"),
    "reading": ("瞬时值", "reading"),
}
_OTHERS = {
    "rate": ("变化过快,预警(待核实)", "changing fast: warning, to be verified"),
    "flat": ("数值长时间不变,请检查设备", "value does not change: check the instrument"),
    "missing": ("数据中断,请检查通信", "data have stopped: check the connection"),
    "share": ("绿电占比低于目标(趋势推算)", "green share below its target: a projection"),
    "budget": ("用量超过进度(趋势推算)", "consumption ahead of its budget: a projection"),
}


def words_of(kind: str, statistic: str, *, verified: bool) -> tuple[str, str]:
    """The words of an alert, in Chinese and in English."""
    if statistic in _OTHERS:
        return _OTHERS[statistic]
    if not verified:
        return "高于参考值(非判定依据)", "above a reference value: no basis for a judgement"
    chinese, english = _MEANS.get(statistic, (statistic, statistic))
    if kind == "exceedance":
        return f"自动监测{chinese}高于限值(待核实)", f"automatic monitoring: {english} above the limit, to be verified"
    return f"自动监测{chinese}偏高预警(待核实)", f"automatic monitoring: {english} high, a warning to be verified"
